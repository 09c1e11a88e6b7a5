"""Playbooks that incidents follow, as rows: a run keeps its definition, and what became of its items is appended.

A definition is some 30 kB and a storm starts the same one hundreds of times: it stands in the first run that has it,
later ones name it by its SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from warroom.errors import ConflictError, NotFoundError, StoreError
from warroom.model import Status
from warroom.store.incidents import Incident, incident_values
from warroom.store.response_tables import playbook_entries, playbook_runs
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incidents

#: An incident has at most so many runs, a run so many entries: a program that runs wild stops there, people do not.
MOST_RUNS: Final = 40
MOST_ENTRIES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Begun:
    """How a run began; times in microseconds."""

    incident_id: int
    playbook: str
    version: str
    sha256: str
    reason: str
    started_at: int
    started_by: str


@dataclass(frozen=True, slots=True)
class Run(Begun):
    """A run as stored, without its definition."""

    id: int
    ended_at: int | None
    ended_by: str | None
    ended_why: str | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a task or a question: ``kind`` is done, skipped, reopened or answer."""

    item: str
    kind: str
    value: str
    note: str
    evidence_id: int | None
    at: int
    actor: str


@dataclass(frozen=True, slots=True)
class RunEntry(Noted):
    """An entry as stored."""

    id: int
    run_id: int


def add(connection: Connection, begun: Begun, body: str) -> int:
    """Enter a run with its definition; its number."""
    known = connection.scalar(select(playbook_runs.c.id).where(playbook_runs.c.sha256 == begun.sha256).limit(1))
    values = {one.name: getattr(begun, one.name) for one in fields(Begun)}
    row = insert(playbook_runs).values(body=body if known is None else "", **values)
    number = int(connection.execute(row.returning(playbook_runs.c.id)).scalar_one())
    touch(connection, "playbook_runs", number)
    return number


def get(connection: Connection, number: int) -> Run:
    """Give a run. Raises NotFoundError."""
    row = connection.execute(_runs().where(playbook_runs.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no playbook run {number}")
    return Run(**row._asdict())


def runs_of(connection: Connection, incident_id: int) -> list[Run]:
    """Give an incident's runs, oldest first."""
    own = _runs().where(playbook_runs.c.incident_id == incident_id).order_by(playbook_runs.c.id)
    return [Run(**row._asdict()) for row in connection.execute(own)]


def definition(connection: Connection, run: Run) -> str:
    """Give the definition that a run keeps, as it was written.

    Raises:
        StoreError: no run has it any more.
    """
    own = (playbook_runs.c.sha256 == run.sha256) & (playbook_runs.c.body != "")
    body = connection.scalar(select(playbook_runs.c.body).where(own).order_by(playbook_runs.c.id).limit(1))
    if body is None:
        raise StoreError(f"the definition of playbook run {run.id} is gone: `./run verify` says what was changed")
    return str(body)


def end(connection: Connection, before: Run, at: int, actor: str, why: str) -> None:
    """End a run. Raises ConflictError where it has ended already."""
    own = (playbook_runs.c.id == before.id) & playbook_runs.c.ended_at.is_(None)
    done = connection.execute(update(playbook_runs).where(own).values(ended_at=at, ended_by=actor, ended_why=why))
    if done.rowcount != 1:
        raise ConflictError(f"playbook run {before.id} was ended by somebody else meanwhile: look again")
    touch(connection, "playbook_runs", before.id)


def note(connection: Connection, run_id: int, noted: Noted) -> int:
    """Append an entry; its number."""
    values = {one.name: getattr(noted, one.name) for one in fields(Noted)}
    row = insert(playbook_entries).values(run_id=run_id, **values).returning(playbook_entries.c.id)
    number = int(connection.execute(row).scalar_one())
    touch(connection, "playbook_entries", number)
    return number


def entries_of(connection: Connection, run_id: int, *, limit: int = MOST_ENTRIES) -> list[RunEntry]:
    """Give a run's entries, oldest first."""
    columns = [playbook_entries.c[one.name] for one in fields(RunEntry)]
    own = select(*columns).where(playbook_entries.c.run_id == run_id).order_by(playbook_entries.c.id).limit(limit)
    return [RunEntry(**row._asdict()) for row in connection.execute(own)]


def count_entries(connection: Connection, run_id: int) -> int:
    """Count a run's entries."""
    own = select(func.count()).select_from(playbook_entries).where(playbook_entries.c.run_id == run_id)
    return int(connection.scalar(own) or 0)


def changed_after(connection: Connection, cursor: tuple[int, int], opened_at: int, limit: int) -> list[Incident]:
    """Give open incidents, opened since a time, that changed after a (time of change, number), in that order."""
    at, number = cursor
    later = or_(incidents.c.updated_at > at, (incidents.c.updated_at == at) & (incidents.c.id > number))
    wanted = select(incidents).where(later, incidents.c.opened_at >= opened_at)
    wanted = wanted.where(incidents.c.status != Status.CLOSED, incidents.c.merged_into.is_(None))
    found = connection.execute(wanted.order_by(incidents.c.updated_at, incidents.c.id).limit(limit))
    return [Incident(**incident_values(row)) for row in found.mappings()]


def raised(connection: Connection, incident_id: int, limit: int) -> list[tuple[str, str]]:
    """Give what raised an incident's alerts: each rule once with its tags (a JSON list), at most ``limit``."""
    own = select(alerts.c.rule_id, alerts.c.tags).where(alerts.c.incident_id == incident_id).distinct().limit(limit)
    return [(str(rule), str(tags)) for rule, tags in connection.execute(own)]


def _runs() -> Select[Any]:
    return select(*(playbook_runs.c[one.name] for one in fields(Run)))
