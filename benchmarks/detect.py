"""Measures detection: loading rules, parsing a log, matching it, in events per CPU-second.

python benchmarks/detect.py LOG RULES… [--format nginx] [--product nginx] [--category webserver]
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from warroom.collect.paths import blocks
from warroom.detect import Detector, load_rules, match
from warroom.model import ENVELOPE
from warroom.parse import ParseContext, parse

_LINE_LIMIT = 1 << 20


def measure(arguments: argparse.Namespace) -> None:
    """Print one line a figure."""
    begun = time.process_time()
    ruleset = load_rules(arguments.rules)
    loaded = time.process_time()
    ruleset.prepare()
    print(f"made ready       {time.process_time() - loaded:10.2f} CPU-s")
    print(f"load, cold       {time.process_time() - begun:10.2f} CPU-s   {len(ruleset.rules):,} rules")
    spent = {"parse": 0.0, "match": 0.0, "correlate": 0.0}
    detector = Detector(ruleset)
    events = matches = 0
    for block in blocks(arguments.log, _LINE_LIMIT):
        started = time.process_time()
        parsed = parse(block.lines, ParseContext(arguments.format, "UTC", datetime.now(UTC))).events
        spent["parse"] += time.process_time() - started
        batch = with_envelope(parsed, events, arguments)
        started = time.process_time()
        matched = match(batch, ruleset)
        spent["match"] += time.process_time() - started
        started = time.process_time()
        detector.correlate(batch, matched, drill=False)
        spent["correlate"] += time.process_time() - started
        events += batch.num_rows
        matches += matched.num_rows
    for step, seconds in spent.items():
        print(f"{step:16} {events / seconds:10,.0f} events per CPU-s")
    together = events / sum(spent.values())
    print(f"{'together':16} {together:10,.0f} events per CPU-s   {events:,} events, {matches:,} matches")
    print(f"{'memory':16} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10,.0f} MB")


def with_envelope(parsed: pa.RecordBatch, first: int, arguments: argparse.Namespace) -> pa.RecordBatch:
    """Add what the pipeline sets."""
    given = {"log_product": arguments.product, "log_category": arguments.category}
    columns = {
        name: pa.repeat(pa.scalar(given.get(name), ENVELOPE[name]), parsed.num_rows)
        for name in ("feed_id", "platform_id", "log_product", "log_category", "log_service")
    }
    columns["event_id"] = pa.array(range(first, first + parsed.num_rows), pa.int64())
    return pa.RecordBatch.from_arrays([*columns.values(), *parsed.columns], names=[*columns, *parsed.schema.names])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("rules", type=Path, nargs="+")
    parser.add_argument("--format", default="nginx")
    parser.add_argument("--product", default="nginx")
    parser.add_argument("--category", default="webserver")
    measure(parser.parse_args())
