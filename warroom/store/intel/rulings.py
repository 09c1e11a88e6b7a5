"""What people ruled about values that feeds list: that they are harmless, until when. Rows in, rows out.

Who may rule and what a ruling needs is decided in ``warroom.intel.ruling_out``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.intel.tables import intel_rulings


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling as stored; times in microseconds since 1970, ``until`` None: for good."""

    id: int
    kind: str
    value: str
    reason: str
    by: str
    at: int
    until: int | None
    lifted_by: str | None
    lifted_at: int | None

    def holds(self, now_us: int) -> bool:
        """Whether the value is ruled harmless at a moment."""
        return self.lifted_at is None and (self.until is None or self.until > now_us)


def add(connection: Connection, kind: str, value: str, *, reason: str, by: str, at: int, until: int | None) -> int:
    """Write a ruling down; its number. Raises ConflictError where one about the value holds already."""
    table = intel_rulings.c
    held = connection.scalar(select(table.id).where(table.kind == kind, table.value == value, _holding(at)).limit(1))
    if held is not None:
        raise ConflictError(f"ruling {held} says so already: lift it first")
    row = insert(intel_rulings).values(kind=kind, value=value, reason=reason, by=by, at=at, until=until)
    return int(connection.execute(row.returning(table.id)).scalar_one())


def lift(connection: Connection, number: int, by: str, at: int) -> Ruling:
    """End a ruling and give it as it was.

    Raises:
        NotFoundError: there is none of this number.
        ConflictError: it is over already.
    """
    table = intel_rulings.c
    row = connection.execute(select(intel_rulings).where(table.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no ruling {number}")
    ended = update(intel_rulings).where(table.id == number, _holding(at)).values(lifted_by=by, lifted_at=at)
    if connection.execute(ended).rowcount != 1:
        raise ConflictError(f"ruling {number} is over already")
    return _ruling(row)


def in_force(connection: Connection, now_us: int) -> list[Ruling]:
    """Give the rulings that hold at a moment, oldest first: what raises no alarm."""
    wanted = select(intel_rulings).where(_holding(now_us)).order_by(intel_rulings.c.id)
    return [_ruling(row) for row in connection.execute(wanted).mappings()]


def of_value(connection: Connection, kind: str, value: str, *, limit: int = 20) -> list[Ruling]:
    """Give what was ruled about a value, newest first."""
    table = intel_rulings.c
    wanted = select(intel_rulings).where(table.kind == kind, table.value == value).order_by(table.id.desc())
    return [_ruling(row) for row in connection.execute(wanted.limit(limit)).mappings()]


def _holding(now_us: int) -> ColumnElement[bool]:
    table = intel_rulings.c
    return and_(table.lifted_at.is_(None), or_(table.until.is_(None), table.until > now_us))


def _ruling(row: RowMapping) -> Ruling:
    return Ruling(**{one.name: row[one.name] for one in fields(Ruling)})
