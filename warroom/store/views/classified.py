"""The category and level that people decided last for each incident: what every count by them reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from warroom.store.case_tables import classifications
from warroom.store.tables import incidents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def newest_classification() -> ColumnElement[bool]:
    """Give the condition under which a row of ``classifications`` is the newest of the incident it is joined to."""
    own = classifications.c
    other = classifications.alias()
    newest = select(func.max(other.c.id)).where(other.c.incident_id == incidents.c.id).scalar_subquery()
    return and_(own.incident_id == incidents.c.id, own.id == newest)


def numbers(categories: str | None) -> tuple[int, ...]:
    """Read the categories of a row; none where nobody decided."""
    return tuple(json.loads(categories)) if categories else ()
