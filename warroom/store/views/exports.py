"""What left the war room of an incident, as its screen shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from warroom.store import exports
from warroom.store.tables import incidents
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State
    from warroom.store.exports import Export


def exports_of(
    state: State, incident_id: int, *, scope: Scope = None, limit: int = exports.LIMIT
) -> tuple[list[Export], int]:
    """Give an incident's exports, newest first, and how many there are in all; none where it may not be seen."""
    with state.read() as connection:
        here = select(incidents.c.id).where(incidents.c.id == incident_id, within(scope, incidents.c.platform_id))
        if connection.scalar(here) is None:
            return [], 0
        return exports.of_incident(connection, incident_id, limit=limit)
