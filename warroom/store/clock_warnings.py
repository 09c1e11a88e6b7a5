"""Of which clocks people were told that time runs out: one row for each light of a deadline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from warroom.store.database import upsert
from warroom.store.response_tables import clock_warnings


@dataclass(frozen=True, slots=True)
class Warned:
    """What is told once; a clock that counts from another moment has another deadline, and is told of anew."""

    controller_id: int
    clock: str
    due_at: int
    light: str


def told(connection: Connection, controller_ids: Collection[int]) -> set[Warned]:
    """Give what people were told about the clocks of controllers."""
    columns = [clock_warnings.c[name] for name in Warned.__slots__]
    found = connection.execute(select(*columns).where(clock_warnings.c.controller_id.in_(controller_ids)))
    return {Warned(*row) for row in found}


def add(connection: Connection, one: Warned, at: int) -> bool:
    """Note that people are told; False where they were already."""
    values = {name: getattr(one, name) for name in Warned.__slots__}
    done = connection.execute(upsert(clock_warnings).values(**values, at=at).on_conflict_do_nothing())
    return done.rowcount == 1
