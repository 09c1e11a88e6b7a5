"""What a playbook's tasks owe in law begins with them: a clock is never forgotten because nobody pressed a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog.legal import load_clocks
from warroom.respond.beginning import KINDS, begin_in
from warroom.respond.progress import Progress, Standing

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.store.database import Transaction
    from warroom.store.incidents import Incident

#: Of a branch that was not taken, or may not be.
_NOT_YET: Final = frozenset({Standing.WAITING, Standing.NOT_NEEDED})


def kinds_owed(now: Progress) -> frozenset[str]:
    """Give the kinds of incident (``breach``, ``cyber``) whose clocks the tasks serve that are needed."""
    clocks = load_clocks()
    named = {
        clocks[clock].track
        for phase in now.phases
        for one in phase.tasks
        if one.standing not in _NOT_YET
        for clock in one.task.clocks
    }
    return KINDS & named


def begin_law(connection: Transaction, incident: Incident, actor: Actor, now: Progress, at: int) -> None:
    """Begin to respond in law where a run has come to tasks that do; what has begun stays as it is."""
    kinds = kinds_owed(now)
    if kinds:
        begin_in(connection, incident, actor, kinds, at)
