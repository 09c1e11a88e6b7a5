"""Whether platforms answer: what each address that is tried said last, and how often it did not in the last day."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from warroom.store.feed_tables import probe_quarters, probe_states
from warroom.store.feedlife import QUARTER_US
from warroom.store.tables import feed_states
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State

#: Quarters of an hour that are shown: a day.
QUARTERS: Final = 96
#: Addresses that are shown at most: 38 platforms with some each are far fewer.
LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """An address of a platform; times in microseconds since 1970, None: not known.

    ``quarters`` are the last ``QUARTERS`` of an hour, oldest first: how often it was tried, and how often it did not
    answer as it should.
    """

    feed_id: str
    platform_id: str
    target: str
    at: int
    up: bool
    since: int
    status: int | None
    latency_us: int | None
    certificate_until: int | None
    addresses: tuple[str, ...]
    reason: str | None
    quarters: tuple[tuple[int, int], ...]

    @property
    def availability(self) -> float | None:
        """The share of tries that were answered as they should be; None where there was none."""
        tries = sum(tried for tried, _ in self.quarters)
        return 1 - sum(failed for _, failed in self.quarters) / tries if tries else None


def probes(state: State, now_us: int, *, scope: Scope = None) -> list[ProbeRow]:
    """Give every address that is tried, those that are down first, then by platform; at most ``LIMIT``."""
    last = now_us // QUARTER_US
    first = last - QUARTERS + 1
    told = probe_states.c
    wanted = (
        select(*told, feed_states.c.platform_id)
        .join(feed_states, feed_states.c.feed_id == told.feed_id)
        .where(within(scope, feed_states.c.platform_id))
        .order_by(told.up, feed_states.c.platform_id, told.target)
        .limit(LIMIT)
    )
    counts = probe_quarters.c
    with state.read() as connection:
        rows = connection.execute(wanted).all()
        seen = {row.feed_id for row in rows}
        sums = connection.execute(
            select(*counts).where(counts.quarter >= first, counts.quarter <= last, counts.feed_id.in_(seen))
        ).all()
    quarters: defaultdict[tuple[str, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    for one in sums:
        quarters[one.feed_id, one.target][one.quarter] = one.tries, one.failures
    return [
        ProbeRow(
            row.feed_id,
            row.platform_id,
            row.target,
            row.at,
            bool(row.up),
            row.since,
            row.status,
            row.latency_us,
            row.certificate_until,
            tuple(json.loads(row.addresses)),
            row.reason,
            tuple(quarters[row.feed_id, row.target].get(at, (0, 0)) for at in range(first, last + 1)),
        )
        for row in rows
    ]
