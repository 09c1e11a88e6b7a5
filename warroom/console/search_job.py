"""A search that runs while its page goes on: in a thread of its own, with progress, an end and a way to stop it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warroom.errors import WarroomError

if TYPE_CHECKING:
    from warroom.store.event_search import EventSearch, Found
    from warroom.store.search_history import Asked

#: Searches that run at once in this process; further ones wait for their turn.
_AT_ONCE: Final = threading.BoundedSemaphore(2)


@dataclass(slots=True)
class Job:
    """One search of one page."""

    asked: Asked
    search: EventSearch
    problem: str = ""
    waiting: bool = True
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, or wait for a turn, without holding the page up."""
        threading.Thread(target=self._run, daemon=True, name="search").start()

    @property
    def running(self) -> bool:
        """Whether it has not come to its end."""
        return not self._ended.is_set()

    @property
    def found(self) -> Found:
        """What it has found so far."""
        return self.search.found

    def wait(self, seconds: float) -> None:
        """Give it a moment: most searches end in it, and then nobody sees them run."""
        self._ended.wait(seconds)

    def cancel(self) -> None:
        """Stop it; what was found stays."""
        self.search.cancel()

    def _run(self) -> None:
        try:
            with _AT_ONCE:
                self.waiting = False
                self.search.run()
        except WarroomError as problem:
            self.problem = str(problem)
        finally:
            self._ended.set()
