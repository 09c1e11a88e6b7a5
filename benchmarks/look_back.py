"""Measures looking for new indicators in stored events, as the worker does it: both cores, nothing else to do.

PYTHONPATH=. python benchmarks/look_back.py [--events 1000000] [--new 10000] [--listed 0] [--folder FOLDER]

The events are of web servers: 38 platforms, each with 4,000 addresses, 3,000 URLs on 40 hosts and 300 user agents; they
are really stored, through the worker's commit, over 35 days. Of the new indicators twenty addresses stand in them, and
five domains as referrers. ``--listed`` more indicators, of the same kinds, are in the index and not new.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from search_store import DAY_US, DAYS, PLATFORMS, fill_events
from sqlalchemy import func, select

from warroom.indicators import INDICATORS
from warroom.intel.index import FeedFacts, Part, build
from warroom.intel.looking_back import LookingBack
from warroom.intel_finder import Finders
from warroom.model import CORE, Severity
from warroom.store.database import State, from_us, now_us
from warroom.store.intel import look_backs, swaps
from warroom.store.intel.tables import intel_sightings
from warroom.store.lease import Lease
from warroom.store.tables import segments

_LINES = 12_000
_ADDRESSES, _URLS, _HOSTS, _AGENTS = 4_000, 3_000, 40, 300
#: New indicators that stand in the events: so many addresses, and so many hosts.
_SEEN_ADDRESSES, _SEEN_HOSTS = 20, 5


def main(arguments: argparse.Namespace) -> None:
    """Make a store, look back, print a table."""
    with tempfile.TemporaryDirectory(prefix="warroom-look-back-", dir=arguments.folder) as name:
        folder = Path(name)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            state.migrate()
            cpu = time.process_time()
            fill_events(state, folder, arguments.events, web_lines)
            cpu = time.process_time() - cpu
            with state.read() as connection:
                files, size = connection.execute(select(func.count(), func.sum(segments.c.bytes))).one()
            print(
                f"{arguments.events:,} events stored in {cpu:,.0f} CPU-seconds: {files:,} files, {size / 1e6:,.0f} MB"
            )
            measure(state, folder, arguments.new, arguments.listed)


def measure(state: State, folder: Path, new: int, listed: int) -> None:
    """Look back for ``new`` indicators, with ``listed`` others in the index."""
    lease = Lease(state, folder)
    lease.take()
    now = now_us()
    feed = FeedFacts("bench", "รายการ", "List", 80, "clear", Severity.HIGH, fetched_at=from_us(now))
    fresh = indicators(new, 0)
    tables = [fresh, indicators(listed, new)] if listed else [fresh]
    index = build([Part(feed, one, np.full(one.num_rows, 80, np.uint8)) for one in tables])
    finders = Finders()
    finders.use(index)
    keys = fresh.select(["kind", "value"]).cast(pa.schema([("kind", pa.string()), ("value", pa.string())]))
    swap = swaps.prepare(state, folder, keys, keys, ["bench"], now - (DAYS + 1) * DAY_US, now)
    swaps.swap(state, folder, lease, swap, 1 << 62)
    looking = LookingBack(state, folder, lease, finders.current, lambda: False, threading.Event())
    cpu, wall = time.process_time(), time.perf_counter()
    looking.run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    with state.read() as connection:
        (job,) = look_backs.newest(connection, 1)
        seen = connection.scalar(select(func.sum(intel_sightings.c["count"])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| events | new indicators | listed besides | wall s | CPU s | alerts | matching events | peak MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    told = f"{wall:.1f} | {cpu:.1f} | {job.alerts:,} | {seen or 0:,} | {peak:,.0f}"
    print(f"| {job.events:,} | {new:,} | {listed:,} | {told} |")
    lease.release()


def web_lines(platform: int) -> pa.RecordBatch:
    """Give distinct lines of one platform, parsed, without their times."""
    draw = np.random.default_rng(platform)
    columns = {name: pa.nulls(_LINES, kind) for name, kind in CORE.items()}
    clients = draw.integers(0, _ADDRESSES, _LINES)
    numbers = draw.integers(0, _URLS, _LINES)
    agents = draw.integers(0, _AGENTS, _LINES)
    columns["source_ip"] = pa.array([f"100.{64 + platform}.{one >> 8}.{one & 255}" for one in clients.tolist()])
    columns["url_domain"] = pa.array([f"www{one % _HOSTS}.platform{platform}.example" for one in numbers.tolist()])
    columns["url_original"] = pa.array([f"/service/{one}/form?step={one % 7}" for one in numbers.tolist()])
    referrers = [f"https://www{one % _HOSTS}.platform{platform}.example/start" for one in numbers.tolist()]
    referrers[0] = f"https://cdn.lure{platform}.example/"
    columns["http_request_referrer"] = pa.array(referrers)
    columns["user_agent_original"] = pa.array(
        [f"Mozilla/5.0 (X11; Linux x86_64; rv:{one}.0)" for one in agents.tolist()]
    )
    columns["http_request_method"] = pa.array(["GET"] * _LINES)
    columns["http_response_status_code"] = pa.array(np.where(numbers % 50 == 0, 503, 200), pa.int32())
    columns["fields"] = pa.StructArray.from_arrays([pa.array([f"{one:08x}" for one in range(_LINES)])], ["request_id"])
    columns["raw"] = pa.array(
        [
            f'{client} - - "GET /service/{one} HTTP/1.1" 200 512'.encode()
            for client, one in zip(clients, numbers, strict=True)
        ],
        pa.binary(),
    )
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def indicators(count: int, first: int) -> pa.Table:
    """Give indicators: half addresses, a quarter domains, an eighth URLs, an eighth hashes; the first ones are seen."""
    seen: list[tuple[str, str]] = []
    if not first:
        seen = [("ipv4", f"100.{64 + one % len(PLATFORMS)}.{one // 38}.{one}") for one in range(_SEEN_ADDRESSES)]
        seen += [("domain", f"lure{one}.example") for one in range(_SEEN_HOSTS)]
    rows = [*seen, *(_unseen(one) for one in range(first + len(seen), first + count))]
    return pa.Table.from_pylist(
        [{"kind": kind, "value": value, "origin": "list"} for kind, value in rows[:count]], schema=INDICATORS
    )


def _unseen(number: int) -> tuple[str, str]:
    if number % 2:
        return "ipv4", f"198.{18 + (number >> 17)}.{number >> 9 & 255}.{number >> 1 & 255}"
    if number % 4 == 0:
        return "domain", f"c{number}.malware.example"
    return ("url", f"http://d{number}.example/gate.php") if number % 8 == 2 else ("sha256", f"{number:064x}")  # noqa: PLR2004


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--listed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the store is made; default: the system's temporary folder")
    main(parser.parse_args())
