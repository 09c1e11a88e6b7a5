"""Lines parsed per CPU-second, by format, in the chunks the collector makes.

Run ``PYTHONPATH=. python benchmarks/parse.py [FILE…]``. Without files the lines are made from the feeds' samples,
repeated with other times and addresses.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from warroom.catalog import Feed, load_feeds
from warroom.collect.reading import parse_context
from warroom.parse import ParseContext, parse, recognise

CHUNK = 4 << 20
LEAST = 300_000
ROOT = Path(__file__).resolve().parent.parent


def lines_of(sample: bytes) -> list[bytes]:
    """Repeat a sample with other seconds and addresses until there are enough lines."""
    lines = [line for line in sample.split(b"\n") if line.strip()]
    made: list[bytes] = []
    number = 0
    while len(made) < LEAST:
        number += 1
        second, host = b":%02d" % (number % 60), b"192.0.2.%d" % (number % 256)
        made += [line.replace(b":00 +", second + b" +").replace(b"192.0.2.10", host) for line in lines]
    return made


def measure(name: str, lines: list[bytes], context: ParseContext) -> None:
    """Parse the lines chunk by chunk and print the figures."""
    size = max(1, CHUNK * len(lines) // sum(map(len, lines)))
    chunks = [pa.array(lines[start : start + size], pa.binary()) for start in range(0, len(lines), size)]
    parse(chunks[0].slice(0, 100), context)
    began = time.process_time()
    events = sum(len(parse(chunk, context).events) for chunk in chunks)
    spent = time.process_time() - began
    megabytes = sum(map(len, lines)) / 1e6
    rates = f"{len(lines) / spent:>11,.0f} lines/CPU-s  {megabytes / spent:6.0f} MB/CPU-s"
    print(f"{name:32} {events:>9,} of {len(lines):,} lines  {rates}")


def context_of(feed: Feed) -> ParseContext:
    """Give a feed's context."""
    return parse_context(feed, datetime.now(UTC))


def main(paths: list[str]) -> None:
    """Measure the files given, or every feed's sample."""
    for path in paths:
        sample = Path(path).read_bytes()
        measure(Path(path).name, lines_of(sample), ParseContext(recognise(sample), "UTC", datetime.now(UTC)))
    if not paths:
        for feed in load_feeds(ROOT / "feeds", ROOT / "data")[0]:
            sample = (feed.file.parent / "samples" / f"{feed.id}.log").read_bytes()
            measure(feed.id, lines_of(sample), context_of(feed))


if __name__ == "__main__":
    main(sys.argv[1:])
