"""The envelope: whose event it is, where its bytes came from, and a time that can be trusted to order it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import ENVELOPE, FIELDS

#: No log of a platform is older: a clock that says so was never set.
EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)
#: The field that keeps the time an event claims when ours replaces it.
CLAIMED: Final = "event.time_claimed"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose events these are."""

    feed_id: str
    platform_id: str
    log_product: str | None
    log_category: str | None
    log_service: str | None
    log_source: str
    log_file_path: str


def add_envelope(
    parsed: pa.RecordBatch, origin: Origin, offsets: pa.Array, event_ids: pa.Array, now: datetime, ahead: timedelta
) -> pa.RecordBatch:
    """Add the envelope's columns to a parser's batch.

    A time before 1995 or more than ``ahead`` of our clock would end every correlation window around it: such an
    event gets our time, and keeps its own in ``fields`` as ``event.time_claimed``.

    Args:
        parsed: ``ts``, the core columns, ``fields`` and ``raw``.
        origin: whose events these are.
        offsets: the byte at which each event's line begins.
        event_ids: one a row.
        now: our clock.
        ahead: how far ahead of it an event's clock may be.
    """
    count = parsed.num_rows
    times = parsed.column("ts")
    wrong = pc.or_(
        pc.or_(pc.less(times, pa.scalar(EARLIEST, times.type)), pc.greater(times, pa.scalar(now + ahead, times.type))),
        pc.is_null(times),
    ).fill_null(True)
    if pc.any(wrong).as_py():
        claimed = pc.if_else(wrong, pc.strftime(times, "%Y-%m-%dT%H:%M:%SZ"), None)
        parsed = parsed.set_column(
            parsed.schema.get_field_index(FIELDS), FIELDS, _with_child(parsed.column(FIELDS), CLAIMED, claimed)
        )
        times = pc.if_else(wrong, pa.scalar(now, times.type), times)
    given = {
        "event_id": event_ids,
        "ts": times,
        "ingested_at": pa.array([now], ENVELOPE["ingested_at"]).take(pa.array(np.zeros(count, dtype=np.int32))),
        "log_offset": offsets,
    }
    rows = pa.array(np.zeros(count, dtype=np.int32))
    columns = [
        given[name] if name in given else pa.array([getattr(origin, name)], kind).take(rows)
        for name, kind in ENVELOPE.items()
    ]
    rest = [name for name in parsed.schema.names if name != "ts"]
    return pa.RecordBatch.from_arrays([*columns, *(parsed.column(name) for name in rest)], names=[*ENVELOPE, *rest])


def _with_child(struct: pa.StructArray, name: str, child: pa.Array) -> pa.StructArray:
    children = {field.name: struct.field(number) for number, field in enumerate(struct.type)}
    children[name] = child  # instead of one of the source's own of this name: nobody may forge it
    return pa.StructArray.from_arrays(list(children.values()), list(children))
