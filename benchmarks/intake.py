"""Measures the worker alone: lines on disk to committed events, in events per CPU-second.

python benchmarks/intake.py [--lane nginx|crowd|syslog|authn] [--events 2000000] [--indicators 1000000] [--profile]

What runs is `./run ingest --once` in a process of its own, with all shipped rules: reading, parsing, matching,
correlating, writing segments, the commits and the grouping. Its start-up, which includes the loading of rules, is
measured with a log of one line and left out of the rate. With indicators, events are compared with so many that a feed
lists, which are loaded before; the making of their index is part of the start-up.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import indicators
import logs
import measuring

ROOT = Path(__file__).resolve().parent.parent
FEED = """\
title: {{th: วัด, en: measured}}
platform: tang_rat
collect: {{transport: file, paths: ["{folder}/measured.log"]}}
parse: {parse}
logsource: {source}
"""


@dataclass(frozen=True)
class Lane:
    """A log, and how its feed says it is to be read."""

    lines: Callable[[int], Iterator[str]]
    parse: str
    source: str


LANES = {
    "nginx": Lane(logs.web, "{format: nginx}", "{product: nginx, category: webserver}"),
    "crowd": Lane(logs.crowd, "{format: nginx}", "{product: nginx, category: webserver}"),
    "syslog": Lane(logs.auth, "{format: syslog, timezone: Asia/Bangkok}", "{product: linux, service: auth}"),
    "authn": Lane(
        logs.authn,
        "{format: jsonl, fields: {source_ip: src_ip, user_name: user_id_hash, event_outcome: result}}",
        "{product: govplatform, service: authn}",
    ),
}


def prepare(folder: Path, events: int, lane: str = "nginx") -> dict[str, str]:
    """Write the log and the feed; the environment of a worker that reads them into an empty state folder."""
    one = LANES[lane]
    feeds = folder / "feeds"
    feeds.mkdir(parents=True)
    (feeds / "measured.yml").write_text(FEED.format(folder=folder, parse=one.parse, source=one.source))
    with (folder / "measured.log").open("w") as file:
        file.writelines(f"{line}\n" for line in one.lines(events))
    return {
        "WARROOM_DATA": str(folder / "data"),
        "WARROOM_FEEDS": str(feeds),
        "WARROOM_CACHE": os.environ.get("WARROOM_CACHE", str(ROOT / "data" / "cache")),
    }


def list_indicators(folder: Path, count: int) -> None:
    """Let a feed of intelligence list so many indicators, in a state folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    indicators.write(folder / "listed.csv", count)
    load = [sys.executable, "-m", "warroom", "intel", "load", folder / "listed.csv", "--confidence", "75"]
    measuring.run(load, ROOT, WARROOM_DATA=str(folder / "data"))


def ingest(folder: Path, events: int, lane: str, listed: Path | None = None) -> measuring.Cost:
    """Run the worker once over a log of so many lines; ``listed`` is a state folder to begin with."""
    environment = prepare(folder, events, lane)
    if listed is not None:
        shutil.copytree(listed, environment["WARROOM_DATA"])
    return measuring.run([sys.executable, "-m", "warroom", "ingest", "--once"], ROOT, **environment)


def profile(folder: Path, events: int, lane: str) -> None:
    """Run the worker in this process and print where the time goes."""
    os.environ.update(prepare(folder, events, lane))
    from warroom.__main__ import main  # noqa: PLC0415  the environment comes first

    profiler = cProfile.Profile()
    profiler.runcall(main, ["ingest", "--once"])
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lane", choices=LANES, default="nginx")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--indicators", type=int, default=0, help="compare events with so many")
    parser.add_argument("--profile", action="store_true", help="where the time goes, in this process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.profile:
            profile(folder / "profiled", options.events, options.lane)
            return
        listed = None
        if options.indicators:
            list_indicators(folder / "listed", options.indicators)
            listed = folder / "listed" / "data"
        ingest(folder / "warm", 100_000, options.lane, listed)  # rules and kernels are compiled once
        start = ingest(folder / "start", 1, options.lane, listed)
        whole = ingest(folder / "whole", options.events, options.lane, listed)
    rate = options.events / (whole.cpu_seconds - start.cpu_seconds)
    print(f"{options.events:,} events, {whole.cpu_seconds:.2f} CPU-s, of them start-up {start.cpu_seconds:.2f}")
    print(f"{rate:,.0f} events per CPU-second, {whole.peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
