"""Correlation rules, logs of events for them, and what brute force finds there.

``expected`` is the second opinion on correlations: it looks at every event for every window, knows neither batches
nor columns, and has nothing of the engine but the correlation that was read and the words of its specification.
"""

from __future__ import annotations

import hashlib
import json
import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pyarrow as pa
from detect import events as making

from warroom.detect import Correlation, Detector, RuleSet
from warroom.detect.rules import Expression
from warroom.model import UTC_MICROSECONDS, Alert

SECOND = 1_000_000
LATENESS = 600
SPAN = 60
BUCKET = 300
OPERATORS = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}


@dataclass(frozen=True)
class Seen:
    """An event: each letter of ``kind`` is the name of a rule that matches it; ``size`` is a number, mostly."""

    second: int
    address: str = "192.0.2.1"
    user: str | None = None
    kind: str = "x"
    size: str | None = None


Log = list[Seen]
FIELDS = {"c-ip": "address", "cs-username": "user", "size": "size"}


def named(*names: str) -> list[dict[str, Any]]:
    """Rules, each of which matches the events whose kind has its one letter."""
    return [{"name": name, "detection": {"s": {"kind|contains": name}, "condition": "s"}} for name in names]


def correlation(kind: str, condition: object, *, title: str = "Many", **more: object) -> dict[str, Any]:
    body = {"type": kind, "rules": ["x"], "group-by": ["c-ip"], "timespan": f"{SPAN}s", "condition": condition}
    heading = {key: more.pop(key) for key in ("name", "id") if key in more}
    body |= {key.replace("_", "-"): value for key, value in more.items()}
    return heading | {
        "title": title,
        "level": "high",
        "correlation": {key: value for key, value in body.items() if value is not None},
    }


def rules(condition: object, *, kind: str = "event_count", **more: object) -> RuleSet:
    names = more.get("rules", ["x"]) or "abc"
    assert isinstance(names, list | str)
    return making.ruleset(correlation(kind, condition, **more), *named(*names))


def batches(log: Log, cuts: list[int], feeds: list[str] | None = None) -> list[pa.RecordBatch]:
    whole = making.batch(
        [{"kind": seen.kind} | ({} if seen.size is None else {"size": seen.size}) for seen in log],
        core={"source_ip": [seen.address for seen in log], "user_name": [seen.user for seen in log]},
    )
    times = pa.array([seen.second * SECOND for seen in log], UTC_MICROSECONDS)
    whole = whole.set_column(whole.schema.get_field_index("ts"), "ts", times)
    if feeds:
        whole = whole.set_column(whole.schema.get_field_index("feed_id"), "feed_id", pa.array(feeds))
    edges = [0, *sorted(cuts), len(log)]
    return [whole.slice(start, end - start) for start, end in pairwise(edges)]


def run(ruleset: RuleSet, log: Log, cuts: list[int], feeds: list[str] | None = None) -> dict[str, int]:
    """Alert id → number of events."""
    detector = Detector(ruleset)
    alerts = [alert for batch in batches(log, cuts, feeds) for alert in detector.detect(batch, drill=False).alerts]
    return total(alerts + detector.finish())


def total(alerts: list[Alert]) -> dict[str, int]:
    """Add up the correlations' alerts."""
    counts: dict[str, int] = {}
    for alert in alerts:
        if alert.rule_title == making.TITLE["title"]:
            continue
        counts[alert.alert_id] = counts.get(alert.alert_id, 0) + alert.count
    return counts


def expected(ruleset: RuleSet, log: Log, feeds: list[str] | None = None) -> dict[str, int]:
    """Alert id → number of events, of all correlations that raise alerts; late is late for the event's feed."""
    newest: dict[str, int] = {}
    accepted = []
    for number, (seen, feed) in enumerate(zip(log, feeds or ["feed"] * len(log), strict=True)):
        newest[feed] = max(seen.second, newest.get(feed, seen.second))
        if seen.second >= newest[feed] - LATENESS:
            accepted.append((number, seen))
    matches: list[list[Match]] = []
    found: dict[str, int] = {}
    for asked in ruleset.correlations:
        members = list(_members(asked, ruleset, accepted, matches))
        held = list(_held(asked, members))
        matches.append([Match(key, end, (asked.id, key, end // _bucket(asked))) for key, end, _ in held])
        if not asked.silent:
            found |= _alerts(asked, held)
    return found


@dataclass(frozen=True)
class Match:
    """A moment at which a correlation holds for a group, and the alert that it is part of."""

    key: tuple[str | None, ...]
    time: int
    alert: object


@dataclass(frozen=True)
class Member:
    key: tuple[str | None, ...]
    time: int
    event: object  # equal: the same event
    rule: int
    value: tuple[str, ...]
    alike: object  # equal: counts once in a window


Held = tuple[tuple[str | None, ...], int, list[Member]]


def _members(
    asked: Correlation, ruleset: RuleSet, log: list[tuple[int, Seen]], matches: list[list[Match]]
) -> Iterator[Member]:
    for rule, (name, member) in enumerate(zip(asked.rules, asked.members, strict=True)):
        if member >= 0:
            letter = ruleset.rules[member].name
            for number, seen in log:
                if letter in seen.kind:
                    known = {field: getattr(seen, column) for field, column in FIELDS.items()}
                    yield from _member(asked, name, rule, seen.second, ("event", number), known, ("event", number))
        else:
            inner = ruleset.correlations[~member]
            for match in matches[~member]:
                known = dict(zip(inner.group_by, match.key, strict=True))
                event = ("match", rule, match.key, match.time)
                yield from _member(asked, name, rule, match.time, event, known, match.alert)


def _member(
    asked: Correlation,
    name: str,
    rule: int,
    time: int,
    event: object,
    known: dict[str, str | None],
    alike: object,
) -> Iterator[Member]:
    def field(written: str) -> str | None:
        return known.get(asked.aliases.get(written, {}).get(name, written))

    value = [field(one) for one in asked.fields]
    numeric = asked.kind in ("value_sum", "value_avg") or asked.percentile is not None
    if None in value or (numeric and not _is_number(value[0])):
        return
    yield Member(tuple(map(field, asked.group_by)), time, event, rule, tuple(map(str, value)), alike)


def _is_number(text: str | None) -> bool:
    return text is not None and text.lstrip("-").replace(".", "", 1).replace("e", "", 1).isdigit()


def _held(asked: Correlation, members: list[Member]) -> Iterator[Held]:
    for key in {member.key for member in members}:
        group = [member for member in members if member.key == key]
        windows = {
            end: [member for member in group if end - asked.seconds <= member.time <= end]
            for end in {member.time for member in group}
        }
        if asked.kind == "value_percentile" and asked.percentile is None:
            yield from _rare(asked, key, windows)
            continue
        for end, window in windows.items():
            contained = any(
                len(other) > len(window) and all(member in other for member in window) for other in windows.values()
            )
            if not (contained and not _grows(asked)) and _true(asked, window):
                yield key, end, window


def _rare(asked: Correlation, key: tuple[str | None, ...], windows: dict[int, list[Member]]) -> Iterator[Held]:
    """Events whose value has its share of their window; an event that two rules matched is one."""
    for end, window in windows.items():
        single = {member.event: member for member in reversed(window)}
        for member in single.values():
            if member.time == end:
                share = 100 * sum(other.value == member.value for other in single.values()) / len(single)
                if _within(asked, share):
                    yield key, end, [member]


def _grows(asked: Correlation) -> bool:
    return (
        asked.kind not in ("value_avg", "value_percentile")
        and all(name in ("gt", "gte") for name, _ in asked.limits)
        and "not" not in repr(asked.expression)
    )


def _true(asked: Correlation, window: list[Member]) -> bool:  # noqa: PLR0911  one answer a type
    seen = {member.rule for member in window}
    if asked.expression is not None:
        return _truth(asked.expression, seen)
    if asked.kind == "temporal":
        return _within(asked, len(seen))
    if asked.kind == "temporal_ordered":
        return _within(asked, _most_in_order(window))
    if asked.kind == "value_count":
        return _within(asked, len({member.value for member in window}))
    # An event that two rules matched, or an alert that matched twice, is one.
    single = {member.alike: member for member in reversed(window)}
    if asked.kind == "event_count":
        return _within(asked, len(single))
    numbers = sorted(Fraction(member.value[0]) for member in single.values())
    if asked.kind == "value_sum":
        return _within(asked, float(sum(numbers)))
    if asked.kind == "value_avg":
        return _within(asked, float(sum(numbers)) / len(numbers))
    rank = max(1, math.ceil(Fraction(str(asked.percentile)) * len(numbers) / 100))
    return _within(asked, float(numbers[rank - 1]))


def _truth(expression: Expression, seen: set[int]) -> bool:
    if isinstance(expression, int):
        return expression in seen
    parts = [_truth(part, seen) for part in expression.parts]
    return {"and": all(parts), "or": any(parts), "not": not parts[0]}[expression.word]


def _most_in_order(window: list[Member]) -> int:
    """The longest chain of matches in the order of the rules; one moment's are in any order."""
    best: dict[int, int] = {}  # rule → most rules of a chain that ends with it
    for time in sorted({member.time for member in window}):
        for rule in sorted({member.rule for member in window if member.time == time}):
            best[rule] = max(best.get(rule, 0), 1 + max((best[one] for one in best if one < rule), default=0))
    return max(best.values())


def _within(asked: Correlation, measure: float) -> bool:
    return all(OPERATORS[name](measure, limit) for name, limit in asked.limits)


def _bucket(asked: Correlation) -> int:
    return max(asked.seconds, BUCKET)


def _alerts(asked: Correlation, held: Sequence[Held]) -> dict[str, int]:
    """An event counts for the first bucket with a window that holds it."""
    counted: dict[tuple[str | None, ...], set[object]] = {}
    found: dict[str, int] = {}
    for key, end, window in sorted(held, key=lambda one: one[1]):
        begin = end // _bucket(asked) * _bucket(asked) * SECOND
        text = json.dumps((asked.id, False, key, begin), ensure_ascii=True)
        identity = hashlib.sha256(text.encode()).hexdigest()
        new = {member.event for member in window} - counted.setdefault(key, set())
        counted[key] |= new
        found[identity] = found.get(identity, 0) + len(new)
    return found
