"""The contact register as a screen shows it: who, whether somebody checked lately, whether they could be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.contacts import COLUMNS, DRILL_COLUMNS, Contact, ReachDrill, contact
from warroom.store.response_tables import contacts, reach_drills

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

    from warroom.store.database import State

#: Rows that a screen shows at most; the count beside them is exact.
LIMIT: Final = 500
_DRILLS: Final = 20
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact, whether nobody checked it for too long, and its drills, newest first."""

    contact: Contact
    stale: bool
    drills: tuple[ReachDrill, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """The register: by kind and agency; counts are of all that were not taken out."""

    rows: tuple[Listed, ...]
    total: int
    stale: int


def register(state: State, *, now: int, stale_days: int, kind: str | None = None, limit: int = LIMIT) -> Register:
    """Give the contacts that were not taken out.

    Args:
        state: the store.
        now: our clock in microseconds.
        stale_days: after how many days without a check an entry is stale (``load_export_words().stale_days``).
        kind: only these; the counts are of these, too.
        limit: at most so many.
    """
    before = now - stale_days * _DAY_US
    here: ColumnElement[bool] = contacts.c.removed_at.is_(None)
    if kind is not None:
        here &= contacts.c.kind == kind
    order = (contacts.c.kind, contacts.c.agency, contacts.c.id)
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(contacts).where(here)) or 0
        stale = connection.scalar(select(func.count()).select_from(contacts).where(here, _stale(before))) or 0
        listed = connection.execute(select(*COLUMNS).where(here).order_by(*order).limit(limit))
        found = [contact(tuple(row)) for row in listed]
        drills = _drills(connection, [one.id for one in found])
    rows = tuple(Listed(one, one.checked_at <= before, drills.get(one.id, ())) for one in found)
    return Register(rows, total, stale)


def reminders(state: State, *, now: int, stale_days: int, limit: int = LIMIT) -> list[Contact]:
    """Give the contacts that nobody checked for too long, the longest first."""
    before = now - stale_days * _DAY_US
    wanted = select(*COLUMNS).where(contacts.c.removed_at.is_(None), _stale(before))
    with state.read() as connection:
        rows = connection.execute(wanted.order_by(contacts.c.checked_at, contacts.c.id).limit(limit)).all()
    return [contact(tuple(row)) for row in rows]


def in_time(drill: ReachDrill, within_us: int) -> bool:
    """Whether somebody was reached within so many microseconds of the call."""
    return drill.reached_at is not None and drill.reached_at - drill.called_at <= within_us


def _stale(before: int) -> ColumnElement[bool]:
    return contacts.c.checked_at <= before


def _drills(connection: Connection, numbers: list[int]) -> Mapping[int, tuple[ReachDrill, ...]]:
    """Give the newest drills of some contacts, newest first."""
    place = func.row_number().over(partition_by=reach_drills.c.contact_id, order_by=reach_drills.c.id.desc())
    ranked = select(*DRILL_COLUMNS, place.label("place")).where(reach_drills.c.contact_id.in_(numbers)).subquery()
    wanted = select(ranked).where(ranked.c.place <= _DRILLS).order_by(ranked.c.contact_id, ranked.c.place)
    found: dict[int, list[ReachDrill]] = {}
    for row in connection.execute(wanted):
        drill = ReachDrill(*tuple(row)[:-1])
        found.setdefault(drill.contact_id, []).append(drill)
    return {number: tuple(drills) for number, drills in found.items()}
