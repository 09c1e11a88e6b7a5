"""`./run drill record` writes down which rules found which attacks; the shipped record is what a play gives."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from making import new_store
from sqlalchemy import insert

from warroom.__main__ import main
from warroom.catalog import load_platforms
from warroom.commands import drill_run
from warroom.drill.found import load_record
from warroom.drill.truth import TRUTH
from warroom.store.tables import alerts


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))


def test_a_play_is_recorded_with_the_rules_that_found_its_attacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules := tmp_path / "rules").mkdir()
    (rules / "one.yml").write_text(
        "title: One\nid: 00000000-0000-4000-8000-000000000001\nstatus: test\nlogsource: {product: govplatform}\n"
        "detection: {s: {a: b}, condition: s}\nlevel: low\n"
    )
    monkeypatch.setenv("WARROOM_DETECTORS", str(rules))
    monkeypatch.setattr(drill_run, "play_and_score", _played)
    assert main(["drill", "record", "--seed", "7", "--to", str(tmp_path / "found.json")]) == 0
    assert "1 of 80 attacks found by 1 rules" in capsys.readouterr().out
    record = load_record(tmp_path / "found.json")
    assert record is not None
    assert (record.scenario, record.seed) == ("all_platforms", 7)
    assert datetime.fromisoformat(record.played_at).tzinfo is not None
    found = {name: one for name, one in record.attacks.items() if one.rules}
    assert set(found) == {"gdx_clock"}
    assert (found["gdx_clock"].platform_id, set(found["gdx_clock"].rules)) == (
        "gdx",
        {"00000000-0000-4000-8000-000000000001"},
    )
    assert {one.platform_id for one in record.attacks.values()} == set(load_platforms())


def _played(_name: str, _scenario: object, seed: int, seconds: float, folder: Path, *, every: float) -> None:
    """Leave what a play of an hour leaves in which one attack was found."""
    assert (seed, seconds) == (7, 3600)
    assert 0 < every < seconds
    at = "2026-11-22T01:00:00+00:00"
    attack: dict[str, Any] = {"play": "p", "attack": "gdx_clock", "kind": "steps", "platform": "gdx", "first_at": at}
    attack |= {"last_at": at, "lines": 1, "logs": {}, "entities": [["host", "gdx-node-3"]], "finished": True}
    (folder / TRUTH).parent.mkdir()
    (folder / TRUTH).write_text(json.dumps(attack) + "\n")
    moment = int(datetime.fromisoformat(at).timestamp() * 1_000_000)
    row: dict[str, Any] = {"id": "a", "rule_id": "00000000-0000-4000-8000-000000000001", "rule_title": "One"}
    row |= {"rule_title_th": "", "severity": "low", "platform_id": "gdx", "feed_id": "f", "count": 1, "drill": True}
    row |= {"event_ids": "[]", "tags": "[]", "waiting": False, "entities": '[["host", "gdx-node-3"]]'}
    row |= dict.fromkeys(("first_at", "last_at", "raised_at"), moment)
    with new_store(folder / "state.db") as state, state.write() as connection:
        connection.execute(insert(alerts), [row])


@pytest.mark.soak
def test_what_is_recorded_is_found_again(tmp_path: Path) -> None:
    shipped = load_record()
    assert shipped is not None
    assert main(["drill", "record", "--seed", str(shipped.seed), "--to", str(tmp_path / "found.json")]) == 0
    played = load_record(tmp_path / "found.json")
    assert played is not None
    lost = {name for name, one in shipped.attacks.items() if one.rules and not played.attacks[name].rules}
    assert lost == set()
    again: Counter[str] = Counter()
    for name, one in shipped.attacks.items():
        again[one.platform_id] += len(one.rules.keys() & played.attacks[name].rules.keys())
    assert set(again) == set(load_platforms())
    assert [platform for platform, rules in again.items() if not rules] == []
