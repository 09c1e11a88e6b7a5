"""How the feeds of intelligence are doing: their last polls, and what warning lists and rulings held back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.intel.polls import Poll
from warroom.store.intel.tables import intel_held_back, intel_polls

if TYPE_CHECKING:
    from warroom.store.database import State

#: Polls of a feed that its bars and its panel show, and lists that hold back most.
RECENT_POLLS: Final = 24
MOST_HOLDING: Final = 12


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What a warning list, or people's rulings, kept from raising alarms."""

    by: str
    count: int
    example: str


def recent_polls(state: State, *, feed_id: str = "", most: int = RECENT_POLLS) -> dict[str, list[Poll]]:
    """Give the last polls of each feed, or of one, the newest first."""
    table = intel_polls.c
    place = func.row_number().over(partition_by=table.feed_id, order_by=(table.at.desc(), table.id.desc()))
    wanted = select(*(table[one.name] for one in fields(Poll)), place.label("place"))
    if feed_id:
        wanted = wanted.where(table.feed_id == feed_id)
    ranked = wanted.subquery()
    newest = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.feed_id, ranked.c.place)
    polls: dict[str, list[Poll]] = {}
    with state.read() as connection:
        for row in connection.execute(newest).mappings():
            polls.setdefault(row["feed_id"], []).append(Poll(**{one.name: row[one.name] for one in fields(Poll)}))
    return polls


def held_back(state: State, since_day: int, *, most: int = MOST_HOLDING) -> list[HeldBack]:
    """Give what held back most since a day (days since 1970), with the newest example of each."""
    table = intel_held_back.c
    total = func.sum(table["count"])
    wanted = (
        # SQLite: a column beside max() is of the row that has it
        select(table.by, total, table.example, func.max(table.day))
        .where(table.day >= since_day)
        .group_by(table.by)
        .order_by(total.desc(), table.by)
        .limit(most)
    )
    with state.read() as connection:
        return [HeldBack(by, int(count), example) for by, count, example, _ in connection.execute(wanted)]
