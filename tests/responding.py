"""An incident of the logs at a given time, on a platform with personal data, and people who respond to it."""

from __future__ import annotations

from datetime import datetime

from making import somebody
from sqlalchemy import insert

from warroom.access.roles import Role
from warroom.model import Severity, Status
from warroom.store.database import State, to_us
from warroom.store.sendings import SendingDetails
from warroom.store.tables import incidents

LEAD = somebody("malee")
LIAISON = somebody("somsri", Role.LIAISON)
DPO = somebody("wichai", Role.DPO)
HOUR = 3_600_000_000
DAY = 24 * HOUR


def us(told: str) -> int:
    """A moment by its ISO 8601 text."""
    return to_us(datetime.fromisoformat(told))


def open_one(state: State, opened_at: int, *, first_at: int | None = None, **more: object) -> int:
    """Open an incident; its number."""
    first = opened_at if first_at is None else first_at
    values: dict[str, object] = {
        "title": "Export of citizens",
        "title_th": "ส่งออกข้อมูลประชาชน",
        "severity": Severity.HIGH,
        "status": Status.NEW,
        "platform_id": "gdx",
        "drill": False,
        "opened_at": opened_at,
        "first_at": first,
        "last_at": opened_at,
        "alert_count": 1,
        "event_count": 1,
        "version": 1,
        "updated_at": opened_at,
    }
    with state.write("incidents") as connection:
        return int(connection.scalars(insert(incidents).values(**values | more).returning(incidents.c.id)).one())


def sent(clock: str, at: int, **more: object) -> SendingDetails:
    """What was sent, with a reference that proves it."""
    told: dict[str, object] = {"recipient": "สคส.", "channel": "email", "reference": "ดศ 0301/12"} | more
    return SendingDetails(clock, at, **told)  # type: ignore[arg-type]
