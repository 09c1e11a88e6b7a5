"""Measures the worker alone: nginx lines on disk to committed events, in events per CPU-second.

python benchmarks/intake.py [--events 2000000] [--profile]

What runs is `./run ingest --once` in a process of its own, with all shipped rules: reading, parsing, matching,
correlating, writing segments, the commits and the grouping. Its start-up, which includes the loading of rules, is
measured with a log of one line and left out of the rate.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
from pathlib import Path

import logs
import measuring

ROOT = Path(__file__).resolve().parent.parent
FEED = """\
title: {{th: เว็บ, en: web}}
platform: tang_rat
collect: {{transport: file, paths: ["{folder}/access.log"]}}
parse: {{format: nginx}}
logsource: {{product: nginx, category: webserver}}
"""


def prepare(folder: Path, events: int) -> dict[str, str]:
    """Write the log and the feed; the environment of a worker that reads them into an empty state folder."""
    feeds = folder / "feeds"
    feeds.mkdir(parents=True)
    (feeds / "web.yml").write_text(FEED.format(folder=folder))
    with (folder / "access.log").open("w") as file:
        file.writelines(f"{line}\n" for line in logs.web(events))
    return {
        "WARROOM_DATA": str(folder / "data"),
        "WARROOM_FEEDS": str(feeds),
        "WARROOM_CACHE": os.environ.get("WARROOM_CACHE", str(ROOT / "data" / "cache")),
    }


def ingest(folder: Path, events: int) -> measuring.Cost:
    """Run the worker once over a log of so many lines."""
    environment = prepare(folder, events)
    return measuring.run([sys.executable, "-m", "warroom", "ingest", "--once"], ROOT, **environment)


def profile(folder: Path, events: int) -> None:
    """Run the worker in this process and print where the time goes."""
    os.environ.update(prepare(folder, events))
    from warroom.__main__ import main  # noqa: PLC0415  the environment comes first

    profiler = cProfile.Profile()
    profiler.runcall(main, ["ingest", "--once"])
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--profile", action="store_true", help="where the time goes, in this process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.profile:
            profile(folder / "profiled", options.events)
            return
        ingest(folder / "warm", 100_000)  # rules and kernels are compiled once
        start = ingest(folder / "start", 1)
        whole = ingest(folder / "whole", options.events)
    rate = options.events / (whole.cpu_seconds - start.cpu_seconds)
    print(f"{options.events:,} events, {whole.cpu_seconds:.2f} CPU-s, of them start-up {start.cpu_seconds:.2f}")
    print(f"{rate:,.0f} events per CPU-second, {whole.peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
