"""Swaps of what events are compared with: which indicators are new, and that they will be looked for in what is stored.

A file holds every (kind, value) that events were compared with since the last swap. It changes in the transaction that
writes down the look back for what is new, so no crash lets an indicator fall between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.machine.log import log
from warroom.store.database import State, upsert
from warroom.store.durable import make_folders, no_room, sync_folder
from warroom.store.intel.findings import TOPIC
from warroom.store.intel.look_backs import ADVICE, AFTER, FOLDER, Wanted, add, contents, settle, unfinished
from warroom.store.lease import Lease
from warroom.store.tables import meta

#: The file of what events are compared with: a row of ``meta``.
_COMPARED: Final = "intel_compared"
_NOTHING: Final = pa.table({"kind": pa.array([], pa.string()), "value": pa.array([], pa.string())})


@dataclass(frozen=True, slots=True)
class Swap:
    """What is written down when another index comes into use.

    Args:
        compared: file with every (kind, value) that events are compared with from then on.
        wanted: what is to be looked for in stored events; None for nothing.
    """

    compared: str
    wanted: Wanted | None


def compared(state: State, data_dir: Path) -> pa.Table:
    """Give what events were compared with since the last swap: ``kind`` and ``value``; empty before the first.

    Where it cannot be read, everything counts as new: it is looked for again, and nothing is missed.
    """
    if not (path := compared_path(state)):
        return _NOTHING
    try:
        return pq.read_table(data_dir / path, columns=_NOTHING.schema.names, partitioning=None).cast(_NOTHING.schema)
    except (OSError, pa.ArrowException) as problem:
        log().warning("what was compared before is not known any more", kind=type(problem).__name__)
        return _NOTHING


def compared_path(state: State) -> str:
    """Give where that stands, relative to the state folder; "" before the first swap."""
    with state.read() as connection:
        return connection.scalar(select(meta.c.value).where(meta.c.key == _COMPARED)) or ""


def prepare(
    state: State, data_dir: Path, known: pa.Table, fresh: pa.Table, feeds: Sequence[str], since: int, at: int
) -> Swap:
    """Make durable what a swap needs; nothing counts before ``swap``.

    Indicators that a look back which is not over looks for, too, are looked for in the events after its own.

    Args:
        state: the state database.
        data_dir: the state folder.
        known: ``kind`` and ``value`` of all that is compared from the swap on, each once.
        fresh: those of them that are to be looked for.
        feeds: which list these.
        since: from which time of the events on, microseconds since 1970.
        at: our clock.

    Raises:
        DiskFullError: no room; nothing is left behind.
    """
    make_folders(data_dir, data_dir / FOLDER)
    whole = _write(data_dir, known, f"compared-{at:016x}")
    wanted = None
    if fresh.num_rows:
        path = _write(data_dir, fresh.append_column(AFTER, _behind(state, data_dir, fresh)), f"{at:016x}")
        wanted = Wanted(path, fresh.num_rows, tuple(sorted(feeds)), since, at)
    sync_folder(data_dir / FOLDER)
    return Swap(whole, wanted)


def swap(state: State, data_dir: Path, lease: Lease, one: Swap, before_id: int) -> int | None:
    """Write a swap down, and its look back: in one transaction; the look back's number, None where there is none.

    Args:
        state: the state database.
        data_dir: the state folder.
        lease: the writer's lease.
        one: what ``prepare`` gave.
        before_id: the last id that was given. Nothing may be committed from the moment it was asked for until the
            new index is in use: what came before is looked through, and what comes then is compared.

    Raises:
        LeaseError: another worker took over.
        DiskFullError: no room.
    """
    with state.write(TOPIC) as connection:
        lease.hold(connection)
        before = connection.scalar(select(meta.c.value).where(meta.c.key == _COMPARED))
        row = upsert(meta).values(key=_COMPARED, value=one.compared)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": one.compared}))
        number = None if one.wanted is None else add(connection, data_dir, one.wanted, before_id)
    if before is not None and before != one.compared:
        (data_dir / before).unlink(missing_ok=True)
    return number


def _behind(state: State, data_dir: Path, fresh: pa.Table) -> pa.Array:
    """Give of each indicator up to which event a look back that is not over looks for it; 0 where none does."""
    behind = np.zeros(fresh.num_rows, np.int64)
    keys = keys_of(fresh)
    for one in unfinished(state):
        try:
            other = contents(data_dir, one)[0]
        except StoreError:
            continue  # it will end without having looked
        also = pc.is_in(keys, value_set=keys_of(other)).to_numpy(zero_copy_only=False)
        behind[also] = np.maximum(behind[also], one.before_id)
    return pa.array(behind)


def keys_of(table: pa.Table) -> pa.ChunkedArray:
    """Give kind and value of each row as one text."""
    texts = [table.column(name).cast(pa.string()) for name in ("kind", "value")]
    return pc.binary_join_element_wise(*texts, " ")


def _write(data_dir: Path, table: pa.Table, name: str) -> str:
    """Write a file that has its name once it is whole; its path, relative to the state folder."""
    final = data_dir / FOLDER / f"{name}.parquet"
    draft = final.with_suffix(".tmp")
    with no_room(draft, ADVICE):
        pq.write_table(table, draft, compression="zstd", use_dictionary=["kind"])
        settle(draft, final)
    return str(final.relative_to(data_dir))
