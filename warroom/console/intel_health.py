"""How a feed of intelligence is doing: pure judgement over what is stored of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from warroom.store.intel.feeds import FeedRow

#: Worst first. ``failing``: the last polls failed. ``stale``: without a success for longer than its file allows.
#: ``partly``: it works, but items of it were refused. ``waiting``: switched on, not polled yet.
Condition: TypeAlias = Literal["failing", "stale", "partly", "waiting", "ok", "off"]
CONDITIONS: Final[tuple[Condition, ...]] = ("failing", "stale", "partly", "waiting", "ok", "off")
#: What a banner tells of.
AILING: Final = frozenset[Condition]({"failing", "stale"})


def condition(row: FeedRow, now_us: int) -> Condition:
    """Give the worst that is true of a feed."""
    if not row.enabled:
        return "off"
    if is_stale(row, now_us):
        return "stale" if row.failing_since is None else "failing"
    if row.failing_since is not None:
        return "failing"
    if row.succeeded_at is None:
        return "waiting"
    return "partly" if row.refused else "ok"


def is_stale(row: FeedRow, now_us: int) -> bool:
    """Whether what we have of it is older than its file allows; what never came is failing or waiting instead."""
    return row.enabled and row.succeeded_at is not None and now_us - row.succeeded_at > row.stale_after_us


def rank(found: Condition) -> int:
    """0 for the worst."""
    return CONDITIONS.index(found)
