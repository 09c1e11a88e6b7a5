"""Makes alerts of matches: what fired, for whom, how often; ids depend on the events alone."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.member_rows import entities
from warroom.model import ENTITY_COLUMNS, Alert, Entity

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from warroom.detect.reports import Report
    from warroom.detect.rules import Correlation, Rule

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
    columns = entities(batch, rows, user_counts=False)
    values = zip(*(column.to_pylist() for column in columns), strict=True)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (time, feed, found) in enumerate(zip(times, feeds, values, strict=True)):
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
            entities=_entities([column.take(pa.array(members)) for column in columns]),
            event_ids=_sample(np.array([ids[place] for place in sorted(members, key=lambda at: (times[at], ids[at]))])),
            tags=rule.tags,
            drill=drill,
        )
        for (feed, main, window), members in groups.items()
    ]


def correlation_alert(correlation: Correlation, report: Report) -> Alert:
    """Give the alert of one group and bucket.

    ``count`` is what this report adds. It may be none or below, where a late event shows that events which were
    counted in this alert belong to the one before it; both together count each event once.
    """
    origins = report.origins
    newest = report.last.to_pylist()[0]
    return Alert(
        alert_id=_identity(correlation.id, newest["drill"], newest["key"], report.begin),
        rule_id=correlation.id,
        rule_title=correlation.title,
        rule_title_th=correlation.title_th,
        severity=correlation.severity,
        platform_id=newest["platform_id"] or "",
        feed_id=newest["feed_id"] or "",
        first_at=_moment(int(report.times[0])),
        last_at=_moment(int(report.times[-1])),
        count=report.new,
        entities=_entities([origins.column(name) for name in ENTITY_COLUMNS.values()]),
        event_ids=_sample(report.ids),
        tags=correlation.tags,
        drill=newest["drill"],
    )


def _identity(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _sample(ids: npt.NDArray[np.int64]) -> tuple[int, ...]:
    """Give the oldest events, and the newest as the last."""
    return tuple((ids if len(ids) <= _EVENTS else np.append(ids[: _EVENTS - 1], ids[-1])).tolist())


def _entities(columns: Iterable[pa.Array]) -> tuple[Entity, ...]:
    """Give the most frequent entities; kinds with few values first, so that many of one never hide the other's one."""
    counts: list[tuple[str, list[str]]] = []
    sizes: list[int] = []
    for kind, column in zip(_KINDS, columns, strict=True):
        found = column.drop_null().value_counts()
        values, numbers = found.field("values"), found.field("counts").to_numpy()
        order = np.argsort(-numbers, kind="stable")
        counts.append((kind, [value for value in values.take(pa.array(order[: _ENTITIES + 1])).to_pylist() if value]))
        sizes.append(len(values))
    by_kind = [counts[place] for place in np.argsort(sizes, kind="stable")]
    found_all = [Entity(kind, value) for kind, values in by_kind for value in values][:_ENTITIES]
    return tuple(sorted(found_all, key=lambda entity: _KINDS.index(entity.kind)))


def rows_by_rule(matched: pa.RecordBatch) -> dict[int, npt.NDArray[np.int32]]:
    """Give the rows of each rule that matched, ascending."""
    rows, rules = matched.column("row").to_numpy(), matched.column("rule").to_numpy()
    order = np.lexsort((rows, rules))
    numbers, starts = np.unique(rules[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(rows[order], starts[1:]), strict=True)) if len(numbers) else {}
