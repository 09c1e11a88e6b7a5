"""Makes the store that benchmarks/search.py asks: incidents, and events committed as the worker commits them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import CORE, UTC_MICROSECONDS
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.tables import incident_entities, incident_log, incidents

DAY_US = 86_400_000_000
#: Minutes are kept for so long.
DAYS = 35
PLATFORMS = [f"platform_{number}" for number in range(38)]
TITLES = (
    ("Credential stuffing against sign-in", "ยิงรหัสผ่านที่รั่วไหลใส่หน้าลงชื่อเข้าใช้"),
    ("SQL injection on the API gateway", "ฝังคำสั่ง SQL ผ่าน API Gateway"),
    ("HTTP flood on the registration page", "ท่วมหน้าลงทะเบียนด้วยคำขอ HTTP"),
    ("Mass export of records", "ส่งออกข้อมูลจำนวนมากผิดปกติ"),
)
NOTE = "ตรวจแล้ว ต้นทางคือ {address} ประสานผู้ดูแลแพลตฟอร์มให้ปิดกั้น; the session was ended and the account reset. "

#: Distinct lines of a platform's log.
_LINES = 2_000
#: A line in so many is an attack.
_ATTACK_EVERY = 997


def fill_incidents(state: State, draw: random.Random, count: int) -> None:
    """Store incidents with two entities, an opening, five joinings and two notes each."""
    now = now_us()
    rows, named, log = [], [], []
    for number in range(1, count + 1):
        title, title_th = TITLES[number % len(TITLES)]
        address = f"198.51.{draw.randrange(256)}.{draw.randrange(256)}"
        at = now - draw.randrange(90 * DAY_US)
        rows.append(
            {
                "id": number,
                "title": title,
                "title_th": title_th,
                "severity": draw.choice(("low", "medium", "high", "critical")),
                "status": "closed" if number % 5 else "new",
                "platform_id": draw.choice(PLATFORMS),
                "drill": False,
                "opened_at": at,
                "first_at": at,
                "last_at": at,
                "alert_count": 6,
                "event_count": 60,
                "version": 1,
                "updated_at": at,
            }
        )
        for kind, value in (("address", address), ("user", f"u{draw.randrange(9000)}")):
            named.append({"incident_id": number, "kind": kind, "value": value})
        actions = ["opened", *["joined"] * 5, "noted", "closed"]
        for action in actions:
            text = NOTE.format(address=address) * 2 if action in {"noted", "closed"} else "x" * 90
            log.append(
                {"incident_id": number, "at": at, "actor": "worker", "action": action, "body": f'{{"text": "{text}"}}'}
            )
    with state.write() as connection:
        connection.execute(insert(incidents), rows)
        connection.execute(insert(incident_entities), named)
        connection.execute(insert(incident_log), log)


def fill_events(
    state: State,
    folder: Path,
    count: int,
    lines: Callable[[int], pa.RecordBatch] | None = None,
    sources: Sequence[tuple[str, str | None, str | None]] = (("nginx", "webserver", None),),
) -> None:
    """Store events of web servers: of each day and platform a batch, committed as the worker does, oldest first.

    So many segments are left after compaction, too. The roll-ups are what the commits make of the events. ``lines``
    gives the distinct lines of a platform; ``lines_of`` where nothing is said. ``sources`` are the log sources
    (product, category, service) of the platforms in turn.
    """
    draw = np.random.default_rng(6)
    lease, ids = Lease(state, folder), EventIds(state)
    lease.take()
    pools = [(lines or lines_of)(number) for number in range(len(PLATFORMS))]
    positions: list[str | None] = [None] * len(PLATFORMS)
    now = datetime.now(UTC)
    begin = now_us() - DAYS * DAY_US
    batches = DAYS * len(PLATFORMS)
    for number in range(batches):
        day, platform = divmod(number, len(PLATFORMS))
        size = count * (number + 1) // batches - count * number // batches
        if not size:
            continue
        times = np.sort(draw.integers(begin + day * DAY_US, begin + (day + 1) * DAY_US, size))
        rows = pools[platform].take(pa.array(draw.integers(0, pools[platform].num_rows, size)))
        rows = rows.add_column(0, "ts", pa.array(times).cast(UTC_MICROSECONDS))
        feed = f"feed_{platform}"
        origin = Origin(feed, PLATFORMS[platform], *sources[platform % len(sources)], "source", "/var/log/access.log")
        offsets = pa.array(np.arange(size) * 100 + day * 1_000_000_000)
        events = add_envelope(rows, origin, offsets, ids.take(size), now, timedelta(minutes=10))
        batch = Batch(feed, "access.log", positions[platform], str(day), size, events, size)
        commit(state, folder, batch, ids, lease)
        positions[platform] = str(day)
    lease.release()


def lines_of(platform: int) -> pa.RecordBatch:
    """Give distinct lines of one platform, parsed, without their times."""
    numbers = np.arange(_LINES) + platform * _LINES
    columns = {name: pa.nulls(_LINES, kind) for name, kind in CORE.items()}
    addresses = [f"203.0.113.{number * 7919 % 251}" for number in numbers]
    columns["source_ip"] = pa.array(addresses)
    columns["http_response_status_code"] = pa.array(np.where(numbers % 50 == 0, 503, 200), pa.int32())
    columns["fields"] = pa.StructArray.from_arrays([pa.array([f"{number:08x}" for number in numbers])], ["request_id"])
    columns["raw"] = pa.array(
        [
            f'{address} - - "GET /item/{number}?q={"1 UNION SELECT 2" if number % _ATTACK_EVERY == 0 else "x"} '
            f'HTTP/1.1" {503 if number % 50 == 0 else 200} 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"'.encode()
            for number, address in zip(numbers, addresses, strict=True)
        ],
        pa.binary(),
    )
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
