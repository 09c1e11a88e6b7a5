"""Measures searching and counting: text in 15,000 incidents, minutes of a day out of stored events, text in these.

PYTHONPATH=. python benchmarks/search.py [--incidents 15000] [--events 50000000] [--folder FOLDER]

The events are really stored, through the worker's commit, and the roll-ups are made by it: 50 million need about
2 GB of disk in the folder; what is made there is removed at the end. Each figure is the median of five runs, in
milliseconds of CPU and of the clock; the last ones, which read events, are of one run each.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from search_store import DAY_US, PLATFORMS, fill_events, fill_incidents
from sqlalchemy import func, select

from warroom.store.database import State, now_us
from warroom.store.event_search import BUDGET_SECONDS, EventSearch, Span
from warroom.store.query import parse
from warroom.store.query.events import kind_of
from warroom.store.query.incidents import kind_of as incident_kind_of
from warroom.store.searching_tables import event_minutes
from warroom.store.views import traffic
from warroom.store.views.found import find_incidents

RUNS = 5
#: One word, a word that few have, words that all have, two letters of Thai, fields, a word that nobody wrote.
TEXTS = (
    "ฝังคำสั่ง",
    "198.51.100.77",
    "ended",
    "ended reset",
    "ended reset session",
    "ปิด ปก",
    "ที",
    "ende*reset",
    "ประสานผู้ดูแลแพลตฟอร์ม",
    "severity:critical note:ปิดกั้น -gateway",
    "nothing-like-this",
    "",
)
LINES = ('"union select"', "source.ip:203.0.113.7")
#: A search in all events is given so long here, in seconds; in the console it has less.
LONGEST = 600.0


def main(arguments: argparse.Namespace) -> None:
    """Make a store, measure, print a table."""
    with tempfile.TemporaryDirectory(prefix="warroom-search-", dir=arguments.folder) as name:
        folder = Path(name)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            state.migrate()
            fill_incidents(state, random.Random(6), arguments.incidents)  # noqa: S311 - the same store for ever
            cpu = time.process_time()
            fill_events(state, folder, arguments.events)
            cpu = time.process_time() - cpu
            size = sum(path.stat().st_size for path in (folder / "events").rglob("*.parquet"))
            with state.read() as connection:
                rows = connection.scalar(select(func.count()).select_from(event_minutes))
            print(
                f"{arguments.events:,} events stored in {cpu:,.0f} CPU-seconds: {size / 1e6:,.0f} MB of segments, "
                f"{(folder / 'state.db').stat().st_size / 1e6:,.0f} MB of state, {rows:,} rows of minutes\n"
            )
            print("| what | CPU ms | wall ms | found |")
            print("| --- | ---: | ---: | ---: |")
            measure_incidents(state, arguments.incidents)
            measure_counts(state, arguments.events)
            measure_lines(state, folder, arguments.events)


def measure_incidents(state: State, count: int) -> None:
    """Search for texts in incidents, as the screen does."""
    for text in TEXTS:
        node, now = parse(text, incident_kind_of), now_us()
        found = partial(find_incidents, state, node, 0, now, now)
        measure(f"`{text or '(everything)'}` in {count:,} incidents", lambda found=found: found().matched)  # type: ignore[misc]


def measure_counts(state: State, count: int) -> None:
    """Read counts by minute of the last day."""
    minute, told = now_us() // 60_000_000, f"of {count:,} events"
    measure(f"minutes of 24 h, all platforms, {told}", lambda: len(traffic.minutes(state, minute - 1440)))
    one = partial(traffic.minutes, state, minute - 1440, platform_id=PLATFORMS[7])
    measure(f"minutes of 24 h, one platform, {told}", lambda: len(one()))
    measure(f"platforms against usual, {told}", lambda: len(traffic.by_platform(state, now_us())))


def measure_lines(state: State, folder: Path, count: int) -> None:
    """Search for events: of the last day, of all, and of all in the time that the console gives."""
    now = now_us()
    for text in LINES:
        node = parse(text, kind_of)
        for told, since, seconds in (
            ("of the last 24 h", now - DAY_US, LONGEST),
            (f"of {count:,}", 0, LONGEST),
            (f"of {count:,}, for at most {BUDGET_SECONDS:g} s", 0, BUDGET_SECONDS),
        ):
            search = EventSearch(state, folder, node, Span(since, now + DAY_US), None)
            measure(f"`{text}` in the lines {told}", lambda: search.run(seconds).matched, runs=1)  # noqa: B023 - run at once
            print(f"| … looked at | | | {search.found.rows:,} |")


def measure(what: str, action: Callable[[], int], runs: int = RUNS) -> None:
    """Run something, several times, and print its medians."""
    cpu, wall, found = [], [], 0
    for _ in range(runs):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        found = action()
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
    print(
        f"| {what} | {1e3 * statistics.median(cpu):,.1f} | {1e3 * statistics.median(wall):,.1f} | {found:,} |",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=15_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the store is made; default: the system's temporary folder")
    main(parser.parse_args())
