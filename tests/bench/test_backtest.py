"""A back-test finds what live detection raised on the same events: the same alerts, the same counts."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from bench.live import BEGIN, Live, digest, fill, lines, named, raised

from warroom.bench import backtest, backtest_slices
from warroom.bench.backtest import BackTest, back_test
from warroom.bench.backtest_choice import alerting, chosen
from warroom.bench.backtest_figures import Found, Tally
from warroom.detect import load_rules
from warroom.store import compaction
from warroom.store.database import to_us
from warroom.store.event_files import event_segments

ALWAYS = (0, 1 << 60)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    made = Live(tmp_path_factory.mktemp("live"))
    fill(made, 7, 200, (30, 70))
    yield made
    made.close()


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A store whose small files were merged around large ones, which the events of one feed overlap then."""
    made = Live(tmp_path_factory.mktemp("merged"))
    fill(made, 11, 36, (9,), ("one", "three"))
    made.take("one", lines(random.Random(1), 150, BEGIN + timedelta(minutes=20)))
    fill(made, 12, 36, (9,), ("one", "three"))
    with pytest.MonkeyPatch.context() as patch:
        large = max(one.bytes for one in event_segments(made.state))
        patch.setattr(compaction, "SMALL_BYTES", large)
        patch.setattr(compaction, "ENOUGH", 4)
        assert made.compact() >= 16
    yield made
    made.close()


@dataclass
class Whole:
    """A back-test of everything: what came of it, how it went on, and by rule each alert's first and last time."""

    found: BackTest
    told: list[tuple[float, int]]
    seen: dict[str, dict[str, tuple[int, int]]]


@pytest.fixture(scope="module")
def whole(live: Live) -> Whole:
    seen: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)

    class Noted(Tally):
        def add(self, found: Found) -> None:
            super().add(found)
            first, last = seen[found.rule_id].get(found.alert_id, (found.first_at, found.last_at))
            seen[found.rule_id][found.alert_id] = min(first, found.first_at), max(last, found.last_at)

    told: list[tuple[float, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "Tally", Noted)
        found = back_test(live.state, live.data, live.rules, *ALWAYS, progress=lambda *step: told.append(step))
    return Whole(found, told, seen)


def assert_as_live(live: Live, found: BackTest) -> None:
    stored = raised(live.state)
    for name, one in found.rules.items():
        own = stored[name]
        assert one.alert_ids_digest == digest(own)
        assert one.alerts == sum(not drill for _, drill in own.values())
        assert one.drill_alerts == sum(drill for _, drill in own.values())
        assert one.events == sum(events for events, drill in own.values() if not drill)


def test_all_rules_raise_what_they_raised_live(live: Live, whole: Whole) -> None:
    found = whole.found
    assert set(found.rules) == set(alerting(live.rules))
    assert_as_live(live, found)
    assert [one.rule_id for one in found.rules.values() if not one.alerts] == []
    assert any(one.drill_alerts for one in found.rules.values())
    assert found.late == live.intake.write_left_out().late > 0
    assert found.complete
    assert found.events == sum(one.rows for one in event_segments(live.state))


def test_however_the_events_are_cut(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    _cut(monkeypatch, 40)
    assert_as_live(live, back_test(live.state, live.data, live.rules, *ALWAYS))


@pytest.mark.parametrize("slice_of", [50, 1 << 16])
def test_merged_files_that_overlap(merged: Live, monkeypatch: pytest.MonkeyPatch, slice_of: int) -> None:
    _cut(monkeypatch, slice_of)
    assert_as_live(merged, back_test(merged.state, merged.data, merged.rules, *ALWAYS))


def test_files_that_are_merged_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(tmp_path)
    fill(live, 3, 40, (10,), ("one", "three"))
    before = event_segments(live.state)
    monkeypatch.setattr(compaction, "ENOUGH", 4)
    assert live.compact()
    gone = {one.path for one in before} - {one.path for one in event_segments(live.state)}
    for one in gone:
        (live.data / one).unlink()
    monkeypatch.setattr(backtest, "event_segments", lambda _state: before)
    assert_as_live(live, back_test(live.state, live.data, live.rules, *ALWAYS))
    live.close()


@pytest.mark.parametrize("name", ["letter_e", "chain", "few"])
def test_one_rule_alone_raises_what_it_raises_among_others(live: Live, whole: Whole, name: str) -> None:
    alone = chosen(live.rules, {named(live.rules, name)})
    found = back_test(live.state, live.data, alone, *ALWAYS)
    assert found.rules == {named(live.rules, name): whole.found.rules[named(live.rules, name)]}
    if name == "letter_e":  # which asks for the service of some feeds: nothing is read of the others
        kyc = {"one", "two", "practice"}
        assert found.files_read == sum(one.feed_id in kyc for one in event_segments(live.state)) < found.files


def test_of_a_span_what_live_detection_had_raised_there(live: Live, whole: Whole) -> None:
    since, until = (to_us(BEGIN + timedelta(minutes=one)) for one in (20, 45))  # whole five minutes
    found = back_test(live.state, live.data, live.rules, since, until)
    cut = 0
    for name, one in found.rules.items():
        own = {key for key, (first, last) in whole.seen[name].items() if first < until and last >= since}
        assert one.alert_ids_digest == digest(own), name
        cut += 0 < len(own) < len(whole.seen[name])
    assert cut > len(found.rules) // 2
    times = _times(live)
    assert found.events == sum(since <= one < until for one in times) < found.passed
    assert found.days == pytest.approx(25 / 1440)


def test_a_whole_window_was_looked_at_though_nothing_happened_at_its_end(live: Live) -> None:
    alone, newest, hour = chosen(live.rules, {named(live.rules, "letter_e")}), max(_times(live)), 3_600_000_000
    found = back_test(live.state, live.data, alone, newest - hour, newest + 5 * hour)
    assert found.days == pytest.approx(6 / 24)
    found = back_test(live.state, live.data, alone, newest - hour, newest + 30 * hour)
    assert found.days == pytest.approx(1 / 24)  # a day without anything: nothing is stored of it


def test_what_was_looked_at_begins_with_the_feeds_that_the_rule_looks_at(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.take("three", lines(random.Random(1), 9, BEGIN - timedelta(days=3)))  # not of the service that e asks for
    live.take("one", lines(random.Random(2), 9, BEGIN))
    span = tuple(to_us(BEGIN + timedelta(days=days)) for days in (-9, 0.5))
    days = {
        name: back_test(live.state, live.data, chosen(live.rules, {named(live.rules, name)}), *span).days
        for name in ("letter_a", "letter_e")
    }
    assert days == {"letter_a": pytest.approx(3.5, abs=0.02), "letter_e": pytest.approx(0.5, abs=0.02)}
    live.take("one", lines(random.Random(3), 9, BEGIN - timedelta(days=3)))
    found = back_test(live.state, live.data, live.rules, to_us(BEGIN - timedelta(days=1)), span[1])
    assert found.days == 1.5  # all that was asked for: there are older events
    assert {one.alerts_per_day is None for one in found.rules.values()} == {False}
    live.close()


def test_it_tells_how_far_it_is_and_can_be_cancelled(live: Live, whole: Whole) -> None:
    assert whole.told == sorted(whole.told)
    assert whole.told[-1] == (1.0, whole.found.events)
    cancelled = threading.Event()

    def enough(part: float, _events: int) -> None:
        if part > 0.3:
            cancelled.set()

    alone = chosen(live.rules, {named(live.rules, "letter_d")})
    found = back_test(live.state, live.data, alone, *ALWAYS, cancelled=cancelled, progress=enough)
    assert not found.complete
    assert 0 < found.events < whole.found.events


def test_figures_name_who_and_when(live: Live, whole: Whole) -> None:
    found = whole.found.rules[named(live.rules, "letter_e")]
    assert sum(count for _, _, count in found.by_entity) == found.alerts
    assert {kind for kind, _, _ in found.by_entity} == {"address"}
    assert found.event_ids == tuple(sorted(found.event_ids))
    assert found.first_at is not None
    assert found.last_at is not None
    assert to_us(BEGIN) - 900_000_000 <= found.first_at < found.last_at
    assert found.alerts_per_day is None  # of a few hours, which tell nothing of a day
    assert whole.found.days < 1


BY_ACCOUNT = """\
title: By account
id: 00000000-0000-4000-8000-0000000000f1
correlation: {type: event_count, rules: [letters], group-by: [user.name], timespan: 10m, condition: {gte: 2}}
level: low
---
title: Letters
id: 00000000-0000-4000-8000-0000000000f2
name: letters
logsource: {product: govplatform}
detection: {s: {kind|contains: a, user.name|exists: true}, condition: s}
level: low
"""


def test_a_correlation_is_counted_by_what_it_groups_by(live: Live, tmp_path: Path) -> None:
    (tmp_path / "by_account.yml").write_text(BY_ACCOUNT, encoding="utf-8")
    found = back_test(live.state, live.data, load_rules([tmp_path]), *ALWAYS)
    (figures,) = found.rules.values()
    assert figures.alerts
    assert {kind for kind, _, _ in figures.by_entity} == {"user"}


def test_a_noisy_rule_costs_no_memory_without_end() -> None:
    tally = Tally("noisy", most=3)
    for number in range(9):
        entity = ("address", f"192.0.2.{number % 2}")
        tally.add(Found("noisy", f"{number % 6 << 192:064x}", 2, number, number, entity, (number,), drill=False))
    figures = tally.figures(2.0)
    assert (figures.alerts, figures.at_least, figures.events) == (3, True, 18)
    assert figures.alerts_per_day == 1.5
    assert figures.by_entity == (("address", "192.0.2.0", 2), ("address", "192.0.2.1", 1))


def _times(live: Live) -> list[int]:
    files = (live.data / one.path for one in event_segments(live.state))
    return [to_us(at) for file in files for at in pq.read_table(file, columns=["ts"]).column("ts").to_pylist()]


def _cut(monkeypatch: pytest.MonkeyPatch, slice_of: int) -> None:
    for name in ("_FIRST", "_LEAST", "_MOST"):
        monkeypatch.setattr(backtest_slices, name, slice_of)
