"""Somebody reads the audit: that stands in the audit too, and so does a search for a person."""

from __future__ import annotations

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.privacy import mask
from warroom.store import audit, standing
from warroom.store.audit import AuditAction, Entry, Filter, Page
from warroom.store.database import State
from warroom.store.standing import Standing


@needs(Permission.READ_AUDIT)
def open_audit(state: State, actor: Actor) -> None:
    """Enter into the audit that somebody opened it; once for each time that it is opened."""
    with state.write() as connection:
        audit.append(connection, Entry(actor.name, actor.via, AuditAction.READ_AUDIT, "audit"))


@needs(Permission.READ_AUDIT)
def search_audit(
    state: State, actor: Actor, which: Filter, *, before: int | None = None, limit: int = 100, again: bool = False
) -> Page:
    """Search the audit, newest first; asking for a text that holds personal data is an entry of its own.

    Args:
        state: where the chain is.
        actor: who reads.
        which: narrows.
        before: a number; only entries before it.
        limit: at most so many.
        again: the same search as a moment ago, on a page that is drawn anew.
    """
    told = [text for text in (which.text, which.actor, which.subject_id) if text and mask(text) != text]
    if told and not again:
        body = {"in": "audit", "text": [mask(text) for text in told]}
        with state.write() as connection:
            audit.append(connection, Entry(actor.name, actor.via, AuditAction.SEARCH_IDENTIFIER, "audit", body=body))
    with state.read() as connection:
        return audit.read(connection, which, before=before, limit=limit)


@needs(Permission.READ_AUDIT)
def audit_standing(state: State, actor: Actor) -> Standing:  # noqa: ARG001  the guard looks at the actor
    """Give where the chain stands and how far its heads have gone."""
    with state.read() as connection:
        return standing.read(connection)
