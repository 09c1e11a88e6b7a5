"""Which detectors look at which feed: who is blind when a feed is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.detect.meeting import rules_meeting
from warroom.detect.rules import LogSource
from warroom.store.watchers import Sight, Watchers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.catalog import Feed
    from warroom.detect.ruleset import RuleSet

#: Titles that are kept of the rules that look at one kind of log.
_TITLES: Final = 6


def who_watches(ruleset: RuleSet, feeds: Iterable[Feed]) -> Watchers:
    """Give the detectors that look at each feed, by its log source; correlations look through the rules they count."""
    bits = {rule.id: 1 << number for number, rule in enumerate(ruleset.rules)}
    kinds: dict[LogSource, int] = {}
    sights: list[Sight] = []
    told: dict[str, int] = {}
    for feed in feeds:
        source = LogSource(feed.log_product, feed.log_category, feed.log_service)
        if source not in kinds:
            kinds[source] = len(sights)
            sights.append(_sight(ruleset, source, bits))
        told[feed.id] = kinds[source]
    return Watchers(told, tuple(sights))


def _sight(ruleset: RuleSet, source: LogSource, bits: dict[str, int]) -> Sight:
    rules = rules_meeting(ruleset, source)
    mask = 0
    for rule in rules:
        mask |= bits[rule.id]
    # the gravest first, and of those the ones that were written for this country's platforms
    gravest = sorted(rules, key=lambda rule: (-rule.severity.rank, not rule.title_th, rule.title))
    titles = dict.fromkeys((rule.severity.rank, rule.title, rule.title_th) for rule in gravest)
    return Sight(mask, tuple(titles)[:_TITLES])
