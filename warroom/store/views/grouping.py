"""Why an incident is one: the reasons of its alerts, what was folded into it by rule, and what people changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.model import Severity
from warroom.store.grouping_tables import incident_rules
from warroom.store.regrouping import Regrouping, of_incident
from warroom.store.tables import alerts, incidents
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.store.database import State

#: Rows that the panel shows at most; it says how many more there are.
REASON_LIMIT: Final = 40
RULE_LIMIT: Final = 40
OPERATION_LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class RuleFold:
    """What one rule put into an incident; times in microseconds since 1970."""

    rule_id: str
    title: str
    title_th: str
    severity: Severity
    alerts: int
    events: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class GroupingView:
    """Why an incident is one. ``reasons`` with the alerts of each, the most first; the totals count all there are."""

    reasons: Sequence[tuple[Mapping[str, str], int]]
    reason_total: int
    rules: Sequence[RuleFold]
    rule_total: int
    operations: Sequence[Regrouping]
    operation_total: int


def grouping(state: State, incident_id: int, *, scope: Scope = None) -> GroupingView | None:
    """Give why an incident is one; None where there is none that may be seen."""
    why, table = alerts.c.reason, incident_rules.c
    mine = alerts.c.incident_id == incident_id
    with state.read() as connection:
        there = select(incidents.c.id).where(incidents.c.id == incident_id, within(scope, incidents.c.platform_id))
        if connection.scalar(there) is None:
            return None
        counted = connection.execute(
            select(why, func.count()).where(mine).group_by(why).order_by(func.count().desc(), why).limit(REASON_LIMIT)
        ).all()
        total = connection.scalar(select(func.count(why.distinct())).where(mine)) or 0
        order = (table.alerts.desc(), table.rule_id, table.severity)
        rules = (
            connection.execute(
                select(*(table[name] for name in RuleFold.__slots__))
                .where(table.incident_id == incident_id)
                .order_by(*order)
                .limit(RULE_LIMIT)
            )
            .mappings()
            .all()
        )
        of_rules = select(func.count()).select_from(incident_rules).where(table.incident_id == incident_id)
        rule_total = connection.scalar(of_rules) or 0
        operations, operation_total = of_incident(connection, incident_id, OPERATION_LIMIT)
    return GroupingView(
        reasons=[(json.loads(text) if text else {}, count) for text, count in counted],
        reason_total=total,
        rules=[RuleFold(**{**row, "severity": Severity(row["severity"])}) for row in rules],
        rule_total=rule_total,
        operations=operations,
        operation_total=operation_total,
    )
