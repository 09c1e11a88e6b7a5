"""The record of a drill: which rules found which attacks, and that nothing counts that was changed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from making import new_store
from sqlalchemy import insert

from warroom.drill.found import FoundAttack, Record, load_record, recorded, rules_by_attack, standing
from warroom.drill.scenario import Scenario, load_scenario
from warroom.drill.truth import AttackTruth
from warroom.errors import ContentError
from warroom.model import Entity
from warroom.store.drill import PlayedAlert, played_alerts
from warroom.store.tables import alerts

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ATTACKER, SOMEBODY = Entity("address", "192.0.2.7"), Entity("address", "10.0.0.9")
RULE = "title: {title}\nid: one\nlogsource: {{product: p}}\ndetection: {{s: {{a: {value}}}, condition: s}}\n"


def truth(name: str, *entities: Entity, platform: str = "gdx") -> AttackTruth:
    end = START + timedelta(minutes=5)
    return AttackTruth("p", name, "steps", platform, START, end, 10, {}, frozenset(entities), finished=True)


def alert(number: int, rule: str, *entities: Entity, platform: str = "gdx", minutes: float = 1) -> PlayedAlert:
    at = START + timedelta(minutes=minutes)
    return PlayedAlert(number, rule, rule, platform, at, at, at, frozenset(entities))


def test_rules_that_found_an_attack_are_those_whose_alerts_show_it_where_it_was() -> None:
    found = rules_by_attack(
        [truth("shown", ATTACKER), truth("missed", Entity("address", "192.0.2.8"))],
        [
            alert(0, "one", ATTACKER),
            alert(1, "two", ATTACKER, SOMEBODY),
            alert(2, "of_ordinary_traffic", SOMEBODY),
            alert(3, "elsewhere", ATTACKER, platform="nsw"),
            alert(4, "hours_later", ATTACKER, minutes=300),
        ],
    )
    assert found == {"shown": {"one", "two"}, "missed": set()}


def test_alerts_of_a_drill_are_read_with_their_rule(tmp_path: Path) -> None:
    def row(name: str, *, drill: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"rule_title": "t", "rule_title_th": "", "severity": "low", "feed_id": "f", "count": 1}
        told |= {"event_ids": "[]", "tags": "[]", "waiting": False, "entities": '[["address", "192.0.2.7"]]'}
        times = dict.fromkeys(("first_at", "last_at", "raised_at"), int(START.timestamp()) * 1_000_000)
        return told | times | {"id": name, "rule_id": f"rule of {name}", "platform_id": "gdx", "drill": drill}

    with new_store(tmp_path / "state.db") as state:
        with state.write() as connection:
            connection.execute(insert(alerts), [row("b", drill=True), row("a", drill=True), row("real", drill=False)])
        found = played_alerts(state)
    assert [(one.id, one.rule_id) for one in found] == [(0, "rule of a"), (1, "rule of b")]
    assert found[0].entities == {ATTACKER}
    assert found[0].first_at == found[0].last_at == found[0].opened_at == START


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("api_breach")


def rule_file(folder: Path, name: str = "one", *, title: str = "t", value: str = "x") -> Path:
    path = folder / f"{name}.yml"
    path.write_text(RULE.format(title=title, value=value))
    return path


def test_what_is_as_it_was_still_holds_and_nothing_else(tmp_path: Path, scenario: Scenario) -> None:
    files = {"one": (rule_file(tmp_path),), "two": (rule_file(tmp_path, "two"), rule_file(tmp_path, "counted"))}
    found = {"certificate_tried": {"one", "two"}, "ids_enumerated": {"two"}, "register_read": set[str]()}
    record = recorded(("api_breach", scenario, 3), "2026-11-23T10:00:00+00:00", found, files)
    assert (record.scenario, record.seed, len(record.attacks)) == ("api_breach", 3, len(scenario.attacks))
    holds = standing(record, scenario, files)
    assert {name: (one.attacks, one.found, one.rules) for name, one in holds.items()} == {
        "gdx": (1, 1, {"one", "two"}),
        "linkage_center": (2, 1, {"two"}),
        "welfare_platform": (1, 0, set()),
    }
    rule_file(tmp_path, title="another title")  # which decides nothing
    assert standing(record, scenario, files) == holds
    rule_file(tmp_path, "counted", value="y")  # which the second rule counts
    assert standing(record, scenario, files)["gdx"].rules == {"one"}
    assert standing(record, scenario, {"two": files["two"]})["gdx"].rules == set()  # the first one is gone
    changed = scenario.model_copy(update={"attacks": tuple(one for one in scenario.attacks if one.platform != "gdx")})
    assert "gdx" not in standing(record, changed, files)


def test_an_attack_that_is_told_otherwise_has_not_been_played(tmp_path: Path, scenario: Scenario) -> None:
    files = {"one": (rule_file(tmp_path),)}
    record = recorded(("api_breach", scenario, 1), "", {"certificate_tried": {"one"}}, files)
    first, *others = scenario.attacks
    assert first.id == "certificate_tried"
    later = scenario.model_copy(update={"attacks": (first.model_copy(update={"start": first.start + 60}), *others)})
    assert standing(record, scenario, files)["gdx"].found == 1
    assert "gdx" not in standing(record, later, files)


def test_a_record_is_written_and_read_again(tmp_path: Path) -> None:
    record = Record("s", 7, "2026-11-23T10:00:00+00:00", {"a": FoundAttack("gdx", "0" * 16, {"r": "1" * 16})})
    path = tmp_path / "found.json"
    assert load_record(path) is None
    path.write_text(record.text())
    assert load_record(path) == record


@pytest.mark.parametrize("text", ["", "[]", '{"scenario": "s", "seed": 1}', '{"scenario": "s", "attacks": []}'])
def test_a_broken_record_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "found.json"
    path.write_text(text)
    with pytest.raises(ContentError, match=r"found\.json.*drill record"):
        load_record(path)
