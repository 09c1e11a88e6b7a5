"""A rule that is being written is checked, and tried on what is stored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bench.live import BEGIN, Live, lines, rule_files

from warroom.bench import instant
from warroom.bench.backtest import BackTest
from warroom.bench.instant import try_rule
from warroom.store.database import to_us

DRAFT = """\
title: Draft
id: 5d5f0f3a-1111-4111-8111-111111111111
logsource: {product: govplatform, service: kyc}
detection: {s: {kind|contains: d}, condition: s}
level: low
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:

    made = Live(tmp_path_factory.mktemp("instant"))
    made.take("one", lines(random.Random(4), 60, BEGIN))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instant, "now_us", lambda: to_us(BEGIN + timedelta(hours=1)))


def test_a_draft_is_tried_on_the_last_hours(live: Live) -> None:
    found = try_rule(DRAFT, live.state, live.data, 2)
    assert isinstance(found, BackTest)
    assert found.complete
    assert [one.events > 0 for one in found.rules.values()] == [True]
    before = try_rule(DRAFT, live.state, live.data, 0.01)
    assert isinstance(before, BackTest)
    assert [one.events for one in before.rules.values()] == [0]


def test_a_correlation_may_rest_on_rules_that_are_there(live: Live) -> None:
    text = rule_files()["event_count.yml"].replace("9000", "9999")
    found = try_rule(text, live.state, live.data, 2, others=[live.settings.detectors])
    assert isinstance(found, BackTest)
    assert [name[19:23] for name in found.rules] == ["9999"]
    faults = try_rule(text, live.state, live.data, 2)
    assert isinstance(faults, list)
    assert "letter_a" in faults[0].reason


@pytest.mark.parametrize("text", ["title: x", "a: [", "", "x" * (1 << 20), "title: x\nfilter: {}"])
def test_what_is_no_rule_is_told(live: Live, text: str) -> None:
    faults = try_rule(text, live.state, live.data, 2)
    assert isinstance(faults, list)
    assert {fault.file for fault in faults} == {"draft.yml"}


def test_it_ends_in_time(live: Live) -> None:
    found = try_rule(DRAFT, live.state, live.data, 2, seconds=0)
    assert isinstance(found, BackTest)
    assert Path(live.data).is_dir()
