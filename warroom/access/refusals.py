"""Refusals leave a trace: who asked for what the role does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warroom.errors import ForbiddenError
from warroom.privacy import mask
from warroom.store.audit import AuditAction, Entry, append

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.store.database import State


@contextmanager
def refusals_recorded(state: State, actor: Actor) -> Iterator[None]:
    """Write a ForbiddenError of what is done inside into the audit, and let it go on.

    Around the outermost step of a screen or command: the transaction that was refused is undone by then.
    """
    try:
        yield
    except ForbiddenError as refusal:
        entry = Entry(actor.name, actor.via, AuditAction.REFUSED, body={"reason": mask(str(refusal))})
        with state.write() as connection:
            append(connection, entry)
        raise
