"""Measures the engine on every lane and prints the table of docs/performance.md as Markdown.

PYTHONPATH=. python benchmarks/run.py [LANE…] [--rules ARCHIVE] [--recordings DIR] [--scale 1.0] [--peers sqlite duckdb]

See benchmarks/README.md for what is measured.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import measuring
import peers
from lanes import ROOT, Lane, lanes


def main(arguments: argparse.Namespace) -> None:
    """Measure, lane by lane, and print."""
    print(heading(arguments))
    print("| lane | engine | rules | events | events per CPU-s | matches | load cold / warm, CPU-s | memory, MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    known = lanes(arguments.rules, arguments.recordings)
    with tempfile.TemporaryDirectory(prefix="warroom-bench-") as name:
        folder = Path(name)
        for chosen in arguments.lanes or known:
            lane = known[chosen]
            log = written(lane, folder / f"{chosen}.{lane.suffix}", arguments.scale)
            print(row(lane, log, folder), flush=True)
            for peer in arguments.peers if lane.peer else ():
                print(peer_row(peer, lane, log, arguments.peer_events, folder, arguments.environments), flush=True)
            log.unlink()


def heading(arguments: argparse.Namespace) -> str:
    """Tell the machine, the commit, the day and the versions."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)  # noqa: S607, PLW1510
    used = ("pyarrow", "numba", "numpy", "hyperscan")
    versions = ", ".join(f"{name} {version}" for name in used if (version := version_of(name)))
    rules = "all rules of the archive given" if arguments.rules else "the project's own detectors and sample"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}, {processor()}, "
        f"Python {platform.python_version()}, {versions}. Windows rules: {rules}. Scale {arguments.scale:g}.\n"
    )


def version_of(name: str) -> str | None:
    """Give an installed package's version."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """Name the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()


def written(lane: Lane, path: Path, scale: float) -> Path:
    """Write a lane's log."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lane.lines(max(1, int(lane.events * scale))))
    return path


def row(lane: Lane, log: Path, folder: Path) -> str:
    """Scan with an empty rule cache and then with the filled one; the second is the figure."""
    cache, data, summary = folder / f"cache-{log.stem}", folder / "data", folder / "summary.json"
    command = [ROOT / "run", "scan", log, "--format", lane.log_format, "--output", folder / "matches.jsonl"]
    command += ["--summary", summary, *(part for place in lane.rules for part in ("--rules", place))]
    costs: list[measuring.Cost] = []
    told: list[dict[str, Any]] = []
    for _ in ("cold", "warm"):
        costs.append(measuring.run(command, ROOT, WARROOM_CACHE=str(cache), WARROOM_DATA=str(data)))
        told.append(json.loads(summary.read_text(encoding="utf-8")))
    cold, warm = told
    rate = warm["events_evaluated"] / (costs[1].cpu_seconds - warm["load_cpu_seconds"])
    load = f"{cold['load_cpu_seconds']:.2f} / {warm['load_cpu_seconds']:.2f}"
    return (
        f"| {lane.title} | **this** | {warm['rules_loaded']:,} | {warm['events_evaluated']:,} | **{rate:,.0f}** "
        f"| {warm['matches']:,} | {load} | {costs[1].peak_mb:,.0f} |"
    )


def peer_row(peer: str, lane: Lane, log: Path, count: int, folder: Path, environments: Path | None) -> str:
    """Run a peer over the first events of the same log."""
    answer = peers.ask(peer, lane.peer or "", log, lane.rules, count, environments or folder)
    told = answer.told
    return (
        f"| {lane.title} | {answer.versions} | {told['answered']:,} of {told['rules']:,} | {told['events']:,} "
        f"| {told['events'] / told['scan_cpu_seconds']:,.0f} | {told['matches']:,} "
        f"| {told['load_cpu_seconds']:.2f} / – | {told['peak_mb']:,.0f} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lanes", nargs="*", help="which lanes; all without")
    parser.add_argument(
        "--rules", type=Path, help="a .tar.gz or folder of rules for the Windows lanes, such as SigmaHQ's"
    )
    parser.add_argument("--recordings", type=Path, help="a folder of JSON Lines of Windows events, for the attacks")
    parser.add_argument("--scale", type=float, default=1.0, help="share of each lane's events")
    parser.add_argument("--peers", nargs="*", choices=sorted(peers.PEERS), default=[], help="other engines to measure")
    parser.add_argument("--peer-events", type=int, default=5_000, help="events that a peer gets")
    parser.add_argument("--environments", type=Path, help="where peers' virtual environments are kept between runs")
    sys.exit(main(parser.parse_args()))
