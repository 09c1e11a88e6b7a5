"""An incident as one line of a list, and how it is read from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warroom.model import Disposition, Entity, Severity, Status
from warroom.store.tables import incidents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping

_KIND_RANK: Final = ("address", "user", "device", "host")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as one line of the queue; times in microseconds since 1970 UTC."""

    id: int
    title: str
    title_th: str  # empty where the rule has none
    severity: Severity
    status: Status
    disposition: Disposition | None
    platform_id: str
    drill: bool
    assignee: str | None
    opened_at: int
    first_at: int
    last_at: int
    acknowledged_at: int | None
    closed_at: int | None
    alert_count: int
    event_count: int
    version: int
    entity: Entity | None = None


def incident_columns() -> list[ColumnElement[Any]]:
    """Give the columns that an incident's line needs."""
    return [incidents.c[name] for name in IncidentRow.__slots__ if name != "entity"]


def incident_row(values: RowMapping) -> IncidentRow:
    """Give the line of a row with these columns."""
    disposition = values["disposition"]
    typed = {
        "severity": Severity(values["severity"]),
        "status": Status(values["status"]),
        "disposition": Disposition(disposition) if disposition else None,
    }
    return IncidentRow(**(dict(values) | typed))


def kind_rank(kind: str) -> int:
    """Give an entity kind's place: the strongest first."""
    return _KIND_RANK.index(kind) if kind in _KIND_RANK else len(_KIND_RANK)
