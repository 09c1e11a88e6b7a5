"""What is wrong with a feed: the one judgement that screens, reports, briefs and messages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from warroom.store.usual import Usual
    from warroom.store.views.health import FeedRow

Condition = Literal["ok", "waiting", "lagging", "losing", "falling", "silent", "failing", "unbalanced"]
#: Conditions in which detectors miss what happens, worst last.
BLIND: Final[tuple[Condition, ...]] = ("silent", "failing", "unbalanced")
#: All of them, worst last.
CONDITIONS: Final[tuple[Condition, ...]] = ("ok", "waiting", "lagging", "losing", "falling", *BLIND)
#: Unread bytes from which a feed counts as lagging.
LAG_BYTES: Final = 16 << 20

_SECOND: Final = 1_000_000
_WEEK_SECONDS: Final = 7 * 86_400


def condition(feed: FeedRow, now: int, usual: Usual | None) -> Condition:
    """Give a feed's worst condition.

    Args:
        feed: as the worker last saw it.
        now: our clock in microseconds.
        usual: what usually comes of it at this hour; None where too little is known for that.
    """
    drop = None if usual is None else usual.drop
    signs: tuple[tuple[object, Condition], ...] = (
        (feed.unbalanced, "unbalanced"),
        (feed.error is not None, "failing"),
        (feed.received_at is None, "waiting"),
        (is_silent(feed, now, usual), "silent"),
        (drop, "falling"),
        (feed.lost, "losing"),
        (feed.lag_bytes > LAG_BYTES, "lagging"),
    )
    return next((one for sign, one in signs if sign), "ok")


def is_silent(feed: FeedRow, now: int, usual: Usual | None) -> bool:
    """Whether a feed brings next to nothing of what is usual, or nothing for longer than it may.

    Where so little is usual now, of nights for example, the second does not count. Arguments as of ``condition``.
    """
    if usual is not None and usual.drop == "silent":
        return True
    seconds = (now - (feed.received_at or now)) // _SECOND
    if seconds <= feed.silent_after_seconds:
        return False
    if usual is None or seconds >= _WEEK_SECONDS:
        return True
    return usual.misses is not False
