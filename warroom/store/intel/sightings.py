"""When indicators were seen in our events: what keeps them from fading, and what a search shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlalchemy import Connection, delete, func, select

from warroom.store.intel.findings import DAY_US, Sighting
from warroom.store.intel.tables import intel_held_back, intel_sightings

if TYPE_CHECKING:
    from warroom.store.database import State

#: Days are kept this long: no indicator counts for longer without being seen.
_KEPT_DAYS: Final = 400


def last_seen(state: State) -> pa.Table:
    """Give when each indicator was seen last: ``kind``, ``value``, ``last_at`` in microseconds since 1970."""
    table = intel_sightings.c
    wanted = select(table.kind, table.value, func.max(table.last_at).label("last_at")).group_by(table.kind, table.value)
    with state.read() as connection:
        rows = connection.execute(wanted).all()
    return pa.table(
        {
            "kind": pa.array([row.kind for row in rows], pa.string()),
            "value": pa.array([row.value for row in rows], pa.string()),
            "last_at": pa.array([row.last_at for row in rows], pa.int64()),
        }
    )


def of_value(connection: Connection, kind: str, value: str, *, limit: int = 100) -> list[Sighting]:
    """Give the days on which an indicator was seen, the newest first, by platform."""
    table = intel_sightings.c
    wanted = select(*(table[name] for name in Sighting.__slots__)).where(table.kind == kind, table.value == value)
    found = connection.execute(wanted.order_by(table.day.desc(), table.platform_id).limit(limit))
    return [Sighting(*row) for row in found]


def forget(connection: Connection, at: int) -> None:
    """Drop days that are long gone, of sightings and of what was held back."""
    day = at // DAY_US - _KEPT_DAYS
    connection.execute(delete(intel_sightings).where(intel_sightings.c.day < day))
    connection.execute(delete(intel_held_back).where(intel_held_back.c.day < day))
