"""How many events correlations left out: came too late, or found no room. In all, and within the last day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from warroom.store.database import State, now_us, upsert
from warroom.store.tables import meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KEY: Final = "left_out_of_correlations"
_HOUR: Final = 3_600_000_000
#: Hours of which the counts are kept apart.
RECENT_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``late`` events came too far behind others of their feed; ``dropped`` found no room, by correlation id."""

    late: int
    dropped: Mapping[str, int]

    def __bool__(self) -> bool:
        return bool(self.late or self.dropped)

    def __add__(self, more: LeftOut) -> LeftOut:
        return LeftOut(self.late + more.late, dict(sorted((Counter(self.dropped) + Counter(more.dropped)).items())))


def add(state: State, more: LeftOut, at: int | None = None) -> None:
    """Add to what was left out before; ``at`` is our clock in microseconds, now by default."""
    hour = (now_us() if at is None else at) // _HOUR
    with state.write("feeds") as connection:
        told = _read(connection)
        hours = {int(own): one for own, one in told.get("hours", {}).items() if int(own) > hour - RECENT_HOURS}
        hours[hour] = _plain(_left_out(hours.get(hour)) + more)
        text = json.dumps(_plain(_left_out(told) + more) | {"hours": hours})
        row = upsert(meta).values(key=_KEY, value=text)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def total(state: State) -> LeftOut:
    """Give all that was left out since the data folder was made."""
    with state.read() as connection:
        return _left_out(_read(connection))


def recent(state: State, at: int | None = None) -> LeftOut:
    """Give what was left out within the last ``RECENT_HOURS``, whole hours, as of ``at`` (now by default)."""
    hour = (now_us() if at is None else at) // _HOUR
    with state.read() as connection:
        hours = _read(connection).get("hours", {})
    found = LeftOut(0, {})
    for own, one in hours.items():
        if hour - RECENT_HOURS < int(own) <= hour:
            found += _left_out(one)
    return found


def _read(connection: Connection) -> dict[str, Any]:
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    told: dict[str, Any] = json.loads(text) if text else {}
    return told


def _left_out(told: Mapping[str, Any] | None) -> LeftOut:
    return LeftOut(told["late"], told["dropped"]) if told else LeftOut(0, {})


def _plain(one: LeftOut) -> dict[str, Any]:
    return {"late": one.late, "dropped": dict(one.dropped)}
