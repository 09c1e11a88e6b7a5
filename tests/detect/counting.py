"""Correlation rules, logs of events for them, and what brute force finds there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyarrow as pa
from detect import events as making

from warroom.detect import Detector, RuleSet
from warroom.model import UTC_MICROSECONDS, Alert

SECOND = 1_000_000
LATENESS = 600
SPAN = 60
BUCKET = 300
OPERATORS = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
    "eq": int.__eq__,
    "neq": int.__ne__,
}

Log = list[tuple[int, str, str | None]]  # (second, address, user)


def rules(condition: dict[str, Any], *, kind: str = "event_count", **more: object) -> RuleSet:
    base = {"name": "base", "detection": {"s": {"kind": "x"}, "condition": "s"}}
    counting = {
        "title": "Many",
        "level": "high",
        "correlation": {
            "type": kind,
            "rules": ["base"],
            "group-by": ["c-ip"],
            "timespan": f"{SPAN}s",
            "condition": condition,
        }
        | more,
    }
    return making.ruleset(counting, base)


def batches(log: Log, cuts: list[int], feeds: list[str] | None = None) -> list[pa.RecordBatch]:
    whole = making.batch(
        [{"kind": "x"} for _ in log], core={"source_ip": [a for _, a, _ in log], "user_name": [u for *_, u in log]}
    )
    times = pa.array([second * SECOND for second, *_ in log], UTC_MICROSECONDS)
    whole = whole.set_column(whole.schema.get_field_index("ts"), "ts", times)
    if feeds:
        whole = whole.set_column(whole.schema.get_field_index("feed_id"), "feed_id", pa.array(feeds))
    edges = [0, *sorted(cuts), len(log)]
    return [whole.slice(start, end - start) for start, end in pairwise(edges)]


def run(ruleset: RuleSet, log: Log, cuts: list[int], feeds: list[str] | None = None) -> dict[tuple[str, str], int]:
    """Alerts as (rule, id) → number of events."""
    detector = Detector(ruleset)
    alerts = [alert for batch in batches(log, cuts, feeds) for alert in detector.detect(batch, drill=False).alerts]
    return total(alerts + detector.finish())


def total(alerts: list[Alert]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for alert in alerts:
        key = alert.rule_title, alert.alert_id
        counts[key] = counts.get(key, 0) + alert.count
    return counts


def brute_force(
    log: Log, condition: dict[str, int], *, distinct: bool, feeds: list[str] | None = None
) -> dict[tuple[str, int], int]:
    """(address, bucket) → events in windows for which the condition holds; late is late for the event's feed."""
    growing = set(condition) <= {"gt", "gte"}
    newest: dict[str, int] = {}
    accepted = []
    for number, ((second, address, user), feed) in enumerate(zip(log, feeds or ["feed"] * len(log), strict=True)):
        newest[feed] = max(second, newest.get(feed, second))
        if second >= newest[feed] - LATENESS:
            accepted.append((second, number, address, user))
    covered: dict[tuple[str, int], set[int]] = {}
    for address in {entry[2] for entry in accepted}:
        own = sorted(entry for entry in accepted if entry[2] == address)
        windows = [[other for other in own[: place + 1] if other[0] >= end[0] - SPAN] for place, end in enumerate(own)]
        for window in windows:
            if not growing and any(set(window) < set(other) for other in windows):
                continue
            count = len({user for *_, user in window if user is not None}) if distinct else len(window)
            if all(OPERATORS[name](count, limit) for name, limit in condition.items()):
                key = address, window[-1][0] // BUCKET
                covered.setdefault(key, set()).update(number for _, number, *_ in window)
    return {key: len(numbers) for key, numbers in covered.items()}
