"""An incident's personal data is shown to somebody who may see it and says why: the audit keeps both."""

from __future__ import annotations

from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.privacy import mask
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State

#: How long it stays revealed, in minutes: then the reason is asked for again.
REVEAL_MINUTES: Final = 15
#: A reason has so many characters.
LEAST_REASON: Final = 10
MOST_REASON: Final = 300


@needs(Permission.REVEAL_PERSONAL_DATA)
def reveal(state: State, incident_id: int, actor: Actor, reason: str) -> None:
    """Enter into the audit that somebody sees an incident's personal data unmasked, and why.

    Whoever shows it calls this first, and shows nothing where it raises.

    Raises:
        ForbiddenError: the actor may not, or not for this platform.
        UsageError: the reason is too short to be one, or too long.
        NotFoundError: no such incident.
    """
    why = " ".join(reason.split())
    if not LEAST_REASON <= len(why) <= MOST_REASON:
        raise UsageError(f"a reason has {LEAST_REASON} to {MOST_REASON} characters: say which case asks for it")
    with state.write() as connection:
        incident = store.get(connection, incident_id)
        check(actor, Permission.REVEAL_PERSONAL_DATA, incident.platform_id)
        body: dict[str, Json] = {"reason": mask(why), "minutes": REVEAL_MINUTES}
        append(connection, Entry(actor.name, actor.via, AuditAction.REVEAL, "incident", str(incident_id), body))
