"""What was seen: techniques by the tags of alerts, and countries that sources came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.searching_tables import event_countries
from warroom.store.tables import alerts
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State

_HOUR_US: Final = 3_600_000_000
#: Countries of one platform that are told at most; there are 249 in the world, and 676 codes.
_MOST: Final = 700


@dataclass(frozen=True, slots=True)
class SeenTag:
    """A tag, and how many alerts and incidents carry it."""

    tag: str
    alerts: int
    incidents: int


def tags(state: State, since_us: int, *, scope: Scope = None) -> list[SeenTag]:
    """Count alerts raised since a moment, and their incidents, by tag."""
    each = func.json_each(alerts.c.tags).table_valued("value")
    query = (
        select(func.lower(each.c.value), func.count(), func.count(alerts.c.incident_id.distinct()))
        .select_from(alerts)
        .join(each, func.json_valid(alerts.c.tags))
        .where(alerts.c.raised_at >= since_us, within(scope, alerts.c.platform_id))
        .group_by(func.lower(each.c.value))
    )
    with state.read() as connection:
        return [SeenTag(str(tag), count, found) for tag, count, found in connection.execute(query)]


def countries(state: State, since_us: int, *, scope: Scope = None) -> list[tuple[str, int]]:
    """Give (country, events) of the hours since a moment, the most first."""
    table = event_countries.c
    total = func.sum(table.count)
    query = (
        select(table.country, total)
        .where(table.hour >= since_us // _HOUR_US, within(scope, table.platform_id))
        .group_by(table.country)
        .order_by(total.desc(), table.country)
        .limit(_MOST)
    )
    with state.read() as connection:
        return [(country, int(count)) for country, count in connection.execute(query)]
