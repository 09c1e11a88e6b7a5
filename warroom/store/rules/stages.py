"""Stages of rules and their changes in the state database: rows in, rows out; what may happen is decided above."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.canonical import Json
from warroom.store.database import upsert
from warroom.store.rules.tables import rule_changes, rule_stages
from warroom.store.sealing import touch, touch_before

#: The change counter that a stage raises: the worker and the screens look at it.
TOPIC: Final = "rules"
PROPOSED: Final = "proposed"
DONE: Final = "done"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Staged:
    """Where somebody put a rule; ``draft_sha256`` is of the draft's very file, None where it is no draft."""

    stage: str
    draft_sha256: str | None
    since: int
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a rule: from where it is to where it is to be, with the drafts' digests (None: no draft)."""

    rule_id: str
    rule_title: str
    from_stage: str
    to_stage: str
    from_sha256: str | None
    to_sha256: str | None


@dataclass(frozen=True, slots=True)
class Change(Step):
    """A move as stored: who asked for it and why, what became of it. Times in microseconds since 1970."""

    id: int
    at: int
    actor: str
    reason: str
    state: str  # proposed | done | refused | withdrawn
    decided_by: str | None
    decided_at: int | None
    decision: str | None
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a move, when and why, with the figures that the decision is asked with."""

    actor: str
    at: int
    reason: str
    figures: Mapping[str, Json]


def read(connection: Connection) -> dict[str, str]:
    """Give the stage of every rule that somebody has set one for, by rule id: names of ``catalog.stages.Stage``."""
    return {rule_id: one.stage for rule_id, one in staged(connection).items()}


def staged(connection: Connection) -> dict[str, Staged]:
    """Give the same with since when and by whom."""
    return {row["rule_id"]: _staged(row) for row in connection.execute(select(rule_stages)).mappings()}


def get(connection: Connection, rule_id: str) -> Staged | None:
    """Give where somebody put one rule; None where nobody did."""
    row = connection.execute(select(rule_stages).where(rule_stages.c.rule_id == rule_id)).mappings().one_or_none()
    return None if row is None else _staged(row)


def put(connection: Connection, step: Step, by: str, at: int) -> None:
    """Put a rule where a step leads."""
    touch_before(connection, "rule_stages", step.rule_id)
    values = {"stage": step.to_stage, "since": at, "changed_by": by, "draft_sha256": step.to_sha256}
    row = upsert(rule_stages).values(rule_id=step.rule_id, version=1, **values)
    connection.execute(
        row.on_conflict_do_update(index_elements=["rule_id"], set_={**values, "version": rule_stages.c.version + 1})
    )


def propose(connection: Connection, step: Step, asked: Asked) -> int:
    """Write a proposal down; its number."""
    return _enter(connection, step, asked, PROPOSED)


def record(connection: Connection, step: Step, asked: Asked) -> int:
    """Write a move down that is done at once; its number."""
    return _enter(connection, step, asked, DONE)


def change(connection: Connection, number: int) -> Change:
    """Give one change. Raises NotFoundError."""
    row = connection.execute(select(rule_changes).where(rule_changes.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no change of a rule with the number {number}")
    return _change(row)


def changes(connection: Connection, rule_id: str, limit: int) -> list[Change]:
    """Give the changes of a rule, newest first."""
    found = select(rule_changes).where(rule_changes.c.rule_id == rule_id).order_by(rule_changes.c.id.desc())
    return [_change(row) for row in connection.execute(found.limit(limit)).mappings()]


def proposals(connection: Connection, limit: int = 500) -> list[Change]:
    """Give what waits for a second person, oldest first."""
    found = select(rule_changes).where(rule_changes.c.state == PROPOSED).order_by(rule_changes.c.id)
    return [_change(row) for row in connection.execute(found.limit(limit)).mappings()]


def proposal_of(connection: Connection, rule_id: str) -> Change | None:
    """Give what waits for a second person for one rule."""
    own = select(rule_changes).where(rule_changes.c.rule_id == rule_id, rule_changes.c.state == PROPOSED)
    row = connection.execute(own.limit(1)).mappings().one_or_none()
    return None if row is None else _change(row)


def last_done(connection: Connection, rule_id: str) -> Change | None:
    """Give the move that put a rule where it is; None where nobody moved it."""
    return next(iter(moves(connection, rule_id, 1)), None)


def moves(connection: Connection, rule_id: str, limit: int) -> list[Change]:
    """Give the moves of a rule that were done, newest first: by when they were, not by when they were asked for."""
    own = select(rule_changes).where(rule_changes.c.rule_id == rule_id, rule_changes.c.state == DONE)
    ordered = own.order_by(rule_changes.c.decided_at.desc(), rule_changes.c.id.desc())
    return [_change(row) for row in connection.execute(ordered.limit(limit)).mappings()]


def decide(connection: Connection, number: int, state: str, by: str, decision: str, at: int) -> None:
    """Write down what became of a proposal. Raises ConflictError where something became of it already."""
    done = connection.execute(
        update(rule_changes)
        .where(rule_changes.c.id == number, rule_changes.c.state == PROPOSED)
        .values(state=state, decided_by=by, decided_at=at, decision=decision)
    )
    if done.rowcount != 1:
        raise ConflictError(f"proposal {number} was decided already")
    touch(connection, "rule_changes", number)


def _enter(connection: Connection, step: Step, asked: Asked, state: str) -> int:
    done = state == DONE
    row = insert(rule_changes).values(
        rule_id=step.rule_id,
        rule_title=step.rule_title,
        from_stage=step.from_stage,
        to_stage=step.to_stage,
        from_sha256=step.from_sha256,
        to_sha256=step.to_sha256,
        at=asked.at,
        actor=asked.actor,
        reason=asked.reason,
        state=state,
        decided_by=asked.actor if done else None,
        decided_at=asked.at if done else None,
        figures=json.dumps(dict(asked.figures), ensure_ascii=False, sort_keys=True),
    )
    number = int(connection.execute(row.returning(rule_changes.c.id)).scalar_one())
    touch(connection, "rule_changes", number)
    return number


def _staged(row: RowMapping) -> Staged:
    return Staged(row["stage"], row["draft_sha256"], row["since"], row["changed_by"], row["version"])


def _change(row: RowMapping) -> Change:
    values = dict(row)
    return Change(**values | {"figures": json.loads(values["figures"])})
