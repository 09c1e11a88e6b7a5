"""Fills gaps: where events came too late to be counted, correlations look at that time again, in the order of time.

Events that come late are stored and matched by rules over single events as any others; only correlations, whose
windows had moved on, did not count them. Here they are evaluated over the stored events of that time as if each had
come in its place, and what was not raised then is raised now.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.bench.backtest_choice import chosen
from warroom.bench.backtest_looking import Looker, Share, Spans
from warroom.detect.detector import Detector
from warroom.detect.member_rows import MATCHES
from warroom.store.database import now_us, raise_counter, to_us
from warroom.store.event_files import event_segments
from warroom.store.intel.past_events import drills
from warroom.store.raising import add_alerts
from warroom.store.rules import again, hits, late

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.detect.ruleset import RuleSet
    from warroom.detect.usual import Usual
    from warroom.model import Alert
    from warroom.store.database import State
    from warroom.store.lease import Lease
    from warroom.store.rules.late import LateSpan

#: A gap is looked at when nothing late came for so long: then most of it is there.
QUIET: Final = timedelta(minutes=2)
#: Correlations over longer windows are left alone: they would read days for an hour's gap.
LONGEST: Final = timedelta(hours=24)
#: Matches that are held at most; where there are more, the gap stays as it is.
MOST_ROWS: Final = 5_000_000
_AT_ONCE: Final = 3
_STEP: Final = 50_000
_MICROSECOND: Final = timedelta(microseconds=1)


def fill_gaps(
    state: State, data_dir: Path, lease: Lease, ruleset: RuleSet, usual: Usual | None = None, now: int | None = None
) -> int:
    """Look again at times of which events came late, and raise what is missing; how many alerts.

    Raises:
        LeaseError: another worker took over.
        StoreError: stored events cannot be read.
    """
    at = now_us() if now is None else now
    with state.read() as connection:
        spans = late.due(connection, at - QUIET // _MICROSECOND, _AT_ONCE)
    return sum(_fill(state, data_dir, lease, ruleset, usual, span, at) for span in spans)


def mark_incidents(state: State, lease: Lease) -> int:
    """Say in the logs of incidents that they hold alerts that were raised afterwards; how many incidents."""
    with state.read() as connection:
        if not again.waiting(connection):
            return 0
    with state.write("incidents") as connection:
        lease.hold(connection)
        return again.mark(connection, now_us())


def _fill(
    state: State, data_dir: Path, lease: Lease, ruleset: RuleSet, usual: Usual | None, span: LateSpan, at: int
) -> int:
    found = [
        one
        for one in _alerts(state, data_dir, ruleset, usual, span)
        if to_us(one.first_at) <= span.last_at and to_us(one.last_at) >= span.first_at
    ]
    with state.write() as connection:
        lease.hold(connection)
        lacking = again.missing(connection, list({one.alert_id: one for one in found}.values()), ruleset.shadow)
        ids = {one.alert_id for one in lacking}
        lacking = [one for one in found if one.alert_id in ids]
        raised = [one for one in lacking if one.rule_id not in ruleset.shadow]
        counted = hits.Hits()
        hits.enter_shadow(connection, [one for one in lacking if one.rule_id in ruleset.shadow], counted, at)
        counted.write(connection, at)
        if raised:
            add_alerts(connection, raised, at)
            again.remember(connection, {one.alert_id for one in raised})
            raise_counter(connection, "alerts")
        late.filled(connection, span, len(ids), at)
    return len({one.alert_id for one in raised})


def _alerts(state: State, data_dir: Path, ruleset: RuleSet, usual: Usual | None, span: LateSpan) -> Iterator[Alert]:
    """Give what correlations raise of the events around a span, each event in its place in time."""
    longest = LONGEST // timedelta(seconds=1)
    wanted = chosen(ruleset, {one.id for one in ruleset.correlations if not one.silent and one.seconds <= longest})
    if not wanted.correlations:
        return
    detector = Detector(wanted, usual=usual)
    reach = max(detector.horizons().values(), default=timedelta()) // _MICROSECOND
    spans = Spans(span.first_at, span.last_at + 1, span.first_at - reach, span.last_at + reach)
    looker = Looker(state, data_dir, wanted, spans, drills(state), threading.Lock())
    parts: list[pa.RecordBatch] = []
    count = 0
    for segment in event_segments(state):
        if segment.max_ts < spans.first or segment.min_ts >= spans.last:
            continue
        members = looker.look(Share(segment, segment.min_id, segment.max_id, tangled=False)).members
        parts += members
        count += sum(part.num_rows for part in members)
        if count > MOST_ROWS:
            return
    if not count:
        return
    rows = pa.concat_batches(parts)
    times = rows.column("ts").cast(pa.int64()).to_numpy()
    rows = rows.take(pa.array(np.lexsort((rows.column("event_id").to_numpy(), times))))
    rows = rows.set_column(MATCHES.names.index("clock"), MATCHES.field("clock"), rows.column("ts"))
    for first in range(0, rows.num_rows, _STEP):
        yield from detector.follow(rows.slice(first, _STEP), _clocks(rows.slice(first, _STEP)))


def _clocks(rows: pa.RecordBatch) -> dict[str | None, int]:
    """Give how far each feed comes with some rows, which are in the order of time."""
    feeds, times = rows.column("feed_id").to_pylist(), rows.column("ts").cast(pa.int64()).to_pylist()
    return dict(zip(feeds, times, strict=True))
