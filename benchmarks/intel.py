"""Measures threat intelligence: a feed is loaded, an index made of what is stored, and events compared with it.

PYTHONPATH=. python benchmarks/intel.py [--indicators 1000000] [--events 500000]

Loading is `./run intel load` in a process of its own. The index is made in another one, as the worker does, and that
process is the one whose memory is told. Costs are CPU time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import indicators
import logs
import measuring

ROOT = Path(__file__).resolve().parent.parent
#: Lines that are compared at a time, as many as the worker reads at once.
BATCH = 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--stored", action="store_true", help=argparse.SUPPRESS)  # the second process
    options = parser.parse_args()
    if options.stored:
        _compare(options.indicators, options.events)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        indicators.write(folder / "measured.csv", options.indicators)
        plain = folder / "measured.txt"
        plain.write_text("".join(f"{value}\n" for _, value in indicators.made(options.indicators)), encoding="utf-8")
        for form, name_ in (("plain list", plain), ("table", folder / "measured.csv")):  # the last one is compared with
            environment = {"WARROOM_DATA": str(folder / form.replace(" ", "-")), "PYTHONPATH": str(ROOT)}
            load = [sys.executable, "-m", "warroom", "intel", "load", name_, "--confidence", "75"]
            cost = measuring.run(load, ROOT, **environment)
            print(
                f"load of a {form}: {options.indicators:,} lines, {cost.cpu_seconds:.1f} CPU-s, {cost.peak_mb:.0f} MB"
            )
        asked = (f"--indicators={options.indicators}", f"--events={options.events}")
        again = [sys.executable, __file__, "--stored", *asked]
        sys.stdout.flush()
        subprocess.run(again, env=os.environ | environment, check=True)  # noqa: S603  this very program


def _compare(count: int, events: int) -> None:
    """Make the index of what is stored, and compare logs with it."""
    from warroom.intel.assembling import assemble  # noqa: PLC0415  the environment comes first
    from warroom.settings import Settings  # noqa: PLC0415
    from warroom.store.database import State, now_us  # noqa: PLC0415

    settings = Settings()
    with State(settings.db_url) as state:
        assemble(state, settings.data_dir, now_us())  # what is compiled is compiled once
        begun = time.process_time()
        index = assemble(state, settings.data_dir, now_us())
        took = time.process_time() - begun
    print(f"index: {len(index):,} entries, {took:.2f} CPU-s, {_memory():.0f} MB at most by then")
    for name, lines in (("ordinary", logs.web(events)), ("attack", indicators.under_attack(events, count))):
        cost, alerts = _cost(index, lines)
        print(f"{name} access log: {cost / events * 1e6:.2f} CPU-µs an event, {alerts:,} alerts")
    print(f"memory: {_memory():.0f} MB at most")


def _cost(index: object, lines: Iterator[str]) -> tuple[float, int]:
    """Compare a log: CPU-seconds and how many alerts there are."""
    import pyarrow as pa  # noqa: PLC0415

    from warroom.comparing import compare  # noqa: PLC0415
    from warroom.enrich.envelope import Origin, add_envelope  # noqa: PLC0415
    from warroom.parse import ParseContext, parse  # noqa: PLC0415

    took, alerts, warm, seen = 0.0, 0, False, 0
    now = datetime.now(UTC)
    origin = Origin("measured", "tang_rat", "nginx", "webserver", None, "log", "log")
    while some := [line.encode() for line in islice(lines, BATCH)]:
        parsed = parse(pa.array(some, pa.binary()), ParseContext("nginx", "UTC", now)).events
        ids = pa.array(range(seen, seen + len(parsed)), pa.int64())
        events = add_envelope(parsed, origin, ids, ids, now, timedelta(days=9))
        seen += len(parsed)
        if not warm:
            compare(events, index, now, drill=False)
            warm = True
        begun = time.process_time()
        found, _ = compare(events, index, now, drill=False)
        took += time.process_time() - begun
        alerts += len(found)
    return took, alerts


def _memory() -> float:
    """Give the most memory that this process had, in MB."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
