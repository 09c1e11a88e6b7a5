"""Somebody looks at an incident: the audit keeps who read what (TheHive's and others' logs keep only changes)."""

from __future__ import annotations

from warroom.access.actor import Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.database import State


@needs(Permission.READ_INCIDENTS)
def look_at(state: State, incident_id: int, actor: Actor) -> store.Incident:
    """Enter into the audit that somebody opened an incident, and give it; once for each time that it is opened.

    Raises:
        ForbiddenError: the actor may not, or not for this platform.
        NotFoundError: no such incident.
    """
    with state.write() as connection:
        incident = store.get(connection, incident_id)
        check(actor, Permission.READ_INCIDENTS, incident.platform_id)
        append(connection, Entry(actor.name, actor.via, AuditAction.READ_INCIDENT, "incident", str(incident_id)))
    return incident
