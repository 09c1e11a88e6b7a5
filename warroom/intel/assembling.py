"""Puts together what events are compared with: what every feed lists, weighed now, less what must raise no alarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.catalog.intel_weights import load_intel_weights
from warroom.catalog.platforms import own_names
from warroom.indicators import TABLES
from warroom.intel.scoring import FeedWeight, numbers, scores
from warroom.intel.warning_lists import WarningLists
from warroom.machine.log import log
from warroom.model import Severity
from warroom.store.database import State, from_us
from warroom.store.intel import feeds, rulings, sightings, snapshots
from warroom.store.intel.feeds import FeedRow
from warroom.store.intel.snapshots import File

if TYPE_CHECKING:
    from warroom.intel.index import Index, Part

#: Ways that bring all there is at every poll, and formats that are lists of what counts now.
_WHOLE_WAYS: Final = frozenset(("http", "folder"))
_WHOLE_FORMATS: Final = frozenset(("list", "csv", "zeek"))
_HOLDS: Final = ("indicators", "warnings", "vocabulary")
_SECOND: Final = 1_000_000

#: What an index rests on; equal as long as none of it changes. Scores change with time all the same.
Basis = tuple[tuple[object, ...], ...]


def basis(state: State, now: int) -> Basis:
    """Give what an index of now rests on: files, what feeds say about themselves, rulings that hold."""
    with state.read() as connection:
        files = [one for holds in _HOLDS for one in snapshots.files(connection, holds=holds)]
        rows = feeds.rows(connection)
        held = rulings.in_force(connection, now)
    return (
        tuple(one.path for one in files),
        tuple(tuple(getattr(row, name) for name in feeds.Registered.__slots__) for row in rows),
        tuple(one.id for one in held),
    )


def has_indicators(state: State) -> bool:
    """Whether any feed has any: without them there is nothing to compare with."""
    with state.read() as connection:
        return bool(snapshots.files(connection, holds="indicators"))


def assemble(state: State, data_dir: Path, now: int) -> Index:
    """Make an index of all feeds that are switched on.

    A feed whose file cannot be read is left out, which is logged; the others count.

    Args:
        state: the state database.
        data_dir: the state folder.
        now: for how old everything is, microseconds since 1970.
    """
    from warroom.intel.index import Held, build  # noqa: PLC0415  loads what only indicators need

    with state.read() as connection:
        rows = {row.feed_id: row for row in feeds.rows(connection) if row.enabled}
        files = {holds: snapshots.files(connection, holds=holds) for holds in _HOLDS}
        ruled = {(one.kind, one.value): one.until for one in rulings.in_force(connection, now)}
    words = _merged(data_dir, rows, files["vocabulary"], "vocabulary")
    lists = WarningLists(_merged(data_dir, rows, files["warnings"], "warnings"), own_names())
    vocabulary, seen = numbers(words), sightings.last_seen(state)
    parts = (
        _part(rows[feed_id], table, vocabulary, seen, now)
        for feed_id, table in _tables(data_dir, rows, files["indicators"])
    )
    return build(parts, Held(lists.why, ruled))


def weight_of(row: FeedRow) -> FeedWeight:
    """Give how far a feed is believed."""
    return FeedWeight(
        row.confidence,
        None if row.lifetime_us is None else row.lifetime_us / _SECOND,
        row.way in _WHOLE_WAYS and row.format in _WHOLE_FORMATS,
        row.succeeded_at,
    )


def _part(row: FeedRow, table: pa.Table, vocabulary: Mapping[str, float], seen: pa.Table, now: int) -> Part:
    """Weigh what a feed lists; what is below the threshold has score 0."""
    from warroom.intel.index import FeedFacts, Part  # noqa: PLC0415

    weights = load_intel_weights()
    found = scores(table, weight_of(row), vocabulary, weights, seen=seen, now=now)
    facts = FeedFacts(
        id=row.feed_id,
        title_th=row.title_th,
        title_en=row.title_en,
        confidence=row.confidence,
        tlp=row.tlp,
        severity=None if row.severity is None else Severity(row.severity),
        mark=row.mark,
        drill=row.drill,
        fetched_at=None if row.succeeded_at is None else from_us(row.succeeded_at),
    )
    return Part(facts, table, np.where(found < weights.threshold, 0, found).astype(np.uint8))


def _tables(data_dir: Path, rows: Mapping[str, FeedRow], files: list[File]) -> Iterator[tuple[str, pa.Table]]:
    """Give what feeds that are switched on have, by feed and some at a time; what cannot be read is left out."""
    for one in files:
        if one.feed_id not in rows:
            continue
        try:
            for table in snapshots.pieces(data_dir / one.path, TABLES[one.holds]):
                yield one.feed_id, table
        except (OSError, pa.ArrowException) as problem:
            log().error("what a feed brought cannot be read", feed=one.feed_id, kind=type(problem).__name__)


def _merged(data_dir: Path, rows: Mapping[str, FeedRow], files: list[File], holds: str) -> pa.Table:
    found = [table for _, table in _tables(data_dir, rows, files)]
    return pa.concat_tables([TABLES[holds].empty_table(), *found]).unify_dictionaries()
