"""The commit: one batch becomes durable exactly once.

First the Parquet files are durable, then ONE transaction writes the manifest, the source's position, the ledger, the
alerts and the per-minute counts. A source is acknowledged only afterwards. Whatever dies in between, the source is
read again from its committed position and files without a manifest row are swept: nothing is lost, nothing counted
twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, func, select

from warroom.errors import StoreError
from warroom.model import Alert
from warroom.store import feedlife, manifest
from warroom.store.database import State, now_us, raise_counter, upsert
from warroom.store.intel.findings import Findings, keep
from warroom.store.lease import Lease
from warroom.store.raising import enter_alerts
from warroom.store.rollups import count_events
from warroom.store.rules.hits import Hits, enter_shadow
from warroom.store.rules.late import Late, note
from warroom.store.segments import REJECTS, Segment, Unwritten, unlink, write_segments
from warroom.store.tables import feed_states, ledger, meta, positions

_LAST_ID: Final = "last_event_id"
_ID_BITS: Final = 20
_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What one pass over one source brought: the lines as events and rejects, and what the detectors made of them.

    ``events`` has every column of the event. ``rejects`` lists (path, byte offset, reason, bytes). ``received`` is
    what the collector counted: the commit refuses a batch in which it is not events + rejects, and one that was not
    read from where the source's committed position stands (``read_from``; None for a source never met). What is in
    ``deliveries`` was never committed before; ``lost`` counts by kind what the source lost on the way. ``intel`` is
    what the alerts of intelligence among ``alerts`` rest on. ``shadow`` are alerts of rules in shadow: counted, and
    raised never. ``late`` tells of events that came too late for correlations.
    """

    feed_id: str
    source: str
    read_from: str | None
    position: str
    received: int
    events: pa.RecordBatch
    evaluated: int
    rejects: Sequence[tuple[str, int, str, bytes]] = field(default=())
    alerts: Sequence[Alert] = field(default=())
    matches: pa.RecordBatch | None = None
    lag_bytes: int = 0
    deliveries: Sequence[str] = ()
    lost: Mapping[str, int] = field(default_factory=dict)
    probes: Sequence[feedlife.Probed] = ()
    intel: Findings | None = None
    shadow: Sequence[Alert] = ()
    late: Late | None = None


class EventIds:
    """Gives event ids: unique and growing in a data folder, their upper bits the ingestion time in ms."""

    def __init__(self, state: State) -> None:
        with state.read() as connection:
            self._last = int(connection.scalar(select(meta.c.value).where(meta.c.key == _LAST_ID)) or 0)

    def take(self, count: int) -> pa.Array:
        """The next ``count`` ids, even where our clock went back."""
        first = max(self._last + 1, (now_us() // 1000) << _ID_BITS)
        self._last = first + count - 1
        return pa.array(np.arange(first, first + count, dtype=np.int64))

    @property
    def last(self) -> int:
        """The last id given."""
        return self._last


def commit(state: State, data_dir: Path, batch: Batch, ids: EventIds, lease: Lease) -> None:
    """Commit one batch: see ``commit_all``."""
    commit_all(state, data_dir, [batch], ids, lease)


def commit_all(state: State, data_dir: Path, batches: Sequence[Batch], ids: EventIds, lease: Lease) -> None:
    """Commit batches of different sources together, or none of them: one transaction costs little more than for one.

    Args:
        state: the state database.
        data_dir: the state folder.
        batches: what was read.
        ids: where the events' ids came from; rejects and matches take theirs here.
        lease: the writer's lease; checked and renewed inside the transaction.

    Raises:
        StoreError: received is not events + rejects, or somebody else read on meanwhile: nothing was committed.
        DiskFullError: no room: nothing was committed.
        LeaseError: another worker took the folder over: nothing was committed.
    """
    for batch in batches:
        _check_balance(batch)
    at = now_us()
    written = write_segments(data_dir, [one for batch in batches for one in _unwritten(batch, ids, at)])
    try:
        _enter(state, batches, written, ids.last, lease, at)
    except BaseException:
        unlink(data_dir, written)
        raise


def _check_balance(batch: Batch) -> None:
    stored, rejected = batch.events.num_rows, len(batch.rejects)
    if batch.received != stored + rejected or batch.evaluated != stored:
        raise StoreError(
            f"feed {batch.feed_id}: received {batch.received}, stored {stored}, rejected {rejected}, "
            f"evaluated {batch.evaluated} do not balance: nothing was committed"
        )


def _enter(state: State, batches: Sequence[Batch], written: list[Segment], last_id: int, lease: Lease, at: int) -> None:
    """The one transaction."""
    with state.write() as connection:
        lease.hold(connection)
        manifest.add(connection, written)
        touched, hits = 0, Hits()
        for batch in batches:
            touched += _enter_batch(connection, batch, hits, at)
        hits.write(connection, at)
        _set_last_id(connection, last_id)
        if any(batch.received for batch in batches):
            raise_counter(connection, "feeds")
        if touched:
            raise_counter(connection, "alerts")


def _enter_batch(connection: Connection, batch: Batch, hits: Hits, at: int) -> int:
    """Write what is known of a batch besides its files; how many alerts it touched."""
    _check_position(connection, batch)
    _set_position(connection, batch, at)
    _count(connection, batch, at)
    feedlife.count_hour(connection, batch.feed_id, batch.received, at)
    feedlife.count_losses(connection, batch.feed_id, batch.lost, at)
    feedlife.keep_probes(connection, batch.feed_id, batch.probes, at)
    feedlife.keep_deliveries(connection, batch.feed_id, batch.deliveries, at)
    count_events(connection, batch.events)
    if batch.intel:
        keep(connection, batch.intel, at)
    enter_shadow(connection, batch.shadow, hits, at)
    if batch.late:
        note(connection, batch.feed_id, batch.late, at)
    return enter_alerts(connection, batch.alerts, hits, at)


def _unwritten(batch: Batch, ids: EventIds, at: int) -> Iterator[Unwritten]:
    if batch.events.num_rows:
        times, event_ids = batch.events.column("ts"), batch.events.column("event_id")
        yield Unwritten("events", batch.feed_id, batch.events, times, event_ids)
    if batch.rejects:
        rejects = _reject_rows(batch, ids.take(len(batch.rejects)), at)
        yield Unwritten("rejects", batch.feed_id, rejects, rejects.column("rejected_at"), rejects.column("reject_id"))
    if (matches := batch.matches) is not None and matches.num_rows:
        yield Unwritten("matches", batch.feed_id, matches, matches.column("ts"), ids.take(matches.num_rows))


def _reject_rows(batch: Batch, reject_ids: pa.Array, at: int) -> pa.RecordBatch:
    paths, offsets, reasons, raws = zip(*batch.rejects, strict=True)
    count = len(paths)
    columns = [
        reject_ids,
        pa.array(np.full(count, at)),
        pa.array([batch.feed_id] * count),
        pa.array([batch.source] * count),
        pa.array(paths),
        pa.array(offsets, pa.int64()),
        pa.array(reasons),
        pa.array(raws, pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(
        [column.cast(one.type) for column, one in zip(columns, REJECTS, strict=True)], schema=REJECTS
    )


def _check_position(connection: Connection, batch: Batch) -> None:
    """Two readers of one source would store its lines twice: the second one to commit is refused."""
    committed = connection.scalar(
        select(positions.c.position).where(positions.c.feed_id == batch.feed_id, positions.c.source == batch.source)
    )
    if committed != batch.read_from:
        raise StoreError(f"feed {batch.feed_id}: {batch.source} was read on meanwhile; it is read again from there")


def _set_position(connection: Connection, batch: Batch, at: int) -> None:
    row = upsert(positions).values(feed_id=batch.feed_id, source=batch.source, position=batch.position, updated_at=at)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["feed_id", "source"], set_={"position": batch.position, "updated_at": at}
        )
    )


def _count(connection: Connection, batch: Batch, at: int) -> None:
    counts = {
        "received": batch.received,
        "stored": batch.events.num_rows,
        "rejected": len(batch.rejects),
        "evaluated": batch.evaluated,
    }
    row = upsert(ledger).values(feed_id=batch.feed_id, minute=at // _MINUTE_US, **counts)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["feed_id", "minute"], set_={name: ledger.c[name] + count for name, count in counts.items()}
        )
    )
    seen: dict[str, object] = {"read_at": at, "lag_bytes": batch.lag_bytes}
    if batch.received:
        seen["received_at"] = at
    connection.execute(feed_states.update().where(feed_states.c.feed_id == batch.feed_id).values(**seen))
    if batch.events.num_rows:
        newest = int(batch.events.column("ts").cast(pa.int64()).to_numpy().max())
        later = func.coalesce(feed_states.c.event_at, 0) < newest
        connection.execute(
            feed_states.update().where(feed_states.c.feed_id == batch.feed_id, later).values(event_at=newest)
        )


def _set_last_id(connection: Connection, last: int) -> None:
    row = upsert(meta).values(key=_LAST_ID, value=str(last))
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": str(last)}))
