"""A storm of alerts becomes few incidents: the planted attacks and nothing else, whatever comes in which order."""

from __future__ import annotations

import importlib
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise, permutations
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from making import new_store
from sqlalchemy import func, insert, select

from warroom.incidents.campaigns import LEAST_STRANGERS
from warroom.incidents.grouping import group
from warroom.store import views
from warroom.store.database import State
from warroom.store.tables import alerts, incident_log, incidents

ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def storms() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module("storm")
    sys.path.remove(str(ROOT / "benchmarks"))


def check(outcome: object, told: int) -> None:
    assert 15 <= outcome.incidents <= 20  # type: ignore[attr-defined]
    assert outcome.apart  # type: ignore[attr-defined]
    assert outcome.right >= 0.95  # type: ignore[attr-defined]
    assert outcome.unaccounted == 0  # type: ignore[attr-defined]
    assert sum(sum(counts.values()) for counts in outcome.by_truth.values()) == told  # type: ignore[attr-defined]


@pytest.mark.parametrize("batch", [4_000, 500])
def test_a_planted_storm_becomes_its_attacks(storms: ModuleType, state: State, batch: int) -> None:
    told = storms.storm(3_000, 11)
    check(storms.run(state, told, batch=batch), len(told))
    rows = views.queue(state)
    assert sum(row.alert_count for row in rows) == len(told)
    with state.read() as connection:
        entries = connection.scalar(select(func.count()).select_from(incident_log))
    assert entries < 600  # not one for each alert


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_thousand_alerts_in_a_minute(storms: ModuleType, state: State, seed: int) -> None:
    told = storms.storm(100_000, seed)
    check(storms.run(state, told, seed=seed, batch=(100_000, 10_000, 3_000)[seed]), len(told))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(100, 130))
def test_storms_of_other_seeds(storms: ModuleType, state: State, seed: int) -> None:
    told = storms.storm(6_000, seed)
    check(storms.run(state, told, seed=seed, batch=1_500), len(told))


#: What alerts name: some of it joins, some is every stranger's (a carrier's NAT, the account of every machine).
NAMED = (
    *(("address", value) for value in ("203.0.113.1", "203.0.113.2", "100.64.0.1", "127.0.0.1")),
    *(("user", value) for value in ("anan", "SYSTEM")),
    *(("device", value) for value in ("phone-1",)),
    *(("host", value) for value in ("web-1", "pc-3")),
)
ENTITIES = st.lists(st.sampled_from(NAMED), max_size=3, unique=True)
DRILL = st.sampled_from((False, False, False, True))


def _may_be_a_campaign(told: list[tuple[object, ...]]) -> bool:
    """Say whether a rule has strangers enough for a campaign, which is not joined by name."""
    worth: Counter[object] = Counter()
    for entities, rule, *_ in told:
        worth[rule] += max(1, sum(kind == "address" for kind, _ in entities))  # type: ignore[attr-defined]
    return max(worth.values()) >= LEAST_STRANGERS


#: What an alert names, its rule, its severity, its minute, and whether it is of a drill.
ALERTS = st.lists(
    st.tuples(ENTITIES, st.integers(1, 4), st.sampled_from(("low", "high")), st.integers(0, 90), DRILL),
    min_size=6,
    max_size=14,
).filter(lambda told: not _may_be_a_campaign(told))


#: No time is spent on making an example smaller: that takes minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the database of an empty store, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "state.db"
    new_store(path).close()
    return path


def partition(empty: Path, told: list[tuple[object, ...]], **pieces: list[list[int]]) -> list[set[frozenset[int]]]:
    """Store alerts piece by piece, group after each, and give which are together, for each platform by itself.

    Platforms never share an incident, so several orders are compared at the cost of one.
    """
    with tempfile.TemporaryDirectory() as folder, State(f"sqlite:///{folder}/state.db") as state:
        shutil.copy(empty, Path(folder) / "state.db")
        for turn in range(max(map(len, pieces.values()))):
            fresh = [
                row(number, told[number], name)
                for name, order in pieces.items()
                for piece in order[turn : turn + 1]
                for number in piece
            ]
            with state.write("alerts") as connection:
                connection.execute(insert(alerts), fresh)
            group(state, HOUR)
        with state.read() as connection:
            found = connection.execute(select(alerts.c.id, alerts.c.incident_id, alerts.c.waiting)).all()
            counted = connection.execute(select(incidents.c.id, incidents.c.alert_count)).all()
    together: dict[str, dict[int, set[int]]] = {name: {} for name in pieces}
    for alert_id, incident_id, waiting in found:
        assert not waiting
        assert incident_id is not None
        name, _, number = alert_id.partition(" ")
        together[name].setdefault(incident_id, set()).add(int(number))
    inside = {incident_id: len(them) for parts in together.values() for incident_id, them in parts.items()}
    assert inside == {incident_id: count for incident_id, count in counted if count}
    return [{frozenset(them) for them in parts.values()} for parts in together.values()]


def row(number: int, told: tuple[object, ...], platform: str) -> dict[str, object]:
    entities, rule, severity, minute, drill = told
    at = 1_795_332_600_000_000 + int(str(minute)) * MINUTE
    return {
        "id": f"{platform} {number:04d}",
        "rule_id": f"rule-{rule}",
        "rule_title": f"Rule {rule}",
        "rule_title_th": "",
        "severity": severity,
        "platform_id": platform,
        "feed_id": "web",
        "first_at": at,
        "last_at": at,
        "raised_at": at,
        "count": 1,
        "entities": json.dumps(entities),
        "event_ids": "[]",
        "tags": "[]",
        "drill": drill,
        "waiting": True,
    }


#: An alert about a host and a client lay where an alert about the host alone found it, if it came before that.
HOST_OF_A_CLIENT = [
    ([("host", "web-1"), ("address", "203.0.113.1")], 1, "low", 21, False),
    ([("host", "web-1"), ("user", "anan")], 1, "low", 46, False),
    ([("user", "anan")], 1, "low", 36, False),
]


def assert_order_does_not_matter(empty: Path, told: list[tuple[object, ...]], seed: int) -> None:
    """Compare what is together when all comes at once, and when it comes in any order in one to four pieces."""
    dice = random.Random(seed)
    numbers = list(range(len(told)))
    dice.shuffle(numbers)
    cuts = sorted(dice.randrange(len(numbers) + 1) for _ in range(dice.randrange(4)))
    edges = [0, *cuts, len(numbers)]
    pieces = [numbers[start:end] for start, end in pairwise(edges) if start < end]
    in_pieces, at_once = partition(empty, told, gdx=pieces, tang_rat=[sorted(numbers)])
    assert in_pieces == at_once


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_comes_first_does_not_make_a_host_join_strangers(empty: Path, order: tuple[int, ...]) -> None:
    (found,) = partition(empty, HOST_OF_A_CLIENT, gdx=[[number] for number in order])
    assert found == {frozenset({0}), frozenset({1, 2})}


@pytest.mark.slow
@settings(max_examples=30, phases=PHASES)
@given(told=ALERTS, seed=st.integers(0, 1 << 30))
def test_neither_order_nor_batches_change_what_is_together(
    empty: Path, told: list[tuple[object, ...]], seed: int
) -> None:
    assert_order_does_not_matter(empty, told, seed)


@pytest.mark.soak
@pytest.mark.timeout(0)
@settings(max_examples=400, phases=PHASES)
@given(told=ALERTS, seed=st.integers(0, 1 << 30))
def test_neither_order_nor_batches_change_what_is_together_for_long(
    empty: Path, told: list[tuple[object, ...]], seed: int
) -> None:
    assert_order_does_not_matter(empty, told, seed)
