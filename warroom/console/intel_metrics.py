"""What `/metrics` tells of threat intelligence: how old feeds are, why polls failed, matches, look backs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from warroom.store.views.intel_figures import IntelFigures

#: Feeds with series of their own; their ids come from our own files.
MOST_FEEDS: Final = 100
_SECOND: Final = 1_000_000


def families(figures: IntelFigures) -> Iterator[Metric]:
    """Give the figures as Prometheus' families; nothing that a feed wrote is a label."""
    shown = figures.feeds[:MOST_FEEDS]
    ages = {(row.feed_id,): _seconds(figures.at - row.succeeded_at) for row in shown if row.succeeded_at is not None}
    yield _gauge("age_seconds", "Seconds since the feed's last poll that went well.", ages, "feed")
    for name, meaning, values in (
        ("stale", "1 where no poll went well for longer than may be.", [row.stale(figures.at) for row in shown]),
        ("failures", "Polls of the feed that failed since one went well.", [row.failures for row in shown]),
        ("items", "Items in what the feed has.", [row.items for row in shown]),
        ("refused_items", "Items of the feed that were not taken.", [row.refused for row in shown]),
    ):
        own = {(row.feed_id,): int(value) for row, value in zip(shown, values, strict=True)}
        yield _gauge(f"feed_{name}", meaning, own, "feed")
    kinds = {(row.feed_id, kind): count for row in shown for kind, count in row.by_kind.items()}
    yield _gauge("indicators", "Indicators of the feed by kind.", kinds, "feed", "kind")
    polls = {(outcome,): count for outcome, count in figures.polls.items()}
    yield _gauge("polls_day", "Polls of the last day by what came of them: failures by their reason.", polls, "outcome")
    matches = {("live",): figures.matches.get(False, 0), ("looked_back",): figures.matches.get(True, 0)}
    yield _counter("alerts", "Alerts that rest on intelligence.", matches, "found")
    yield _counter("held_back", "Matches that raised no alarm: listed as harmless.", {(): figures.held_back})
    waiting = figures.looking_back
    yield _gauge("look_backs", "Look backs that run or wait.", {(): len(waiting)})
    for name, meaning, count in (
        ("files", "Files of events that look backs which are not over have to look through.", "files"),
        ("files_done", "Those of them that are through.", "files_done"),
    ):
        yield _gauge(f"look_back_{name}", meaning, {(): sum(getattr(one, count) for one in waiting)})


def _seconds(microseconds: int) -> float:
    return max(0.0, microseconds / _SECOND)


def _gauge(name: str, meaning: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(f"warroom_intel_{name}", meaning, labels=labels)
    for own, value in values.items():
        family.add_metric(own, value)
    return family


def _counter(name: str, meaning: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = CounterMetricFamily(f"warroom_intel_{name}", meaning, labels=labels)
    for own, value in values.items():
        family.add_metric(own, value)
    return family
