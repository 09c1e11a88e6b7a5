"""What a periodic report tells of alerts and of what feeds brought, in a span of time."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import false, func, select, true

from warroom.store.tables import alerts, feed_states, ledger
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from warroom.store.database import State
    from warroom.store.views.periodic import Span

#: Rules and techniques that are told of at most; how many there are is told beside them.
TOP: Final = 25
_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_HOUR: Final = 60
_TECHNIQUE: Final = "attack.t"


@dataclass(frozen=True, slots=True)
class RuleCount:
    """A detector that raised alerts in a span."""

    title: str
    title_th: str
    severity: str
    alerts: int
    events: int


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """Alerts raised in a span; ``rules`` and ``techniques`` begin with the most, ``*_known`` of them there are."""

    total: int = 0
    events: int = 0
    severities: dict[str, int] = field(default_factory=dict)
    rules: list[RuleCount] = field(default_factory=list)
    rules_known: int = 0
    techniques: list[tuple[str, int]] = field(default_factory=list)
    techniques_known: int = 0
    course: list[dict[str, int]] = field(default_factory=list)  # by severity, of each part of the span


@dataclass(frozen=True, slots=True)
class FeedCount:
    """What a feed that is switched on brought in a span; lines but for ``hours`` and ``quiet``.

    ``hours``: hours of the span since the feed's first line ever; ``quiet``: those of them in which nothing came.
    """

    feed_id: str
    platform_id: str
    title_th: str
    title_en: str
    received: int
    stored: int
    rejected: int
    unbalanced: int
    hours: int
    quiet: int


def count_alerts(
    state: State, span: Span, parts: Sequence[int], *, scope: Scope = None, drills: bool = False
) -> AlertCounts:
    """Count the alerts that were raised in a span; of drills only where the whole store is one.

    Args:
        state: the store.
        span: which time.
        parts: when each of its parts begins, in order, on the hour; the first with the span.
        scope: the platforms that may be seen.
        drills: the whole store is an exercise.
    """
    own = alerts.c
    here: tuple[ColumnElement[bool], ...] = (
        own.raised_at >= span.since,
        own.raised_at < span.until,
        within(scope, own.platform_id),
        true() if drills else own.drill == false(),
    )
    by_rule = (own.rule_id, own.rule_title, own.rule_title_th, own.severity, own.tags)
    hour = own.raised_at // _HOUR_US
    with state.read() as connection:
        rules = connection.execute(
            select(*by_rule, func.count(), func.sum(own.count)).where(*here).group_by(*by_rule)
        ).all()
        hours = connection.execute(select(hour, own.severity, func.count()).where(*here).group_by(hour, own.severity))
        course = [Counter[str]() for _ in parts]
        severities = Counter[str]()
        for at, severity, count in hours:
            course[max(0, bisect_right(parts, at * _HOUR_US) - 1)][severity] += count
            severities[severity] += count
    told: dict[str, RuleCount] = {}
    techniques = Counter[str]()
    for rule_id, title, title_th, severity, tags, count, events in rules:
        before = told.get(rule_id)
        more = (before.alerts + count, before.events + int(events)) if before else (count, int(events))
        told[rule_id] = RuleCount(title, title_th, severity, *more)
        techniques.update(dict.fromkeys(_techniques(tags), count))
    most = sorted(told.values(), key=lambda one: (-one.alerts, one.title))
    return AlertCounts(
        total=sum(severities.values()),
        events=sum(one.events for one in most),
        severities=dict(severities),
        rules=most[:TOP],
        rules_known=len(most),
        techniques=sorted(techniques.items(), key=lambda one: (-one[1], one[0]))[:TOP],
        techniques_known=len(techniques),
        course=[dict(one) for one in course],
    )


def count_feeds(state: State, span: Span, *, scope: Scope = None, drills: bool = False) -> list[FeedCount]:
    """Count what every feed that is switched on brought in a span, by id; feeds of drills only in an exercise.

    A line counts in the minute in which it came in, which is not always that of which it tells.
    """
    since, until = span.since // _MINUTE_US, span.until // _MINUTE_US
    own, lines = feed_states.c, ledger.c
    seen = select(own.feed_id, own.platform_id, own.title_th, own.title_en).where(
        within(scope, own.platform_id), true() if drills else own.drill == false()
    )
    imbalance = func.abs(lines.received - lines.stored - lines.rejected) + func.abs(lines.stored - lines.evaluated)
    sums = (func.sum(lines.received), func.sum(lines.stored), func.sum(lines.rejected), func.sum(imbalance))
    heard = func.count(func.distinct(lines.minute // _HOUR))
    with state.read() as connection:
        feeds = connection.execute(seen.order_by(own.feed_id)).all()
        names = [row.feed_id for row in feeds]
        # by feed: its minutes are found by the table's key
        first = dict(
            connection.execute(
                select(lines.feed_id, func.min(lines.minute)).where(lines.feed_id.in_(names)).group_by(lines.feed_id)
            ).all()
        )
        brought = {
            row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4]), int(row[5]))
            for row in connection.execute(
                select(lines.feed_id, *sums, heard)
                .where(lines.feed_id.in_(names), lines.minute >= since, lines.minute < until)
                .group_by(lines.feed_id)
            )
        }
    counted = []
    for feed_id, platform, title_th, title_en in feeds:
        received, stored, rejected, unbalanced, active = brought.get(feed_id, (0, 0, 0, 0, 0))
        begun = max(since, first.get(feed_id, until))
        whole = max(0, -(-until // _HOUR) - begun // _HOUR)
        quiet = max(0, whole - active)
        lines_told = (received, stored, rejected, unbalanced)
        counted.append(FeedCount(feed_id, platform, title_th, title_en, *lines_told, whole, quiet))
    return counted


def _techniques(tags: str) -> list[str]:
    """Give the techniques of ATT&CK that a detector's tags name: ``T1110.004``."""
    return [tag[len("attack.") :].upper() for tag in json.loads(tags) if tag.lower().startswith(_TECHNIQUE)]
