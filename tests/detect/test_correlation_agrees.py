"""Every type of correlation and chains of them agree with brute force: whatever the batches, the order, a restart."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from detect import events as making
from detect.counting import Log, Seen, batches, correlation, expected, named, run, total
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect import Detector, RuleSet

COUNTS: list[dict[str, Any]] = [
    {"gte": 3},
    {"gt": 1},
    {"gt": 1.5},
    {"lt": 3},
    {"lte": 2},
    {"eq": 2},
    {"neq": 1},
    {"gte": 2, "lte": 3},
    {"gt": 0.5, "neq": 2},
]
AMOUNTS: list[dict[str, Any]] = [
    {"gt": 30},
    {"gte": 10.1},
    {"gte": 0.3},
    {"lt": 20},
    {"lte": 0.3},
    {"eq": 10},
    {"neq": 0},
    {"gt": 5, "lte": 40},
]
EXPRESSIONS = ["a and b", "a or b", "a and not b", "not (a and b)", "a and (b or c)", "c and not (a or b)"]
SIZES = ["0", "0.1", "0.2", "1", "5", "10", "10.1", "25", "7e1", "junk", "", "1 ", None]
ORDERED_SIZES = [*SIZES, "-5", "-0.1"]


@st.composite
def documents(draw: st.DrawFn, name: str | None = None) -> dict[str, Any]:
    """A correlation over rules a, b, c."""
    kind = draw(
        st.sampled_from(
            [
                "event_count",
                "value_count",
                "value_sum",
                "value_avg",
                "value_percentile",
                "share",
                "temporal",
                "temporal_ordered",
                "expression",
            ]
        )
    )
    letters = draw(st.sampled_from([["a"], ["a", "b"], ["b", "a", "c"]]))
    condition: object = None
    if kind in ("event_count", "value_count"):
        condition = draw(st.sampled_from(COUNTS))
    elif kind in ("value_sum", "value_avg", "value_percentile"):
        condition = draw(st.sampled_from(AMOUNTS)) | {"field": "size"}
    if kind == "value_count":
        fields = draw(st.sampled_from([["cs-username"], ["cs-username", "size"], "size"]))
        condition = {**condition, "field": fields}  # type: ignore[dict-item]
    if kind == "value_percentile":
        condition = {**condition, "percentile": draw(st.sampled_from([0, 10, 50, 90, 100]))}  # type: ignore[dict-item]
    if kind == "share":
        kind = "value_percentile"
        condition = {"field": "cs-username"} | draw(st.sampled_from([{"lte": 34}, {"gt": 50}, {"eq": 100}]))
    if kind in ("temporal", "temporal_ordered"):
        letters = draw(st.permutations(["a", "b", "c"]))[: draw(st.integers(1, 3))]
        condition = draw(st.sampled_from([None, None, {"gte": 2}, {"eq": 1}, {"lt": 3}]))
    if kind == "expression":
        kind = "temporal"
        condition = draw(st.sampled_from(EXPRESSIONS))
        letters = [letter for letter in "abc" if letter in condition.replace("and", "").replace("not", "")]
    grouping = draw(st.sampled_from([["c-ip"], ["c-ip", "cs-username"], [], ["who"]]))
    more: dict[str, Any] = {"name": name} if name else {}
    if grouping == ["who"]:
        more["aliases"] = {"who": dict.fromkeys(letters, "c-ip") | {letters[-1]: "cs-username"}}
    span = draw(st.sampled_from(["60s", "1m", "7s", "10m"]))
    return correlation(kind, condition, rules=list(letters), group_by=grouping, timespan=span, **more)


@st.composite
def chains(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A correlation over another one and a rule, or over two others."""
    inner = draw(documents(name="inner"))
    refers = draw(st.sampled_from([["inner"], ["inner", "a"], ["a", "inner"], ["other", "inner"]]))
    others = [draw(documents(name="other"))] if "other" in refers else []
    kind = draw(st.sampled_from(["event_count", "value_count", "temporal", "temporal_ordered", "expression", "sum"]))
    condition: object = None
    if kind == "event_count":
        condition = draw(st.sampled_from(COUNTS))
    elif kind == "value_count":
        condition = draw(st.sampled_from(COUNTS)) | {"field": draw(st.sampled_from(["c-ip", "cs-username"]))}
    elif kind == "sum":
        kind = draw(st.sampled_from(["value_sum", "value_avg"]))
        condition = draw(st.sampled_from(AMOUNTS)) | {"field": "c-ip"}
    elif kind == "expression":
        kind = "temporal"
        condition = draw(st.sampled_from([" and ".join(refers), " and not ".join(refers), " or ".join(refers)]))
    grouping = draw(st.sampled_from([["c-ip"], ["cs-username"], []]))
    span = draw(st.sampled_from(["60s", "5m", "2s"]))
    generate = draw(st.booleans())
    outer = correlation(
        kind, condition, title="Outer", name="outer", rules=refers, group_by=grouping, timespan=span, generate=generate
    )
    chain = [inner, *others, outer]
    if draw(st.booleans()):
        chain.append(correlation("event_count", {"gte": 2}, title="Last", rules=["outer"], group_by=grouping))
    return draw(st.permutations(chain))


def logs(sizes: list[str | None]) -> st.SearchStrategy[Log]:
    seen = st.builds(
        Seen,
        second=st.one_of(st.integers(0, 900), st.integers(280, 320)),
        address=st.sampled_from(["192.0.2.1", "192.0.2.1", "12", "3"]),
        user=st.sampled_from(["u1", "u2", "12", None]),
        kind=st.sampled_from(["a", "a", "b", "c", "ab", "abc", "none"]),
        size=st.sampled_from(sizes),
    )
    return st.lists(seen, min_size=1, max_size=40)


def check(ruleset: RuleSet, log: Log, cuts: list[int], feeds: list[str] | None = None) -> None:
    assert not ruleset.refused
    wanted = expected(ruleset, log, feeds)
    cuts = sorted({min(cut, len(log)) for cut in cuts})
    assert run(ruleset, log, [], feeds) == wanted
    assert run(ruleset, log, cuts, feeds) == wanted
    assert restarted(ruleset, log, cuts, feeds) == wanted


def restarted(ruleset: RuleSet, log: Log, cuts: list[int], feeds: list[str] | None) -> dict[str, int]:
    """Alert id → number of events, where each batch meets a detector rebuilt from the stored rows."""
    stored = []
    clocks: dict[str, int] = {}
    alerts = []
    detector = Detector(ruleset)
    for batch in batches(log, cuts, feeds):
        detector = Detector(ruleset)
        detector.restore(stored, clocks)
        found = detector.detect(batch, drill=False)
        alerts += found.alerts
        stored.append(found.matches)
        for feed, time in zip(batch["feed_id"].to_pylist(), batch["ts"].cast(pa.int64()).to_pylist(), strict=True):
            clocks[feed] = max(time, clocks.get(feed, time))
    return total(alerts + detector.finish())


def every_type(document: dict[str, Any], log: Log, cuts: list[int]) -> None:
    check(making.ruleset(*named("a", "b", "c"), document), log, cuts)


def below_zero(document: dict[str, Any], log: Log, cuts: list[int]) -> None:
    log = sorted(log, key=lambda seen: seen.second)
    # What comes late takes nothing back: neither may an event of the same moment in a batch of its own.
    cuts = [cut for cut in cuts if 0 < cut < len(log) and log[cut - 1].second < log[cut].second]
    check(making.ruleset(*named("a", "b", "c"), document), log, cuts)


def chained(documents: list[dict[str, Any]], log: Log, cuts: list[int]) -> None:
    check(making.ruleset(*named("a", "b", "c"), *documents), log, cuts)


def feeds_apart(documents: list[dict[str, Any]], log: Log, cuts: list[int], seed: int) -> None:
    dice = random.Random(seed)
    feeds = [dice.choice("ab") for _ in log]
    # Windows wait for feeds that have spoken.
    first: Log = [Seen(-600, "198.51.100.1", kind="none")] * 2
    check(making.ruleset(*named("a", "b", "c"), *documents), first + log, cuts, ["a", "b", *feeds])


def drawn_from(agree: Callable[..., None]) -> Callable[..., None]:
    """Let Hypothesis draw what a comparison needs."""
    drawn: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "every_type": {"document": documents(), "log": logs(SIZES)},
        "below_zero": {"document": documents(), "log": logs(ORDERED_SIZES)},
        "chained": {"documents": chains(), "log": logs(SIZES)},
        "feeds_apart": {
            "documents": st.one_of(documents().map(lambda one: [one]), chains()),
            "log": logs(SIZES),
            "seed": st.integers(0, 1 << 30),
        },
    }
    return given(cuts=st.lists(st.integers(0, 40), max_size=6), **drawn[agree.__name__])(agree)


EXAMPLES = int(os.environ.get("WARROOM_EXAMPLES", "25000"))
ALL = pytest.mark.parametrize("agree", [every_type, below_zero, chained, feeds_apart])


@ALL
def test_correlations_agree_with_brute_force(agree: Callable[..., None]) -> None:
    settings(max_examples=25, deadline=None)(drawn_from(agree))()


@ALL
@pytest.mark.slow
def test_scores_of_correlations_agree_with_brute_force(agree: Callable[..., None]) -> None:
    settings(max_examples=60, deadline=None)(drawn_from(agree))()


@ALL
@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_great_many_correlations_agree_with_brute_force(agree: Callable[..., None]) -> None:
    settings(max_examples=EXAMPLES, deadline=None)(drawn_from(agree))()


LONG: list[list[dict[str, Any]]] = [
    [correlation("event_count", {"gte": 4}, rules=["a", "b"])],
    [correlation("event_count", {"lt": 3}, rules=["a"])],
    [correlation("value_count", {"gt": 2, "field": "cs-username"}, rules=["a", "b"], timespan="7m")],
    [correlation("temporal_ordered", None, rules=["a", "b", "c"], timespan="5m")],
    [correlation("temporal", "a and not b", rules=None, timespan="5m")],
    [correlation("value_sum", {"gte": 40.2, "field": "size"}, rules=["a", "b"])],
    [correlation("value_percentile", {"lte": 30, "field": "cs-username"}, rules=["a"], timespan="5m")],
    [
        correlation("event_count", {"gte": 3}, rules=["a"], name="inner", timespan="3m"),
        correlation("temporal_ordered", None, rules=["inner", "b"], title="Outer", timespan="10m"),
    ],
    [
        correlation("event_count", {"lte": 1}, rules=["a"], name="inner", timespan="3m"),
        correlation("value_count", {"gte": 3, "field": "c-ip"}, rules=["inner"], group_by=[], title="Outer"),
    ],
]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(LONG)))
def test_what_goes_from_memory_changes_nothing(number: int) -> None:
    """Thousands of events in hundreds of batches: rows go, runs are merged, groups get new numbers."""
    dice = random.Random(number)
    moments = sorted(dice.randrange(10 * 3600) for _ in range(3000))
    log = [
        Seen(
            moment - dice.choice([0, 0, 0, 0, 30, 300, 550, 900]),
            f"192.0.2.{dice.randrange(1 + moment // 400, 12 + moment // 400)}",
            dice.choice(["u1", "u2", "u3", None]),
            dice.choice(["a", "a", "b", "c", "ab", "none"]),
            dice.choice(SIZES),
        )
        for moment in moments
        for _ in range(dice.choice([1, 1, 1, 4]))
    ]
    ruleset = making.ruleset(*named("a", "b", "c"), *LONG[number])
    wanted = expected(ruleset, log)
    assert len(wanted) > 10
    for size in (25, 130, len(log)):
        assert run(ruleset, log, list(range(size, len(log), size))) == wanted
    half = len(log) // 2
    assert restarted(ruleset, log, [half, half + 1, half + 500], None) == wanted
