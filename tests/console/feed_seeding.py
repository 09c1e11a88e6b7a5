"""Feeds that fall, lose records and send a wrong time, over a store as a busy day leaves it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.seeding import FEEDS, MINUTE
from sqlalchemy import insert, update

from warroom.store import skews, watchers
from warroom.store.feed_tables import feed_hours, losses
from warroom.store.skews import Basis, Skew
from warroom.store.tables import feed_states, ledger
from warroom.store.watchers import Sight, Watchers

if TYPE_CHECKING:
    from warroom.store.database import State

WEEK = 168
#: A detector for each bit: two of them look at the gateway.
_SIGHTS = (
    Sight((1 << 40) - 1, ((4, "Web shell upload", "อัปโหลดเว็บเชลล์"), (3, "SQL injection in the query", ""))),
    Sight(0b11, ((3, "Scraping of the central gateway", "กวาดข้อมูลผ่าน API กลาง"),)),
)


def seed_feeds(state: State) -> None:
    """Give every feed nine weeks of a past; let one fall, one go silent, one lose records, and some clocks be off."""
    now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
    hour = now_us // MINUTE // 60
    with state.write("feeds", "content") as connection:
        for feed_id, _, _, _, rate in FEEDS:
            told = [
                {"feed_id": feed_id, "hour": hour - back, "received": int(rate * 60 * _day(hour - back, hour))}
                for back in range(1, 9 * WEEK)
            ]
            connection.execute(insert(feed_hours), told)
        here = ledger.c
        fallen = {name: here[name] * 3 // 10 for name in ("received", "stored", "rejected", "evaluated")}
        connection.execute(update(ledger).where(here.feed_id == "wallet_registration").values(fallen))
        connection.execute(
            update(ledger)
            .where(here.feed_id == "wallet_registration")
            .values(received=here.stored + here.rejected, evaluated=here.stored)
        )
        silent = here.feed_id == "tang_rat_api"
        connection.execute(ledger.delete().where(silent, here.minute > now_us // MINUTE - 41))
        gone = update(feed_states).where(feed_states.c.feed_id == "tang_rat_api")
        connection.execute(gone.values(received_at=now_us - 41 * MINUTE))
        for kind, count in (("kernel", 1_204), ("inbox", 17)):
            lost = {"feed_id": "tang_rat_access", "minute": now_us // MINUTE - 7, "kind": kind, "count": count}
            connection.execute(insert(losses).values(lost))
    watchers.tell(state, Watchers({one[0]: int(one[0] == "tang_rat_api") for one in FEEDS}, _SIGHTS))
    skews.keep(
        state,
        [
            Skew("tang_rat_access", "web-02.dga.example", Basis.ARRIVAL, 3_400_000, 1_250_000, 812, now_us - MINUTE),
            Skew("tang_rat_access", "web-01.dga.example", Basis.ARRIVAL, -180_000, 250_000, 4_410, now_us - MINUTE),
            Skew("tang_rat_access", "<b>web-03</b>\u202e", Basis.ARRIVAL, -92_000_000, 250_000, 3, now_us - MINUTE),
            Skew("bastion_auth", "bastion", Basis.NTP, 4_200, 310, 6, now_us - MINUTE),
        ],
    )


def _day(hour: int, now: int) -> float:
    """Give a share of the rate: the present hour as it is in the ledger, others by the time of the day."""
    return 0.7 + 0.3 * math.cos((hour - now) / 24 * 2 * math.pi) + 0.02 * ((hour * 7919) % 5)
