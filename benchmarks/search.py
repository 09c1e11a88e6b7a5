"""Measures searching and counting: text in 15,000 incidents, minutes of a day out of 50 million events, stored lines.

PYTHONPATH=. python benchmarks/search.py [--incidents 15000] [--events 50000000] [--lines 1000000]

The minutes are read from the roll-ups, which hold as many rows as that many events leave behind in 35 days; the events
themselves are not written for it, as nothing reads them. Every figure is the median of five runs, in CPU milliseconds.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import CORE
from warroom.store import manifest
from warroom.store.database import State, now_us
from warroom.store.event_search import EventSearch, Span
from warroom.store.query import parse
from warroom.store.query.events import kind_of
from warroom.store.query.incidents import kind_of as incident_kind_of
from warroom.store.searching_tables import event_hours, event_minutes
from warroom.store.segments import write_segment
from warroom.store.tables import incident_entities, incident_log, incidents
from warroom.store.views import traffic
from warroom.store.views.found import find_incidents

RUNS = 5
DAY_US = 86_400_000_000
PLATFORMS = [f"platform_{number}" for number in range(38)]
TITLES = (
    ("Credential stuffing against sign-in", "ยิงรหัสผ่านที่รั่วไหลใส่หน้าลงชื่อเข้าใช้"),
    ("SQL injection on the API gateway", "ฝังคำสั่ง SQL ผ่าน API Gateway"),
    ("HTTP flood on the registration page", "ท่วมหน้าลงทะเบียนด้วยคำขอ HTTP"),
    ("Mass export of records", "ส่งออกข้อมูลจำนวนมากผิดปกติ"),
)
NOTE = "ตรวจแล้ว ต้นทางคือ {address} ประสานผู้ดูแลแพลตฟอร์มให้ปิดกั้น; the session was ended and the account reset. "


def main(arguments: argparse.Namespace) -> None:
    """Make a store, measure, print a table."""
    with tempfile.TemporaryDirectory(prefix="warroom-search-") as name:
        folder = Path(name)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            state.migrate()
            draw = random.Random(6)  # noqa: S311 - the same store for ever
            fill_incidents(state, draw, arguments.incidents)
            rows = fill_minutes(state, draw, arguments.events)
            print("| what | CPU ms | wall ms | found |")
            print("| --- | ---: | ---: | ---: |")
            for text in (
                "ฝังคำสั่ง",
                "198.51.100.77",
                "ended reset",
                "severity:critical note:ปิดกั้น -gateway",
                "nothing-like-this",
            ):
                node, now = parse(text, incident_kind_of), now_us()
                measure(
                    f"`{text}` in {arguments.incidents:,} incidents",
                    lambda node=node, now=now: find_incidents(state, node, 0, now, now).matched,  # type: ignore[misc]
                )
            minute = now_us() // 60_000_000
            told = f"of {arguments.events:,} events ({rows:,} rows of minutes)"
            measure(f"minutes of 24 h, all platforms, {told}", lambda: len(traffic.minutes(state, minute - 1440)))
            measure(
                f"minutes of 24 h, one platform, {told}",
                lambda: len(traffic.minutes(state, minute - 1440, platform_id=PLATFORMS[7])),
            )
            measure(f"platforms against usual {told}", lambda: len(traffic.by_platform(state, now_us())))
            fill_lines(state, folder, arguments.lines)
            for text in ("", "source.ip:203.0.113.7", '"union select"', "status:>=500 -user.name:*"):
                search = parse(text, kind_of)
                span = Span(now_us() - DAY_US, now_us() + DAY_US)
                measure(
                    f"`{text or '(everything)'}` in {arguments.lines:,} lines, with facets and histogram",
                    lambda search=search, span=span: EventSearch(state, folder, search, span, None).run().matched,  # type: ignore[misc]
                )


def measure(what: str, action: Callable[[], int]) -> None:
    """Run something several times and print its medians."""
    cpu, wall, found = [], [], 0
    for _ in range(RUNS):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        found = action()
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
    print(
        f"| {what} | {1e3 * statistics.median(cpu):,.1f} | {1e3 * statistics.median(wall):,.1f} | {found:,} |",
        flush=True,
    )


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


def fill_minutes(state: State, draw: random.Random, events: int) -> int:
    """Store the roll-ups that so many events of 35 days leave behind; how many rows of minutes."""
    minutes = 35 * 1440
    now = now_us() // 60_000_000
    mean = max(1, events // (minutes * len(PLATFORMS)))
    with state.write() as connection:
        for table, span, newest, length in (
            (event_minutes, "minute", now, minutes),
            (event_hours, "hour", now // 60, 35 * 24),
        ):
            for platform in PLATFORMS:
                connection.execute(
                    insert(table),
                    [
                        {
                            span: newest - back,
                            "platform_id": platform,
                            "count": mean,
                            "told": mean,
                            "failures": draw.randrange(3),
                        }
                        for back in range(length)
                    ],
                )
    return minutes * len(PLATFORMS)


def fill_lines(state: State, folder: Path, count: int) -> None:
    """Store lines of a web server's log, 100,000 a file."""
    now = datetime.now(UTC)
    origin = Origin("web", "tang_rat", "nginx", "webserver", None, "source", "/var/log/access.log")
    first = now_us() << 10
    for start in range(0, count, 100_000):
        size = min(100_000, count - start)
        numbers = np.arange(start, start + size)
        times = pa.array(
            [now - timedelta(seconds=int(back)) for back in (numbers * 7919) % 80_000], pa.timestamp("us", tz="UTC")
        )
        columns = {"ts": times} | {name: pa.nulls(size, kind) for name, kind in CORE.items()}
        columns["source_ip"] = pa.array([f"203.0.113.{number % 251}" for number in numbers])
        columns["http_response_status_code"] = pa.array(np.where(numbers % 50 == 0, 503, 200), pa.int32())
        columns["fields"] = pa.array([{"request_id": str(number)} for number in numbers])
        columns["raw"] = pa.array(
            [
                f'203.0.113.{number % 251} - - "GET /item/{number}?q={"x" if number % 997 else "1 UNION SELECT 2"} '
                f'HTTP/1.1" 200 512 "-" "Mozilla/5.0"'.encode()
                for number in numbers
            ],
            pa.binary(),
        )
        batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        ids = pa.array(numbers + first, pa.int64())
        events = add_envelope(batch, origin, pa.array(numbers * 100, pa.int64()), ids, now, timedelta(minutes=10))
        segment = write_segment(folder, "events", "web", events, times=events.column("ts"), ids=ids)
        with state.write() as connection:
            manifest.add(connection, [segment])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=15_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    sys.exit(main(parser.parse_args()))
