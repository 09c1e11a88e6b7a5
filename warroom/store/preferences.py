"""What a person prefers of the console's looks: kept by name, wherever the person signs in."""

from __future__ import annotations

from sqlalchemy import select

from warroom.store.database import State, upsert
from warroom.store.searching_tables import preferences


def preferred(state: State, actor: str, name: str, default: str) -> str:
    """Give what somebody chose; the default where nothing was chosen."""
    columns = preferences.c
    with state.read() as connection:
        found = connection.scalar(select(columns.value).where(columns.actor == actor, columns.name == name))
    return default if found is None else str(found)


def prefer(state: State, actor: str, name: str, value: str) -> None:
    """Keep what somebody chooses."""
    row = upsert(preferences).values(actor=actor, name=name, value=value)
    with state.write() as connection:
        connection.execute(row.on_conflict_do_update(index_elements=["actor", "name"], set_={"value": value}))
