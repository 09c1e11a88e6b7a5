"""What one incident has to do with another: related, caused by, duplicate of; removed without being forgotten."""

from __future__ import annotations

from enum import StrEnum

from warroom.access.actor import Actor
from warroom.access.changing import changing
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.store import incidents as store
from warroom.store import ties
from warroom.store.database import State


class LinkKind(StrEnum):
    """What an incident is of the other one."""

    RELATED = "related"
    CAUSED_BY = "caused_by"
    DUPLICATE_OF = "duplicate_of"


@needs(Permission.ACT_ON_INCIDENTS)
def link(state: State, incident_id: int, actor: Actor, kind: LinkKind, other_id: int) -> int:
    """Say what an incident has to do with another one; the link's number. Both incidents' logs tell of it.

    Raises:
        UsageError: it is the same incident, or it has too many links.
        NotFoundError: no such incident.
        ConflictError: they are linked so already.
        ForbiddenError: one of them is of a platform that the actor does not see.
    """
    if other_id == incident_id:
        raise UsageError("an incident is linked to another one")
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, _, at):
        other = store.get(connection, other_id)
        check(actor, Permission.ACT_ON_INCIDENTS, other.platform_id)
        there = ties.links_of(connection, incident_id)
        if len(there) >= ties.MOST_LINKS:
            raise UsageError(f"an incident has at most {ties.MOST_LINKS} links: remove one first")
        ends = {incident_id, other_id}
        for one in there:
            same_way = one.incident_id == incident_id or one.kind == LinkKind.RELATED
            if one.kind == kind and {one.incident_id, one.other_id} == ends and same_way:
                raise ConflictError(f"incidents {incident_id} and {other_id} are linked so already")
            if one.kind == kind == LinkKind.DUPLICATE_OF and {one.incident_id, one.other_id} == ends:
                raise ConflictError(f"incident {other_id} is the duplicate of {incident_id} already")
        number = ties.add_link(connection, incident_id, other_id, kind, actor.name, at)
        store.append_log(connection, incident_id, at, actor.name, "linked", kind=kind, other=str(other_id))
        store.append_log(connection, other_id, at, actor.name, "linked_from", kind=kind, other=str(incident_id))
    return number


@needs(Permission.ACT_ON_INCIDENTS)
def unlink(state: State, incident_id: int, actor: Actor, link_id: int) -> None:
    """Remove a link of an incident, whichever of the two it was made on.

    Raises:
        NotFoundError: no such incident, or no such link of it (any more).
        ForbiddenError: one of them is of a platform that the actor does not see.
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, _, at):
        one = next((one for one in ties.links_of(connection, incident_id) if one.id == link_id), None)
        if one is None:
            raise NotFoundError(f"incident {incident_id} has no such link any more")
        other_id = one.other_id if one.incident_id == incident_id else one.incident_id
        check(actor, Permission.ACT_ON_INCIDENTS, store.get(connection, other_id).platform_id)
        ties.remove_link(connection, link_id, actor.name, at)
        for own, other in ((incident_id, other_id), (other_id, incident_id)):
            store.append_log(connection, own, at, actor.name, "unlinked", kind=one.kind, other=str(other))
