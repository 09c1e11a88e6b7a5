"""How far each feed has come in event time, and for whom the windows wait.

Feeds are read at their own pace: after an outage, or when a day of files is taken in one after the other, their
event times lie hours apart. Whether an event is late is therefore a question to its own feed alone, and no
feed's progress may cost another one its windows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MICROSECOND: Final = timedelta(microseconds=1)
#: How far behind the newest event of its feed another may still come in.
LATENESS: Final = timedelta(minutes=10)
#: Windows that feeds share wait for each feed that is no further than this behind the foremost.
PATIENCE: Final = timedelta(hours=6)
#: A feed's own windows wait for it, however far behind, until all others have come this far without it.
FORGOTTEN: Final = timedelta(days=7)
#: Before any event, and after all of them, in microseconds.
NEVER: Final = -(1 << 62)
END: Final = 1 << 62


class Clocks:
    """The newest event time of each feed, in microseconds."""

    def __init__(self) -> None:
        self._newest: dict[str | None, int] = {}
        self._heard: dict[str | None, int] = {}  # how far the foremost feed was when this one last came
        self._foremost = NEVER

    def of(self, feed: str | None) -> int:
        """Give the feed's newest event time."""
        return self._newest.get(feed, NEVER)

    def advance(self, feed: str | None, time: int) -> None:
        """Note an event time of a feed."""
        self._newest[feed] = max(self.of(feed), time)
        self._foremost = max(self._foremost, time)
        self._heard[feed] = self._foremost

    def reached(self, feed: str | None, time: int) -> None:
        """Note how far a feed is known to have come before we began to listen."""
        self._newest[feed] = max(self.of(feed), time)
        self._foremost = max(self._foremost, time)

    def end(self) -> None:
        """No event comes any more."""
        for feed in self._newest:
            self.advance(feed, END)

    def shared(self, feeds: Iterable[str | None]) -> int:
        """Say how far all of these feeds have come; one that fell behind by more than ``PATIENCE`` is left out."""
        times = [self.of(feed) for feed in feeds]
        foremost = max(times, default=NEVER)
        return min((time for time in times if time >= foremost - PATIENCE // _MICROSECOND), default=foremost)

    def waited_for(self, feed: str | None) -> int:
        """Say how far a feed has come, for those who wait for it; one that is forgotten is not waited for."""
        limit = self._foremost - FORGOTTEN // _MICROSECOND
        return self.of(feed) if self._heard.get(feed, NEVER) >= limit else END
