"""What a person may choose to suppress, and one alert to begin from; confined to what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from warroom.store.incidents import AlertRow, alert_row
from warroom.store.tables import alerts
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State


@dataclass(frozen=True, slots=True)
class RuleHeard:
    """A rule that raised alerts, and how many."""

    rule_id: str
    title: str
    title_th: str
    alerts: int


def rules_heard(state: State, since_us: int, limit: int, *, scope: Scope = None) -> list[RuleHeard]:
    """Give the rules that raised alerts since a time, the loudest first."""
    count = func.count()
    with state.read() as connection:
        found = connection.execute(
            select(alerts.c.rule_id, func.max(alerts.c.rule_title), func.max(alerts.c.rule_title_th), count)
            .where(alerts.c.raised_at >= since_us, within(scope, alerts.c.platform_id))
            .group_by(alerts.c.rule_id)
            .order_by(count.desc(), alerts.c.rule_id)
            .limit(limit)
        )
        return [RuleHeard(*row) for row in found]


def alert(state: State, alert_id: str, *, scope: Scope = None) -> AlertRow | None:
    """Give one alert; None where there is none that may be seen."""
    with state.read() as connection:
        row = (
            connection.execute(select(alerts).where(alerts.c.id == alert_id, within(scope, alerts.c.platform_id)))
            .mappings()
            .one_or_none()
        )
    return None if row is None else alert_row(row)
