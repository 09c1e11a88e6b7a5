"""An incident as one line of a list, and how it is read from the tables."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import true

from warroom.model import Entity
from warroom.store.incidents import Incident, incident_values
from warroom.store.tables import incidents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping

#: The platforms that somebody may see, sorted; None: all of them.
Scope: TypeAlias = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class IncidentRow(Incident):
    """An incident as one line of the queue, with the strongest of what it is about."""

    entity: Entity | None = None


def incident_columns() -> list[ColumnElement[Any]]:
    """Give the columns that an incident's line needs."""
    return [incidents.c[one.name] for one in fields(Incident)]


def incident_row(values: RowMapping) -> IncidentRow:
    """Give the line of a row with these columns."""
    return IncidentRow(**incident_values(values), entity=_lead(values))


def _lead(values: RowMapping) -> Entity | None:
    return Entity(values["lead_kind"], values["lead_value"]) if values["lead_kind"] is not None else None


def within(scope: Scope, platform: ColumnElement[str]) -> ColumnElement[bool]:
    """Give the condition that a row is of a platform that may be seen."""
    return true() if scope is None else platform.in_(scope)
