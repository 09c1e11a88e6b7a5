"""Looks after the feeds: who is blind without them, whose clock is off, what is told, and what is forgotten again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from warroom.catalog import Feed
from warroom.detect import RuleSet
from warroom.detect.watching import who_watches
from warroom.enrich.skew import SkewWatch
from warroom.incidents.feed_news import tell_feeds
from warroom.machine.log import log
from warroom.store import feedlife, skews, usual, watchers
from warroom.store.database import State, now_us
from warroom.store.lease import Lease

#: No sender tries to deliver the same again after so long.
_DELIVERIES_US: Final = 7 * 86_400_000_000


class FeedCare:
    """What the worker does about its feeds besides reading them; each of its methods is a job or a step of one."""

    def __init__(self, state: State, lease: Lease) -> None:
        self._state, self._lease = state, lease
        self.skews = SkewWatch()

    def loaded(self, rules: RuleSet, feeds: Iterable[Feed]) -> None:
        """Tell the console which detectors look at which feed."""
        watchers.tell(self._state, who_watches(rules, feeds))

    def look(self, now: datetime | None = None) -> None:
        """Once a minute: write down how far clocks are off, and tell people which feeds went dark or are back.

        Raises:
            LeaseError: another worker took over.
        """
        at = datetime.now(UTC) if now is None else now
        skews.keep(self._state, self.skews.due(at))
        if told := tell_feeds(
            self._state, self._lease, now=None if now is None else round(now.timestamp() * 1_000_000)
        ):
            log().warning("feeds went dark, or are back", feeds=told)

    def forget(self, now: int | None = None) -> None:
        """Once a day: drop what nobody looks at any more."""
        at = now_us() if now is None else now
        usual.forget(self._state, at)
        skews.forget(self._state, at)
        feedlife.forget_deliveries(self._state, at - _DELIVERIES_US)
