"""How many events correlations left out, over all the time of a data folder: came too late, or found no room."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from warroom.store.database import State, upsert
from warroom.store.tables import meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_KEY: Final = "left_out_of_correlations"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``late`` events came too far behind others of their feed; ``dropped`` found no room, by correlation id."""

    late: int
    dropped: Mapping[str, int]

    def __bool__(self) -> bool:
        return bool(self.late or self.dropped)


def add(state: State, more: LeftOut) -> None:
    """Add to what was left out before."""
    with state.write("feeds") as connection:
        before = _read(connection)
        dropped = dict(sorted((Counter(before.dropped) + Counter(more.dropped)).items()))
        text = json.dumps({"late": before.late + more.late, "dropped": dropped})
        row = upsert(meta).values(key=_KEY, value=text)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def total(state: State) -> LeftOut:
    """Give all that was left out since the data folder was made."""
    with state.read() as connection:
        return _read(connection)


def _read(connection: Connection) -> LeftOut:
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    told: dict[str, Any] = json.loads(text) if text else {"late": 0, "dropped": {}}
    return LeftOut(told["late"], told["dropped"])
