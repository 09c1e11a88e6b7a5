"""Legal holds: what must not be deleted, whatever its age; by incident, by an officer's order or by query.

Computer Crime Act s.26 lets an officer order traffic logs to be kept for longer, specific in case and time, up to two
years (as amended in 2560). Such a hold carries the order's number, authority and date, and ends at the latest two
years after it. The others last until they are lifted, or until a day that was said. Every hold that was ever set
stays recorded; setting and lifting are entries of the audit chain, and the rows are sealed in it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, insert, select, update

from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.privacy import mask
from warroom.store import incidents
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import holds
from warroom.store.canonical import Json
from warroom.store.database import State, from_us, now_us
from warroom.store.sealing import touch

_LONGEST: Final = 500
_MOST_YEARS: Final = 2  # s.26 as amended


class HoldKind(StrEnum):
    """By what something is held."""

    INCIDENT = "incident"
    ORDER = "order"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which logs; what is None does not narrow. Days are inclusive, and held with one more on either side."""

    feed_id: str | None = None
    platform_id: str | None = None
    from_day: date | None = None
    to_day: date | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An officer's order: its number, who gave it and when."""

    number: str
    authority: str
    ordered_on: date


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as stored; times in microseconds since 1970, days as YYYY-MM-DD."""

    id: int
    kind: HoldKind
    incident_id: int | None
    order_number: str | None
    authority: str | None
    ordered_on: str | None
    feed_id: str | None
    platform_id: str | None
    from_day: str | None
    to_day: str | None
    reason: str
    set_at: int
    set_by: str
    expires_on: str | None
    lifted_at: int | None
    lifted_by: str | None
    lifted_why: str | None

    def is_active(self, today: str) -> bool:
        """Whether it still holds on a UTC day: its last day ends in Thailand before it ends in UTC."""
        return self.lifted_at is None and (self.expires_on is None or self.expires_on >= today)


def hold_incident(
    state: State, incident_id: int, reason: str, by: str, via: Via, *, expires_on: date | None = None
) -> int:
    """Hold all logs of an incident's platform and feeds, from a day before its first event to a day after its last.

    Raises:
        NotFoundError: no such incident.
        UsageError: no reason, or a last day that is over.
    """
    values: dict[str, object] = {"kind": HoldKind.INCIDENT, "incident_id": incident_id}
    with state.write("holds") as connection:
        incidents.get(connection, incident_id)
        return _set(connection, values, reason, by, via, expires_on)


def hold_order(state: State, order: Order, scope: Scope, reason: str, by: str, via: Via, *, expires_on: date) -> int:
    """Hold logs by an officer's order.

    Raises:
        UsageError: a part is missing or the hold ends later than two years after the order.
    """
    if expires_on > (latest := _years_later(order.ordered_on, _MOST_YEARS)):
        raise UsageError(f"an order holds for up to two years (Computer Crime Act s.26): until {latest} at the latest")
    values: dict[str, object] = {
        "kind": HoldKind.ORDER,
        "order_number": _text(order.number, "the order's number"),
        "authority": _text(order.authority, "who gave the order"),
        "ordered_on": order.ordered_on.isoformat(),
        **_scope(scope),
    }
    with state.write("holds") as connection:
        return _set(connection, values, reason, by, via, expires_on)


def hold_query(state: State, scope: Scope, reason: str, by: str, via: Via, *, expires_on: date | None = None) -> int:
    """Hold logs by feed, platform and days.

    Raises:
        UsageError: nothing is named, or a part is faulty.
    """
    values: dict[str, object] = {"kind": HoldKind.QUERY, **_scope(scope)}
    with state.write("holds") as connection:
        return _set(connection, values, reason, by, via, expires_on)


def lift(state: State, hold_id: int, why: str, by: str, via: Via) -> None:
    """End a hold.

    Raises:
        NotFoundError: no such hold.
        ConflictError: it is lifted already.
    """
    text = _text(why, "why it is lifted")
    with state.write("holds") as connection:
        found = connection.execute(select(holds.c.lifted_at).where(holds.c.id == hold_id)).one_or_none()
        if found is None:
            raise NotFoundError(f"there is no hold {hold_id}: `./run hold list` shows them")
        if found.lifted_at is not None:
            raise ConflictError(f"hold {hold_id} is lifted already")
        at = now_us()
        values = {"lifted_at": at, "lifted_by": by, "lifted_why": text}
        connection.execute(update(holds).where(holds.c.id == hold_id).values(**values))
        touch(connection, "holds", hold_id)
        append(connection, Entry(by, via, AuditAction.HOLD_LIFTED, "hold", str(hold_id), {"why": mask(text)}), at=at)


def find(connection: Connection, *, active_on: str | None = None) -> list[Hold]:
    """Give the holds, oldest first; with a UTC day only those that hold then."""
    found = [
        Hold(**{one.name: row[one.name] for one in fields(Hold)})
        for row in connection.execute(select(holds).order_by(holds.c.id)).mappings()
    ]
    return [one for one in found if active_on is None or one.is_active(active_on)]


def _set(
    connection: Connection, values: dict[str, object], reason: str, by: str, via: Via, expires_on: date | None
) -> int:
    at = now_us()
    if expires_on is not None and expires_on < from_us(at).date():
        raise UsageError(f"the hold would end on {expires_on}, which is over")
    values = values | {"reason": _text(reason, "a reason"), "expires_on": expires_on and expires_on.isoformat()}
    row = insert(holds).values(**values, set_at=at, set_by=by).returning(holds.c.id)
    hold_id = int(connection.execute(row).scalar_one())
    touch(connection, "holds", hold_id)
    body: dict[str, Json] = {name: value for name, value in values.items() if isinstance(value, str | int)}
    body["reason"] = mask(str(values["reason"]))
    append(connection, Entry(by, via, AuditAction.HOLD_SET, "hold", str(hold_id), body), at=at)
    return hold_id


def _scope(scope: Scope) -> dict[str, object]:
    if scope == Scope():
        raise UsageError("say what is held: a feed, a platform, or days from and to")
    if scope.from_day and scope.to_day and scope.from_day > scope.to_day:
        raise UsageError(f"from {scope.from_day} to {scope.to_day} is no time")
    return {
        "feed_id": scope.feed_id,
        "platform_id": scope.platform_id,
        "from_day": scope.from_day and scope.from_day.isoformat(),
        "to_day": scope.to_day and scope.to_day.isoformat(),
    }


def _years_later(day: date, years: int) -> date:
    """Give the same day years later; the last of February for a leap day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _text(text: str, what: str) -> str:
    clean = " ".join(text.split())
    if not clean or len(clean) > _LONGEST:
        raise UsageError(f"{what} has 1 to {_LONGEST} characters")
    return clean
