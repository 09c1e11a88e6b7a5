"""What is written of a feed with every commit beyond its account: deliveries, losses, records by the hour."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, case, delete, func, select

from warroom.store.database import State, upsert
from warroom.store.feed_tables import deliveries, feed_hours, losses, probe_quarters, probe_states

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 3_600_000_000
#: Tries are counted by the quarter of an hour, and the counts are kept so long.
QUARTER_US: Final = 900_000_000
_QUARTERS_KEPT: Final = 35 * 96
_LOOKED_UP: Final = 2000  # delivery ids asked for by one statement


@dataclass(frozen=True, slots=True)
class Probed:
    """What an address answered when it was tried; times in microseconds, None: not known."""

    target: str
    up: bool
    status: int | None
    latency_us: int | None
    certificate_until: int | None
    addresses: tuple[str, ...]
    reason: str | None


def count_hour(connection: Connection, feed_id: str, received: int, at: int) -> None:
    """Add what was received to the feed's hour."""
    if not received:
        return
    row = upsert(feed_hours).values(feed_id=feed_id, hour=at // _HOUR_US, received=received)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["feed_id", "hour"], set_={"received": feed_hours.c.received + received}
        )
    )


def received_since(connection: Connection) -> int | None:
    """Give when the war room began to receive, in microseconds, to the hour; None where it has received nothing."""
    hour = connection.scalar(select(func.min(feed_hours.c.hour)))
    return None if hour is None else int(hour) * _HOUR_US


def count_losses(connection: Connection, feed_id: str, lost: Mapping[str, int], at: int) -> None:
    """Add what a source lost, by kind."""
    for kind, count in lost.items():
        row = upsert(losses).values(feed_id=feed_id, minute=at // _MINUTE_US, kind=kind, count=count)
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["feed_id", "minute", "kind"], set_={"count": losses.c.count + count}
            )
        )


def keep_probes(connection: Connection, feed_id: str, probed: Sequence[Probed], at: int) -> None:
    """Note what addresses answered, and count it; ``since`` moves only when one went up or down."""
    for one in probed:
        told = {
            "at": at,
            "up": int(one.up),
            "status": one.status,
            "latency_us": one.latency_us,
            "certificate_until": one.certificate_until,
            "addresses": json.dumps(one.addresses),
            "reason": one.reason,
        }
        row = upsert(probe_states).values(feed_id=feed_id, target=one.target, since=at, **told)
        since = case((probe_states.c.up == int(one.up), probe_states.c.since), else_=at)
        connection.execute(
            row.on_conflict_do_update(index_elements=["feed_id", "target"], set_={**told, "since": since})
        )
        sums = {"tries": 1, "failures": int(not one.up)}
        counted = upsert(probe_quarters).values(feed_id=feed_id, target=one.target, quarter=at // QUARTER_US, **sums)
        more = {name: probe_quarters.c[name] + count for name, count in sums.items()}
        connection.execute(counted.on_conflict_do_update(index_elements=["feed_id", "target", "quarter"], set_=more))
    if probed:
        old = probe_quarters.c.quarter < at // QUARTER_US - _QUARTERS_KEPT
        connection.execute(delete(probe_quarters).where(probe_quarters.c.feed_id == feed_id, old))


def keep_deliveries(connection: Connection, feed_id: str, ids: Collection[str], at: int) -> None:
    """Note that these were delivered."""
    if ids:
        connection.execute(deliveries.insert(), [{"feed_id": feed_id, "delivery_id": one, "at": at} for one in ids])


def delivered(state: State, feed_id: str, ids: Collection[str]) -> frozenset[str]:
    """Give those of some delivery ids of a feed that are committed."""
    asked = list(ids)
    found: set[str] = set()
    with state.read() as connection:
        for start in range(0, len(asked), _LOOKED_UP):
            part = deliveries.c.delivery_id.in_(asked[start : start + _LOOKED_UP])
            found |= set(
                connection.scalars(select(deliveries.c.delivery_id).where(deliveries.c.feed_id == feed_id, part))
            )
    return frozenset(found)


def forget_deliveries(state: State, before: int) -> int:
    """Drop the delivery ids committed before a time: no sender tries for so long; how many."""
    with state.write() as connection:
        return connection.execute(delete(deliveries).where(deliveries.c.at < before)).rowcount
