"""Measures the correlation stage alone: events that rules matched already, in events per CPU-second, and memory.

python benchmarks/correlation.py [--events 4000000] [--batch 65536] [LANE…]

Lanes: uniform (keys drawn at random, no alert), hot (one key), values (value_count, no alert), ordered (two rules in
order, no alert), many (each of 20,000 keys raises alerts), near (each key just below its limit, so that a glance
rejects none).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from warroom.detect import MATCHED, Detector, RuleSet, assemble
from warroom.detect.sigma_rule import read_document
from warroom.model import UTC_MICROSECONDS

#: Five minutes, in seconds.
WINDOW = 300
KEYS = 200_000


@dataclass(frozen=True)
class Lane:
    """A correlation, its share of ``KEYS``, and how many events a key has in five minutes."""

    body: dict[str, Any]
    keys: int = KEYS
    in_window: float = 2.0
    rules: int = 1


LANES = {
    "uniform": Lane({"type": "event_count", "condition": {"gte": 20}}),
    "hot": Lane({"type": "event_count", "condition": {"gte": 10}}, keys=1, in_window=100_000),
    "values": Lane({"type": "value_count", "condition": {"field": "cs-username", "gte": 20}}),
    "ordered": Lane({"type": "temporal_ordered"}, rules=2),
    "many": Lane({"type": "event_count", "condition": {"gte": 5}}, keys=KEYS // 10, in_window=8),
    "near": Lane({"type": "event_count", "condition": {"gte": 9}}),
}


def rules_of(lane: Lane) -> RuleSet:
    """Make the lane's rules: ``base0`` matches all, ``base1`` what is dealt out here."""
    names = [f"base{number}" for number in range(lane.rules)]
    heading = {"title": "A rule", "logsource": {"category": "test"}}
    documents: list[dict[str, Any]] = [
        heading | {"name": name, "detection": {"s": {"kind": name}, "condition": "s"}} for name in names
    ]
    body = {"rules": names, "group-by": ["c-ip"], "timespan": f"{WINDOW}s"} | lane.body
    documents.append({"title": "Many", "correlation": body})
    return assemble([read_document(document, "rule.yml", 1) for document in documents])


def batches(lane: Lane, events: int, size: int) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Deal out events and what matched them, in the order of time but for some seconds."""
    dice = np.random.default_rng(1)
    a_second = lane.keys * lane.in_window / WINDOW
    addresses = pa.array([f"10.{key >> 16}.{key >> 8 & 255}.{key & 255}" for key in range(lane.keys)])
    users = pa.array([f"citizen{number:07}" for number in range(100_000)])
    for first in range(0, events, size):
        count = min(size, events - first)
        keys = dice.integers(0, lane.keys, count)
        seconds = np.arange(first, first + count) / a_second + dice.normal(0, 2, count)
        which = (keys % lane.rules).astype(np.int32)  # a key keeps to its rule: no two of them meet
        columns = {
            "event_id": pa.array(np.arange(first, first + count)),
            "ts": pa.array((seconds * 1e6).astype(np.int64)).cast(UTC_MICROSECONDS),
            "feed_id": pa.repeat("feed", count),
            "platform_id": pa.repeat("platform", count),
            "source_ip": addresses.take(pa.array(keys)),
            "user_name": users.take(pa.array(dice.integers(0, len(users), count))),
            "event_outcome": pa.repeat("failure", count),
        }
        matched = {"row": pa.array(np.arange(count, dtype=np.int32)), "rule": pa.array(which)}
        yield (
            pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns)),
            pa.RecordBatch.from_arrays([matched[name] for name in MATCHED.names], schema=MATCHED),
        )


def measure(name: str, events: int, size: int) -> None:
    """Print one line."""
    lane = LANES[name]
    detector = Detector(rules_of(lane))
    spent = 0.0
    alerts = 0
    for batch, matched in batches(lane, events, size):
        started = time.process_time()
        alerts += len(detector.correlate(batch, matched, drill=False))
        spent += time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    dropped = sum(detector.dropped.values())
    print(
        f"{name:10} {events / spent:12,.0f} events per CPU-s   {memory:6,.0f} MB   {detector.held:,} events held, "
        f"{alerts:,} alerts, {dropped:,} dropped",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lanes", nargs="*", default=[], metavar="LANE", help=", ".join(LANES))
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--batch", type=int, default=65_536)
    given = parser.parse_args()
    for one in given.lanes or LANES:  # each in a process of its own: memory is the process's
        worker = multiprocessing.get_context("spawn").Process(target=measure, args=(one, given.events, given.batch))
        worker.start()
        worker.join()
