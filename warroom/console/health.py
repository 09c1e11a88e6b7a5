"""What is wrong with the feeds, and who is blind because of it: pure judgement over the read models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from warroom.store.views.condition import BLIND, CONDITIONS, condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.store.usual import Usual
    from warroom.store.views import FeedRow
    from warroom.store.views.condition import Condition

#: The worker shows that it lives every few seconds; after this long its data are old.
STALE_SECONDS: Final = 15

_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed and its condition; ``silent_seconds`` counts from its last line, or from never as None."""

    feed: FeedRow
    condition: Condition
    silent_seconds: int | None
    usual: Usual | None = None

    @property
    def rank(self) -> int:
        """0 (all is well) upwards."""
        return CONDITIONS.index(self.condition)

    def title(self, language: str) -> str:
        """Give the feed's title in a language."""
        return self.feed.title_th if language == "th" else self.feed.title_en


def judge(feed: FeedRow, now_us: int, usual: Usual | None = None) -> FeedHealth:
    """Give a feed's worst condition; ``usual`` is what usually comes of it at this hour, where that is known."""
    silent = None if feed.received_at is None else max(0, (now_us - feed.received_at) // _SECOND)
    return FeedHealth(feed, condition(feed, now_us, usual), silent, usual)


def platform_sight(healths: Sequence[FeedHealth]) -> Literal["sees", "partly", "blind"]:
    """Whether a platform's detectors see: by how many of its feeds are blind."""
    blind = sum(health.condition in BLIND for health in healths)
    if not blind:
        return "sees"
    return "blind" if blind == len(healths) else "partly"


def stale_seconds(worker_seen_at: int | None, now_us: int) -> int | None:
    """How long the worker has been gone, in seconds; 0 while it lives, None where none ever was."""
    if worker_seen_at is None:
        return None
    gone = (now_us - worker_seen_at) // _SECOND
    return gone if gone > STALE_SECONDS else 0
