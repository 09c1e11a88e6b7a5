"""Makes alerts of matches: what fired, for whom, how often; ids depend on the events alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.frequent import frequent
from warroom.detect.member_rows import entities
from warroom.detect.reports import EVENTS
from warroom.model import ENTITY_COLUMNS, Alert, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from warroom.detect.reports import Reports
    from warroom.detect.rules import Correlation, Rule

#: Matches of one rule for one entity within this much event time are one alert.
WINDOW: Final = timedelta(minutes=5)
_WINDOW_MICROSECONDS: Final = WINDOW // timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Raised:
    """What alerts say besides what their events do.

    Attributes:
        identity: what their ids are made of, together with feed, main entity and five minutes.
    """

    identity: str
    rule_id: str
    title: str
    title_th: str
    severity: Severity
    tags: tuple[str, ...]


def rule_alerts(batch: pa.RecordBatch, rows: npt.NDArray[Any], rule: Rule, *, drill: bool) -> list[Alert]:
    """Give the alerts of one rule that raises alerts by itself: one for each feed, main entity and five minutes.

    Args:
        batch: the events, with the envelope columns ``event_id``, ``ts``, ``feed_id`` and ``platform_id``.
        rows: the matching rows, ascending.
        rule: what matched.
        drill: the batch's feed is marked as a drill.
    """
    raised = Raised(rule.id, rule.id, rule.title, rule.title_th, rule.severity, rule.tags)
    of = np.zeros(len(rows), np.int64)
    return [alert for alert, _ in grouped_alerts(batch, rows, of, [raised], drill=drill)]


def grouped_alerts(
    batch: pa.RecordBatch,
    rows: npt.NDArray[Any],
    of: npt.NDArray[np.int64],
    raised: Sequence[Raised],
    *,
    drill: bool,
) -> list[tuple[Alert, list[int]]]:
    """Give an alert for each identity, feed, main entity and five minutes, and its places in ``rows``, ascending.

    Args:
        batch: as of ``rule_alerts``.
        rows: rows of the batch, ascending; one may come several times.
        of: for each of them which of ``raised`` it is. Of those that make one alert the most severe speaks.
        raised: what is said.
        drill: as of ``rule_alerts``.
    """
    places = pa.array(rows, pa.int64())
    times = batch.column("ts").take(places).cast(pa.int64()).to_pylist()
    ids = batch.column("event_id").take(places).to_pylist()
    feeds = batch.column("feed_id").take(places).to_pylist()
    platforms = batch.column("platform_id").take(places).to_pylist()
    columns = entities(batch, rows, user_counts=False)
    values = zip(*(column.to_pylist() for column in columns), strict=True)
    identities = [one.identity for one in raised]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (number, time, feed, found) in enumerate(zip(of.tolist(), times, feeds, values, strict=True)):
        main = next(((kind, value) for kind, value in zip(ENTITY_COLUMNS, found, strict=True) if value), None)
        groups.setdefault((identities[number], feed, main, time // _WINDOW_MICROSECONDS), []).append(place)
    group_of = np.empty(len(rows), np.int64)
    for number, members in enumerate(groups.values()):
        group_of[members] = number
    return [
        (
            Alert(
                alert_id=_identity(*group),
                rule_id=said.rule_id,
                rule_title=said.title,
                rule_title_th=said.title_th,
                severity=said.severity,
                platform_id=platforms[members[0]] or "",
                feed_id=group[1] or "",
                first_at=_moment(events[0][0]),
                last_at=_moment(events[-1][0]),
                count=len(members),
                entities=told,
                event_ids=_sample([one for _, one in events]),
                tags=said.tags,
                drill=drill,
            ),
            members,
        )
        for (group, members), told in zip(groups.items(), frequent(columns, group_of, len(groups)), strict=True)
        for events in [sorted([(times[place], ids[place]) for place in members])]
        for said in [_most_severe([raised[number] for number in {int(of[place]): None for place in members}])]
    ]


def _most_severe(raised: Sequence[Raised]) -> Raised:
    return raised[0] if len(raised) == 1 else max(raised, key=lambda one: one.severity.rank)


@dataclass(frozen=True, slots=True)
class Onset:
    """An alert of a correlation where it first comes up, without what making a whole alert costs.

    ``event_id`` is the last of its events by then, ``last_at`` when that happened.
    """

    alert_id: str
    rule_id: str
    last_at: datetime
    event_id: int


def correlation_alerts(correlation: Correlation, parts: Sequence[Reports]) -> list[Alert]:
    """Give the alert of each group and bucket, in the order of their last events.

    ``count`` is what the report adds. It may be none or below, where a late event shows that events which were
    counted in this alert belong to the one before it; both together count each event once.
    """
    found = [alert for reports in parts for alert in _alerts(correlation, reports)]
    return sorted(found, key=lambda alert: (alert.last_at, alert.event_ids[-1], alert.alert_id))


def onsets(correlation: Correlation, parts: Sequence[Reports]) -> list[Onset]:
    """Give the alerts that were not reported before, in the order of their last events."""
    found = [onset for reports in parts for onset in _onsets(correlation, reports)]
    return sorted(found, key=lambda onset: (onset.last_at, onset.event_id, onset.alert_id))


def _alerts(correlation: Correlation, reports: Reports) -> Iterator[Alert]:
    last = reports.last.take("key", "drill", "platform_id", "feed_id")
    about = reports.origins.take(*ENTITY_COLUMNS.values())
    entities = frequent(about.columns, reports.of, len(reports))
    ids, edges = reports.ids.tolist(), reports.ids_from.tolist()
    times = zip(reports.first_at.tolist(), reports.last_at.tolist(), strict=True)
    ids_of = (tuple(ids[first:end]) for first, end in pairwise(edges))
    known = zip(*(column.to_pylist() for column in last.columns), strict=True)
    counted = zip(reports.begin.tolist(), reports.new.tolist(), strict=True)
    for (begin, count), (first_at, last_at), own, own_ids, (key, drill, platform, feed) in zip(
        counted, times, entities, ids_of, known, strict=True
    ):
        yield Alert(
            alert_id=_identity(correlation.id, drill, key, begin),
            rule_id=correlation.id,
            rule_title=correlation.title,
            rule_title_th=correlation.title_th,
            severity=correlation.severity,
            platform_id=platform or "",
            feed_id=feed or "",
            first_at=_moment(first_at),
            last_at=_moment(last_at),
            count=count,
            entities=own,
            event_ids=own_ids,
            tags=correlation.tags,
            drill=drill,
        )


def _onsets(correlation: Correlation, reports: Reports) -> Iterator[Onset]:
    first = np.flatnonzero(~reports.again)
    if not len(first):
        return
    last = reports.last.some(first).take("key", "drill")
    for key, drill, begin, last_at, last_id in zip(
        last.column("key").to_pylist(),
        last.column("drill").to_pylist(),
        reports.begin[first].tolist(),
        reports.last_at[first].tolist(),
        reports.last_id[first].tolist(),
        strict=True,
    ):
        yield Onset(_identity(correlation.id, drill, key, begin), correlation.id, _moment(last_at), last_id)


def alert_id(rule_id: str, feed_id: str | None, main: tuple[str, str] | None, moment_us: int) -> str:
    """Give the id of the alert that a rule over single events raises for an event.

    Args:
        rule_id: the rule.
        feed_id: the event's feed.
        main: its main entity, as (kind, value): the first of ``model.ENTITY_COLUMNS`` that ``entities`` has.
        moment_us: when it happened, in microseconds since 1970.
    """
    return _identity(rule_id, feed_id, main, moment_us // _WINDOW_MICROSECONDS)


def _identity(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _sample(ids: list[int]) -> tuple[int, ...]:
    """Give the oldest events, and the newest as the last."""
    return tuple(ids if len(ids) <= EVENTS else [*ids[: EVENTS - 1], ids[-1]])


def rows_by_rule(matched: pa.RecordBatch) -> dict[int, npt.NDArray[np.int32]]:
    """Give the rows of each rule that matched, ascending."""
    rows, rules = matched.column("row").to_numpy(), matched.column("rule").to_numpy()
    order = np.lexsort((rows, rules))
    numbers, starts = np.unique(rules[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(rows[order], starts[1:]), strict=True)) if len(numbers) else {}
