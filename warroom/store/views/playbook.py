"""What the screens need of an incident's playbooks: runs, their definitions and what became of their items."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from warroom.model import Status
from warroom.store import playbook_runs as rows
from warroom.store.database import State
from warroom.store.playbook_runs import Run, RunEntry
from warroom.store.response_tables import playbook_runs
from warroom.store.tables import incidents
from warroom.store.views.rows import Scope, within


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its definition (JSON) and its entries, oldest first; ``cut``: there are more entries than these."""

    run: Run
    body: str
    entries: tuple[RunEntry, ...]
    cut: bool


def runs(state: State, incident_id: int, *, scope: Scope = None) -> tuple[RunView, ...] | None:
    """Give an incident's runs, oldest first; None where there is no such incident, or none that may be seen.

    Raises:
        StoreError: a run's definition is gone.
    """
    with state.read() as connection:
        own = select(incidents.c.id).where(incidents.c.id == incident_id, within(scope, incidents.c.platform_id))
        if connection.scalar(own) is None:
            return None
        found = []
        for run in rows.runs_of(connection, incident_id):
            entries = rows.entries_of(connection, run.id, limit=rows.MOST_ENTRIES + 1)
            body = rows.definition(connection, run)
            cut = len(entries) > rows.MOST_ENTRIES
            found.append(RunView(run, body, tuple(entries[: rows.MOST_ENTRIES]), cut))
    return tuple(found)


def running(state: State, *, scope: Scope = None) -> dict[str, int]:
    """Count, by playbook, the runs that go on in incidents that are not closed."""
    counted = (
        select(playbook_runs.c.playbook, func.count())
        .join(incidents, incidents.c.id == playbook_runs.c.incident_id)
        .where(playbook_runs.c.ended_at.is_(None), incidents.c.status != Status.CLOSED)
        .where(within(scope, incidents.c.platform_id))
        .group_by(playbook_runs.c.playbook)
    )
    with state.read() as connection:
        return {str(playbook): int(count) for playbook, count in connection.execute(counted)}
