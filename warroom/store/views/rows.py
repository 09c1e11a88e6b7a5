"""An incident as one line of a list, and how it is read from the tables."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import true

from warroom.model import Entity
from warroom.store.incidents import Incident, incident_values
from warroom.store.tables import incidents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping

#: The platforms that somebody may see, sorted; None: all of them.
Scope: TypeAlias = tuple[str, ...] | None

_KIND_RANK: Final = ("address", "user", "device", "host")


@dataclass(frozen=True, slots=True)
class IncidentRow(Incident):
    """An incident as one line of the queue, with the strongest of what it is about."""

    entity: Entity | None = None


def incident_columns() -> list[ColumnElement[Any]]:
    """Give the columns that an incident's line needs."""
    return [incidents.c[one.name] for one in fields(Incident)]


def incident_row(values: RowMapping) -> IncidentRow:
    """Give the line of a row with these columns; ``entity`` where the row has one."""
    return IncidentRow(**incident_values(values), entity=values.get("entity"))


def within(scope: Scope, platform: ColumnElement[str]) -> ColumnElement[bool]:
    """Give the condition that a row is of a platform that may be seen."""
    return true() if scope is None else platform.in_(scope)


def kind_rank(kind: str) -> int:
    """Give an entity kind's place: the strongest first."""
    return _KIND_RANK.index(kind) if kind in _KIND_RANK else len(_KIND_RANK)
