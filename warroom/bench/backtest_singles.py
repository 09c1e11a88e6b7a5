"""Alerts of rules over single events, as live detection raises them, for many events at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.bench.backtest_figures import SAMPLED, Found
from warroom.detect.alerts import WINDOW, alert_id
from warroom.detect.member_rows import entities
from warroom.model import ENTITY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    import numpy.typing as npt

    from warroom.detect.rules import Rule

    Places = npt.NDArray[np.int64]

_MICROSECOND: Final[timedelta] = WINDOW.resolution
_BUCKET: Final = WINDOW // _MICROSECOND


def found_of(
    events: pa.RecordBatch, by_rule: Mapping[int, Places], rules: tuple[Rule, ...], feed_id: str, *, drill: bool
) -> Iterator[Found]:
    """Give an alert for each rule, main entity and five minutes.

    Args:
        events: of one feed, with the columns that are told of alerts.
        by_rule: for each rule (by position) the rows that it matched, ascending.
        rules: of the rule set.
        feed_id: the feed.
        drill: it is marked as a drill.
    """
    if not by_rule:
        return
    rows = np.arange(events.num_rows)
    mains, main_of = _mains(entities(events, rows, user_counts=False))
    times = events.column("ts").cast(pa.int64()).to_numpy()
    ids = events.column("event_id").to_numpy()
    buckets = times // _BUCKET
    first = int(buckets.min(initial=0))
    group = main_of * (int(buckets.max(initial=0)) - first + 1) + (buckets - first)
    for place, own in by_rule.items():
        order = own[np.argsort(group[own], kind="stable")]
        starts = np.flatnonzero(np.append(True, group[order][1:] != group[order][:-1]))
        ends = np.append(starts[1:], len(order))
        least, most = np.minimum.reduceat(times[order], starts), np.maximum.reduceat(times[order], starts)
        samples = set(ids[own[:SAMPLED]].tolist()) | set(ids[own[-SAMPLED:]].tolist())
        for start, end, low, high in zip(starts.tolist(), ends.tolist(), least.tolist(), most.tolist(), strict=True):
            main = mains[main_of[order[start]]]
            identity = alert_id(rules[place].id, feed_id, main, low)
            yield Found(rules[place].id, identity, end - start, low, high, main, tuple(samples), drill)
            samples = set()


def _mains(columns: list[pa.Array]) -> tuple[list[tuple[str, str] | None], Places]:
    """Number the main entities of events: the first of an event's entities; the last number is that of none."""
    mains: list[tuple[str, str] | None] = []
    of = np.full(len(columns[0]), -1, np.int64)
    for kind, column in zip(ENTITY_COLUMNS, columns, strict=True):
        there = pc.fill_null(pc.greater(pc.binary_length(column), 0), False).to_numpy(zero_copy_only=False)
        fresh = np.flatnonzero(there & (of < 0))
        if len(fresh):
            encoded = column.take(pa.array(fresh)).dictionary_encode()
            of[fresh] = encoded.indices.to_numpy().astype(np.int64) + len(mains)
            mains += [(kind, value) for value in encoded.dictionary.to_pylist()]
    of[of < 0] = len(mains)
    return [*mains, None], of
