"""Scores every drill with several seeds, and counts incidents that real ordinary traffic raises.

PYTHONPATH=. python benchmarks/drills.py [SCENARIO…] [--seeds 1 2 3] [--every 300]
PYTHONPATH=. python benchmarks/drills.py --ordinary LOGS [--seconds 3600] [--events-per-second 5000]

A drill is played through the ordinary worker (`./run drill run`). The ordinary traffic are the web logs below a folder
(at least 1,000 lines over 12 hours in the combined format), replayed by so many sites at once, each beginning at its
own moment of the log and with visitors of its own, that the rate comes out: every visitor keeps his own pace. Lines of
scanners that a real site hears stay in: an incident about one may well be right.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from warroom.drill.scenario import names
from warroom.settings import Settings
from warroom.store.database import State
from warroom.store.drill import played_incidents
from warroom.worker import Worker

ROOT = Path(__file__).resolve().parent.parent
#: nginx.org, ngx_http_log_module: the combined format.
COMBINED = re.compile(rb'^(\S+) (\S+ \S+) \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] (".*)$')
FEWEST_LINES = 1_000
#: A log of minutes is no record of how people come and go.
FEWEST_HOURS = 12
#: Seconds of the replay that are written before the worker looks again.
SLICE = 60
FEED = """\
title: {{th: ทราฟฟิกปกติ, en: Ordinary traffic}}
platform: {platform}
collect: {{transport: file, paths: ["{path}"], every: 1s}}
parse: {{format: apache}}
logsource: {{product: apache, category: webserver}}
drill: true
"""
PLATFORMS = ("data_go_th", "law_portal", "biz_portal", "complaints_1111")


def main() -> None:
    """Measure what was asked for, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--every", type=float, default=300)
    parser.add_argument("--ordinary", type=Path, metavar="LOGS")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--events-per-second", type=int, default=5000)
    options = parser.parse_args()
    if options.ordinary is None or options.scenarios:
        drills(options.scenarios or names(), options.seeds, options.every)
    if options.ordinary is not None:
        ordinary(options.ordinary, options.seconds, options.events_per_second)


def drills(scenarios: list[str], seeds: list[int], every: float) -> None:
    """Play and score each scenario with each seed; a row each, what was missed, and the sums."""
    print(
        "| scenario | seed | lines | attacks | found, % | incidents an attack | merged | false an hour "
        "| median to detect, s |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    played = []
    for name, seed in itertools.product(scenarios, seeds):
        score = scored(name, seed, every)
        played.append(score)
        print(f"| {name} | {seed} | {score['lines']:,} | {row([score])} |", flush=True)
    print(f"| all | | {sum(score['lines'] for score in played):,} | {row(played)} |\n")
    missed = Counter(
        (score["scenario"], one["attack"], tuple(one["logs"]))
        for score in played
        for one in score["attacks"]
        if one["verdict"] == "missed"
    )
    for (name, attack, logs), times in sorted(missed.items()):
        print(f"missed {times}×: {name}: {attack} ({', '.join(logs)})")
    false = Counter(
        (score["scenario"], one["title"], one["platform"]) for score in played for one in score["false_incidents"]
    )
    for (name, title, platform), times in false.most_common(40):
        print(f"of no attack {times}×: {name}: {title} ({platform})")


def scored(name: str, seed: int, every: float) -> dict[str, Any]:
    """Run one drill in a process of its own; its score as data."""
    command = [sys.executable, "-m", "warroom", "drill", "run", name, "--seed", str(seed), "--every", str(every)]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, check=False)  # noqa: S603  our own command
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"{name}, seed {seed} failed:\n{done.stderr.decode()[-3000:]}")
    score: dict[str, Any] = json.loads(done.stdout)
    return score


def row(played: list[dict[str, Any]]) -> str:
    """Give the figures of some plays together."""
    sums = Counter[str]()
    for score in played:
        sums.update({key: score["summary"][key] for key in ("attacks", "found", "split", "merged", "false_incidents")})
        sums["incidents"] += sum(len(one["incidents"]) for one in score["attacks"])
    shown = sums["found"] + sums["split"]
    hours = sum(score["minutes"] for score in played) / 60
    times = [one["seconds_to_detect"] for score in played for one in score["attacks"]]
    known = sorted(seconds for seconds in times if seconds is not None)
    return (
        f"{sums['attacks']} | {100 * shown / max(1, sums['attacks']):.1f} | {sums['incidents'] / max(1, shown):.2f} | "
        f"{sums['merged']} | {sums['false_incidents'] / hours:.1f} | "
        f"{f'{known[len(known) // 2]:.0f}' if known else '-'}"
    )


def web_lines(folder: Path) -> list[tuple[float, bytes, bytes, bytes]]:
    """Read the ordinary web logs of a folder: seconds since the file's first line, address, user, and the rest."""
    found = []
    for path in sorted(folder.rglob("*")):
        lines = path.read_bytes().splitlines() if path.is_file() else []
        matches = [match for line in lines if (match := COMBINED.match(line))]
        if len(lines) < FEWEST_LINES or len(matches) < 0.95 * len(lines):
            continue
        times = [datetime.strptime(match[3].decode(), "%d/%b/%Y:%H:%M:%S %z").timestamp() for match in matches]
        began = min(times)
        if max(times) - began < FEWEST_HOURS * 3600:
            continue
        print(f"{path.relative_to(folder)}: {len(matches):,} lines over {(max(times) - began) / 3600:.1f} h")
        found += [(at - began, match[1], match[2], match[4]) for at, match in zip(times, matches, strict=True)]
    return sorted(found)


def replay(
    lines: list[tuple[float, bytes, bytes, bytes]], rate: int, seconds: int, first: datetime
) -> Iterator[list[tuple[int, bytes]]]:
    """Give slices of (platform's number, line), in order of time.

    As many sites as give the rate each read the whole log round and round from a moment of their own; a site's visitor
    is the log's address moved to the site's place in 10.0.0.0/8.
    """
    span = lines[-1][0] + 1
    dice = np.random.default_rng(7)
    starts = np.sort(dice.random(int(rate * span / len(lines))) * span)
    visitors = {address: number for number, address in enumerate(sorted({line[1] for line in lines}))}
    for slice_at in range(0, seconds, SLICE):
        length = min(SLICE, seconds - slice_at)
        events: list[tuple[float, int, int]] = []
        for number, (at, *_) in enumerate(lines):
            # Sites whose moment of the log at this slice lies so far before the line that it falls into the slice.
            low, high = at - slice_at - length, at - slice_at
            for turn in range(int(low // span), int(high // span) + 1):
                left, right = np.searchsorted(starts, (low - turn * span, high - turn * span))
                events += [(high - turn * span - starts[site], number, site) for site in range(left, right)]
        events.sort()
        yield [
            (site % len(PLATFORMS), rendered(lines[number], visitors, site, first + timedelta(seconds=slice_at + at)))
            for at, number, site in events
        ]


def rendered(line: tuple[float, bytes, bytes, bytes], visitors: dict[bytes, int], site: int, moment: datetime) -> bytes:
    """Write a line with another visitor at another time."""
    place = random.Random(visitors[line[1]] * 1_000_003 + site).getrandbits(24)  # noqa: S311  no secret
    address = f"10.{place >> 16}.{place >> 8 & 255}.{place & 255}"
    return b"%s %s [%s] %s\n" % (address.encode(), line[2], f"{moment:%d/%b/%Y:%H:%M:%S %z}".encode(), line[3])


def ordinary(corpora: Path, seconds: int, rate: int) -> None:
    """Replay ordinary traffic through a worker; print how many incidents it raised, and which."""
    lines = web_lines(corpora)
    if not lines:
        sys.exit(f"there is no web log of {FEWEST_LINES} lines below {corpora}")
    with tempfile.TemporaryDirectory(prefix="warroom-bench-") as temporary:
        folder = Path(temporary)
        (folder / "feeds").mkdir()
        logs = [folder / f"{platform}.log" for platform in PLATFORMS]
        for platform, path in zip(PLATFORMS, logs, strict=True):
            (folder / "feeds" / f"ordinary_{platform}.yml").write_text(FEED.format(platform=platform, path=path))
        settings = Settings(
            data=folder / "data", db=f"sqlite:///{folder / 'data' / 'state.db'}", feeds=folder / "feeds", drill=True
        )
        work = Worker(settings, threading.Event())
        work.start()
        began, events = time.process_time(), 0
        first = datetime.now(UTC) - timedelta(seconds=seconds + SLICE)
        files = [path.open("ab") for path in logs]
        for chunk in replay(lines, rate, seconds, first):
            for number, line in chunk:
                files[number].write(line)
            for file in files:
                file.flush()
            events += sum(work.read_once().values())
        for file in files:
            file.close()
        used = time.process_time() - began
        work.stop()
        with State(settings.db_url) as state:
            found = played_incidents(state)
    print(f"\n{events:,} events in {seconds} simulated seconds ({events / seconds:,.0f} a second), {used:.0f} CPU-s")
    print(f"{len(found)} incidents, {len(found) * 3600 / seconds:.1f} a simulated hour")
    for title, times in Counter(one.title for one in found).most_common():
        print(f"{times}×: {title}")


if __name__ == "__main__":
    main()
