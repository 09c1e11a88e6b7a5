"""Targets, turns of duty and steps of escalation in the state database: rows in, rows out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from warroom.errors import NotFoundError
from warroom.model import Severity, Status, Target
from warroom.store.database import State, upsert
from warroom.store.duty_tables import escalations, on_call_turns, service_targets
from warroom.store.incidents import Incident, incident_values
from warroom.store.sealing import touch, touch_before
from warroom.store.tables import incidents

#: Turns that count at most: a rota of years.
TURN_LIMIT: Final = 1000

_WEEK_US: Final = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody is on call, once or every week; times in microseconds since 1970."""

    id: int
    tier: int
    person: str
    channel_id: int | None
    starts_at: int
    ends_at: int
    weekly_until: int | None


def targets(state: State) -> dict[Severity, Target]:
    """Give the targets that were set here, by severity."""
    table = service_targets.c
    wanted = select(table.severity, table.acknowledge_seconds, table.contain_seconds, table.resolve_seconds)
    with state.read() as connection:
        return {Severity(severity): Target(*seconds) for severity, *seconds in connection.execute(wanted)}


def set_target(connection: Connection, severity: Severity, target: Target, actor: str, at: int) -> None:
    """Set the targets of a severity."""
    values: dict[str, object] = {
        "acknowledge_seconds": target.acknowledge,
        "contain_seconds": target.contain,
        "resolve_seconds": target.resolve,
        "set_at": at,
        "set_by": actor,
    }
    touch_before(connection, "service_targets", severity.value)
    row = upsert(service_targets).values(severity=severity, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["severity"], set_=values))


def drop_target(connection: Connection, severity: Severity) -> None:
    """Forget the targets that were set for a severity."""
    touch_before(connection, "service_targets", severity.value)
    connection.execute(delete(service_targets).where(service_targets.c.severity == severity))


def turns(connection: Connection, *, since: int = 0) -> list[Turn]:
    """Give the turns that stand and may not be over before a moment, by their beginning; at most ``TURN_LIMIT``."""
    table = on_call_turns.c
    names = Turn.__slots__
    wanted = (
        select(*(table[name] for name in names))
        .where(table.removed_at.is_(None), or_(table.ends_at > since, table.weekly_until + _WEEK_US > since))
        .order_by(table.starts_at, table.id)
        .limit(TURN_LIMIT)
    )
    return [Turn(*row) for row in connection.execute(wanted)]


def add_turn(connection: Connection, turn: Turn, actor: str, at: int) -> int:
    """Add a turn, whatever its number says; gives its number."""
    values = {name: getattr(turn, name) for name in Turn.__slots__ if name != "id"}
    row = insert(on_call_turns).values(made_at=at, made_by=actor, **values).returning(on_call_turns.c.id)
    number = int(connection.scalars(row).one())
    touch(connection, "on_call_turns", number)
    return number


def remove_turn(connection: Connection, turn_id: int, at: int) -> str:
    """Take a turn out of the rota; gives whose it was. Raises NotFoundError."""
    table = on_call_turns.c
    touch_before(connection, "on_call_turns", turn_id)
    row = (
        update(on_call_turns)
        .where(table.id == turn_id, table.removed_at.is_(None))
        .values(removed_at=at)
        .returning(table.person)
    )
    person = connection.scalar(row)
    if person is None:
        raise NotFoundError(f"there is no turn {turn_id} in the rota")
    return str(person)


def unacknowledged(
    connection: Connection, overdue: dict[Severity, int], every: int, most_steps: int, now: int, limit: int
) -> list[tuple[Incident, int]]:
    """Give new incidents that are due for their next step, oldest first, each with that step's number.

    Args:
        connection: a transaction.
        overdue: microseconds after the opening at which the first step is due, by severity; others never escalate.
        every: microseconds from one step to the next.
        most_steps: an incident has at most so many.
        now: our clock.
        limit: at most so many incidents.
    """
    if not overdue:
        return []
    taken = escalations.c
    of_this = taken.incident_id == incidents.c.id
    # for each incident that waits, by its key: the table itself grows for ever
    steps = select(func.count()).where(of_this).correlate(incidents).scalar_subquery()
    last_at = select(func.max(taken.at)).where(of_this).correlate(incidents).scalar_subquery()
    first = case({one.value: micros for one, micros in overdue.items()}, value=incidents.c.severity)
    # from the last step on: after hours without a worker nobody is told all steps at once
    due = func.coalesce(last_at + every, incidents.c.opened_at + first)
    wanted = (
        select(*(incidents.c[name] for name in Incident.__slots__), steps.label("steps"))
        .where(
            incidents.c.status == Status.NEW,
            incidents.c.severity.in_(list(overdue)),
            steps < most_steps,
            due <= now,
        )
        .order_by(incidents.c.opened_at, incidents.c.id)
        .limit(limit)
    )
    found = connection.execute(wanted).mappings()
    return [(Incident(**incident_values(row)), int(row["steps"])) for row in found]


def add_step(connection: Connection, incident_id: int, step: int, tier: int, told: Sequence[str], at: int) -> bool:
    """Note a step of an escalation; whether it had not been taken before."""
    row = upsert(escalations).values(incident_id=incident_id, step=step, at=at, tier=tier, told=json.dumps(told))
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1
