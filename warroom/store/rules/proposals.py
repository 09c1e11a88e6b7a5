"""Proposals to tune rules, in the state database: what people closed as a false alarm, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.model import Disposition
from warroom.store.database import upsert
from warroom.store.rules.tables import rule_proposals
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incident_log, meta

OPEN: Final = "open"
DONE: Final = "done"
DISMISSED: Final = "dismissed"
#: How far the incidents' log was looked through.
_KEY: Final = "rule_proposals_read"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Found:
    """What a proposal is made of: a rule of an incident that turned out to be a false alarm."""

    rule_id: str
    rule_title: str
    incident_id: int
    log_id: int
    platform_id: str
    closed_by: str
    samples: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Proposal(Found):
    """A proposal as stored; times in microseconds since 1970."""

    id: int
    at: int
    state: str  # open | done | dismissed
    draft: str | None
    decided_by: str | None
    decided_at: int | None
    decision: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """An incident was closed as a false alarm, or taken up again, as its log says."""

    log_id: int
    incident_id: int
    actor: str
    false_alarm: bool  # else: taken up again


@dataclass(frozen=True, slots=True)
class Culprit:
    """A rule of an incident, its platform, and events of its alerts."""

    rule_id: str
    rule_title: str
    platform_id: str
    event_ids: tuple[int, ...]


def place(connection: Connection) -> int | None:
    """Give how far the incidents' log was looked through; None where nobody did."""
    told = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    return None if told is None else int(told)


def move_place(connection: Connection, log_id: int) -> None:
    """Note how far the incidents' log was looked through."""
    row = upsert(meta).values(key=_KEY, value=str(log_id))
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": str(log_id)}))


def newest_entry(connection: Connection) -> int:
    """Give the number of the newest entry of the incidents' log; 0 where there is none."""
    return int(connection.scalar(select(func.max(incident_log.c.id))) or 0)


def turns(connection: Connection, after: int) -> tuple[list[Turn], int]:
    """Give what became of incidents after an entry of their log, in order, and the last entry looked at."""
    wanted = select(incident_log).where(incident_log.c.id > after).order_by(incident_log.c.id).limit(_AT_ONCE)
    rows = connection.execute(wanted).all()
    found = []
    for row in rows:
        if row.action == "closed":
            body = json.loads(row.body)
            if body.get("disposition") == Disposition.FALSE_POSITIVE:
                found.append(Turn(row.id, row.incident_id, row.actor, false_alarm=True))
        elif row.action == "reopened":
            found.append(Turn(row.id, row.incident_id, row.actor, false_alarm=False))
    return found, rows[-1].id if rows else after


def culprits(connection: Connection, incident_id: int, most_alerts: int, most_events: int) -> list[Culprit]:
    """Give the rules of an incident's alerts, each with the newest of their events."""
    columns = (alerts.c.rule_id, alerts.c.rule_title, alerts.c.platform_id, alerts.c.event_ids)
    own = select(*columns).where(alerts.c.incident_id == incident_id).order_by(alerts.c.last_at.desc())
    found: dict[str, Culprit] = {}
    for rule_id, title, platform_id, told in connection.execute(own.limit(most_alerts)):
        known = found.get(rule_id)
        ids = (*(known.event_ids if known else ()), *json.loads(told))
        found[rule_id] = Culprit(rule_id, title, platform_id, tuple(dict.fromkeys(ids))[:most_events])
    return list(found.values())


def add(connection: Connection, one: Found, at: int) -> int | None:
    """Open a proposal; its number, None where this closing made one for the rule already."""
    known = select(rule_proposals.c.id).where(
        rule_proposals.c.log_id == one.log_id, rule_proposals.c.rule_id == one.rule_id
    )
    if connection.scalar(known) is not None:
        return None
    row = insert(rule_proposals).values(
        rule_id=one.rule_id,
        rule_title=one.rule_title,
        incident_id=one.incident_id,
        log_id=one.log_id,
        platform_id=one.platform_id,
        closed_by=one.closed_by,
        samples=json.dumps([dict(sample) for sample in one.samples], ensure_ascii=False, sort_keys=True),
        at=at,
        state=OPEN,
    )
    number = int(connection.execute(row.returning(rule_proposals.c.id)).scalar_one())
    touch(connection, "rule_proposals", number)
    return number


def get(connection: Connection, number: int) -> Proposal:
    """Give one proposal. Raises NotFoundError."""
    row = connection.execute(select(rule_proposals).where(rule_proposals.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no proposal {number} to tune a rule")
    return _proposal(row)


def find(
    connection: Connection, *, states: Collection[str] = (OPEN,), rule_id: str | None = None, limit: int = 200
) -> list[Proposal]:
    """Give proposals in some states, newest first."""
    wanted = select(rule_proposals).where(rule_proposals.c.state.in_(states))
    if rule_id is not None:
        wanted = wanted.where(rule_proposals.c.rule_id == rule_id)
    ordered = wanted.order_by(rule_proposals.c.id.desc()).limit(limit)
    return [_proposal(row) for row in connection.execute(ordered).mappings()]


def open_of(connection: Connection, incident_id: int) -> list[int]:
    """Give the numbers of an incident's open proposals."""
    own = (rule_proposals.c.incident_id == incident_id, rule_proposals.c.state == OPEN)
    return list(connection.scalars(select(rule_proposals.c.id).where(*own).order_by(rule_proposals.c.id)))


def decide(connection: Connection, number: int, state: str, by: str, decision: str, at: int) -> None:
    """Write down what became of a proposal. Raises ConflictError where something became of it already."""
    done = connection.execute(
        update(rule_proposals)
        .where(rule_proposals.c.id == number, rule_proposals.c.state == OPEN)
        .values(state=state, decided_by=by, decided_at=at, decision=decision)
    )
    if done.rowcount != 1:
        raise ConflictError(f"proposal {number} was decided already")
    touch(connection, "rule_proposals", number)


def note_draft(connection: Connection, number: int, draft: str) -> None:
    """Note which draft was made of a proposal."""
    connection.execute(update(rule_proposals).where(rule_proposals.c.id == number).values(draft=draft))
    touch(connection, "rule_proposals", number)


def _proposal(row: RowMapping) -> Proposal:
    values = dict(row)
    return Proposal(**values | {"samples": json.loads(values["samples"])})
