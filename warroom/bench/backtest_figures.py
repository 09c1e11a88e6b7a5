"""Adds up what a back-test finds: per rule its alerts, events, entities and a few samples, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.bench.rates import DAY_US, a_day

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Alerts of one rule that are told apart; who raises more has no use for their number.
MOST_ALERTS: Final = 200_000
TOP: Final = 10
#: Oldest and newest events that are given as samples, of each so many.
SAMPLED: Final = 10
_HELD: Final = 20 * SAMPLED
#: Entities that are counted before the rarest are forgotten.
_ENTITIES: Final = 20_000
_ALL: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Found:
    """An alert, or what a few events add to one. Times are in microseconds since 1970."""

    rule_id: str
    alert_id: str
    count: int
    first_at: int
    last_at: int
    entity: tuple[str, str] | None
    event_ids: Sequence[int]
    drill: bool


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule would have raised.

    Attributes:
        alerts: of real events; ``at_least`` says that there are more than were told apart.
        alerts_per_day: over the days for which events are stored; None for less than a day.
        drill_alerts: of feeds that are marked as drills; they count nowhere else.
        events: that the alerts rest on.
        by_entity: the ten entities with the most alerts: kind, value, alerts.
        event_ids: the ten oldest and the ten newest events of those that the alerts name, ascending.
        first_at: when the first of the events happened, in microseconds since 1970; None without any.
        last_at: when the last one did.
        alert_ids_digest: equal for equal sets of alerts, drills among them.
    """

    rule_id: str
    alerts: int
    alerts_per_day: float | None
    drill_alerts: int
    events: int
    by_entity: tuple[tuple[str, str, int], ...]
    event_ids: tuple[int, ...]
    first_at: int | None
    last_at: int | None
    alert_ids_digest: str
    at_least: bool


class Tally:
    """Adds up one rule."""

    def __init__(self, rule_id: str, most: int = MOST_ALERTS) -> None:
        self._rule_id, self._most = rule_id, most
        self._seen: set[int] = set()  # the first 64 bits of each id
        self._sum = 0
        self._alerts = {False: 0, True: 0}
        self._events = 0
        self._entities: Counter[tuple[str, str]] = Counter()
        self._ids: set[int] = set()
        self._first: int | None = None
        self._last: int | None = None
        self._more = False

    def add(self, found: Found) -> None:
        """Count an alert, or what comes to one."""
        number = int(found.alert_id, 16)
        new = number >> 192 not in self._seen
        if new and len(self._seen) >= self._most:
            self._more, new = True, False
        if new:
            self._seen.add(number >> 192)
            self._sum = (self._sum + number) % _ALL  # in whatever order they come
            self._alerts[found.drill] += 1
        if found.drill:
            return
        self._events += found.count
        self._first = found.first_at if self._first is None else min(self._first, found.first_at)
        self._last = found.last_at if self._last is None else max(self._last, found.last_at)
        self._ids.update(found.event_ids)
        if len(self._ids) > _HELD:
            self._ids = set(_sampled(self._ids))
        if new and found.entity is not None:
            self._entities[found.entity] += 1
            if len(self._entities) > 2 * _ENTITIES:
                self._entities = Counter(dict(self._entities.most_common(_ENTITIES)))

    def figures(self, days: float) -> RuleFigures:
        """Give what came together over so many days."""
        top = sorted(self._entities.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]
        return RuleFigures(
            rule_id=self._rule_id,
            alerts=self._alerts[False],
            alerts_per_day=a_day(self._alerts[False], days * DAY_US),
            drill_alerts=self._alerts[True],
            events=self._events,
            by_entity=tuple((kind, value, count) for (kind, value), count in top),
            event_ids=tuple(_sampled(self._ids)),
            first_at=self._first,
            last_at=self._last,
            alert_ids_digest=f"{self._sum:064x}",
            at_least=self._more,
        )


def _sampled(ids: set[int]) -> list[int]:
    ordered = sorted(ids)
    return ordered if len(ordered) <= 2 * SAMPLED else [*ordered[:SAMPLED], *ordered[-SAMPLED:]]
