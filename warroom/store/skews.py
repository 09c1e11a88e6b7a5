"""How far the clocks of senders are from the right time: rows in, rows out; bounded, for names come from logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, case, delete, func, or_, select

from warroom.store.database import State, upsert
from warroom.store.feed_tables import clock_skews

#: Senders that are kept of a feed, the last heard of; the others are forgotten.
KEPT: Final = 200
#: A clock that is off by less is as it should be.
_NOTHING_US: Final = 10_000
_OLDEST_US: Final = 7 * 86_400_000_000


class Basis(StrEnum):
    """By what a skew is known."""

    ARRIVAL = "arrival"  # by when events come: a bound
    NTP = "ntp"  # by the sender's own time service


@dataclass(frozen=True, slots=True)
class Skew:
    """A sender's clock less the right time, positive where it is ahead; microseconds."""

    feed_id: str
    host: str
    basis: Basis
    skew_us: int
    spread_us: int
    samples: int
    at: int


_NAMES: Final = tuple(one.name for one in fields(Skew))
_KEY: Final = ("feed_id", "host", "basis")


def keep(state: State, skews: Iterable[Skew]) -> None:
    """Note what was measured last; of a feed with very many senders only the last heard of stay."""
    told = [{name: getattr(one, name) for name in _NAMES} for one in skews]
    if not told:
        return
    here = clock_skews.c
    with state.write() as connection:
        for values in told:
            row = upsert(clock_skews).values(**values)
            changed = {name: value for name, value in values.items() if name not in _KEY}
            connection.execute(row.on_conflict_do_update(index_elements=_KEY, set_=changed))
        for feed_id in {str(values["feed_id"]) for values in told}:
            oldest = connection.scalar(
                select(here.at).where(here.feed_id == feed_id).order_by(here.at.desc()).offset(KEPT).limit(1)
            )
            if oldest is not None:
                connection.execute(delete(clock_skews).where(here.feed_id == feed_id, here.at <= oldest))


def of_feed(state: State, feed_id: str) -> list[Skew]:
    """Give the senders of a feed, the worst clock first."""
    columns = [clock_skews.c[name] for name in _NAMES]
    wanted = select(*columns).where(clock_skews.c.feed_id == feed_id)
    with state.read() as connection:
        rows = connection.execute(wanted.order_by(*_worst_first()))
        return [_skew(row) for row in rows.mappings().fetchmany(KEPT)]


def worst(state: State) -> list[Skew]:
    """Give each feed's sender whose clock is worst."""
    columns = [clock_skews.c[name] for name in _NAMES]
    place = func.row_number().over(partition_by=clock_skews.c.feed_id, order_by=_worst_first()).label("place")
    ranked = select(*columns, place).subquery()
    with state.read() as connection:
        rows = connection.execute(select(*(ranked.c[name] for name in _NAMES)).where(ranked.c.place == 1))
        return [_skew(row) for row in rows.mappings()]


def forget(state: State, now: int) -> int:
    """Drop the senders that were not heard of for a week; how many."""
    with state.write() as connection:
        return connection.execute(delete(clock_skews).where(clock_skews.c.at < now - _OLDEST_US)).rowcount


def _worst_first() -> tuple[ColumnElement[Any], ...]:
    """Order by what is proved first: by arrival, a clock that seems behind may be right and its logs late."""
    here = clock_skews.c
    off = func.abs(here.skew_us)
    proved = case((and_(or_(here.basis == Basis.NTP, here.skew_us > 0), off > _NOTHING_US), off), else_=0)
    return proved.desc(), off.desc(), here.host


def _skew(row: RowMapping) -> Skew:
    return Skew(**{name: row[name] for name in _NAMES} | {"basis": Basis(row["basis"])})
