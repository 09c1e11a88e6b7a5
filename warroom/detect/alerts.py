"""Makes alerts of matches: what fired, for whom, how often; ids depend on the events alone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.member_rows import entity_rows
from warroom.model import ENTITY_COLUMNS, Alert, Entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from warroom.detect.correlate import Key
    from warroom.detect.rules import Correlation, Rule
    from warroom.detect.windows import Group, Report, Window

#: Matches of one rule for one entity within this much event time are one alert.
WINDOW: Final = timedelta(minutes=5)
_WINDOW_MICROSECONDS: Final = WINDOW // timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: How many entities and event ids an alert carries.
_ENTITIES: Final = 20
_EVENTS: Final = 20
_KINDS: Final = tuple(ENTITY_COLUMNS)


def rule_alerts(batch: pa.RecordBatch, rows: npt.NDArray[Any], rule: Rule, *, drill: bool) -> list[Alert]:
    """Give the alerts of one rule that raises alerts by itself: one for each feed, main entity and five minutes.

    Args:
        batch: the events, with the envelope columns ``event_id``, ``ts``, ``feed_id`` and ``platform_id``.
        rows: the matching rows, ascending.
        rule: what matched.
        drill: the batch's feed is marked as a drill.
    """
    places = pa.array(rows, pa.int64())
    times = batch.column("ts").take(places).cast(pa.int64()).to_pylist()
    ids = batch.column("event_id").take(places).to_pylist()
    feeds = batch.column("feed_id").take(places).to_pylist()
    platforms = batch.column("platform_id").take(places).to_pylist()
    entities = entity_rows(batch, rows, user_counts=False)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (time, feed, found) in enumerate(zip(times, feeds, entities, strict=True)):
        main = next(((kind, value) for kind, value in zip(_KINDS, found, strict=True) if value), None)
        groups.setdefault((feed, main, time // _WINDOW_MICROSECONDS), []).append(place)
    return [
        Alert(
            alert_id=_identity(rule.id, feed, main, window),
            rule_id=rule.id,
            rule_title=rule.title,
            rule_title_th=rule.title_th,
            severity=rule.severity,
            platform_id=platforms[members[0]] or "",
            feed_id=feed or "",
            first_at=_moment(min(times[place] for place in members)),
            last_at=_moment(max(times[place] for place in members)),
            count=len(members),
            entities=_entities(entities[place] for place in members),
            event_ids=_sample([ids[place] for place in sorted(members, key=lambda place: (times[place], ids[place]))]),
            tags=rule.tags,
            drill=drill,
        )
        for (feed, main, window), members in groups.items()
    ]


def correlation_alert(correlation: Correlation, window: Window, key: Key, group: Group, report: Report) -> Alert:
    """Give the alert of one group and bucket; ``count`` is what this report adds."""
    drill, values = key
    newest = group.origins[report.places[-1]]
    return Alert(
        alert_id=_identity(correlation.id, drill, values, report.bucket * window.bucket),
        rule_id=correlation.id,
        rule_title=correlation.title,
        rule_title_th=correlation.title_th,
        severity=correlation.severity,
        platform_id=str(newest[1] or ""),
        feed_id=str(newest[0] or ""),
        first_at=_moment(group.times[report.places[0]]),
        last_at=_moment(group.times[report.places[-1]]),
        count=report.new,
        entities=_entities(group.origins[place][2:] for place in report.places),
        event_ids=_sample([group.ids[place] for place in report.places]),
        tags=correlation.tags,
        drill=drill,
    )


def _identity(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _sample(ids: Sequence[int]) -> tuple[int, ...]:
    """Give the oldest events, and the newest as the last."""
    return tuple(ids) if len(ids) <= _EVENTS else (*ids[: _EVENTS - 1], ids[-1])


def _entities(rows: Iterable[Sequence[object]]) -> tuple[Entity, ...]:
    """Give the most frequent entities; kinds with few values first, so that many of one never hide the other's one."""
    counts: list[Counter[str]] = [Counter() for _ in _KINDS]
    for row in rows:
        for count, value in zip(counts, row, strict=True):
            if value:
                count[str(value)] += 1
    by_kind = sorted(zip(_KINDS, counts, strict=True), key=lambda kind: len(kind[1]))
    found = [Entity(kind, value) for kind, count in by_kind for value, _ in count.most_common(_ENTITIES)][:_ENTITIES]
    return tuple(sorted(found, key=lambda entity: _KINDS.index(entity.kind)))


def rows_by_rule(matched: pa.RecordBatch) -> dict[int, npt.NDArray[np.int32]]:
    """Give the rows of each rule that matched, ascending."""
    rows, rules = matched.column("row").to_numpy(), matched.column("rule").to_numpy()
    order = np.lexsort((rows, rules))
    numbers, starts = np.unique(rules[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(rows[order], starts[1:]), strict=True)) if len(numbers) else {}
