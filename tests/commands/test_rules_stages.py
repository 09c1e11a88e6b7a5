"""`./run rules stage|approve|history|noise|patch` from end to end."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from making import UNION_RULE, an_alert

from warroom.__main__ import main
from warroom.access import Actor, Role
from warroom.bench import stages
from warroom.bench.rates import DAY_US
from warroom.bench.shadow_figures import shadow_figures
from warroom.model import Entity
from warroom.store.audit import Via
from warroom.store.database import State, now_us
from warroom.store.rules import hits, loaded
from warroom.store.rules import stages as rule_stages
from warroom.store.rules.loaded import Loaded

RULE = "11111111-1111-4111-8111-111111111111"
DRAFT = "99999999-9999-4999-8999-999999999999"
NIDA = Actor("nida", frozenset({Role.DETECTION_ENGINEER}), via=Via.CONSOLE)


@pytest.fixture
def room(state: State, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    detectors = tmp_path / "detectors"
    (detectors / "webserver").mkdir(parents=True)
    (detectors / "webserver" / "webserver_union.yml").write_text(UNION_RULE, encoding="utf-8")
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_DETECTORS", str(detectors))
    file = "webserver/webserver_union.yml"
    loaded.tell(
        state, [Loaded(RULE, "Union", "", "high", "rule", "test", True, "production", file, None, (), (), ("web",))]
    )
    return state


def draft(data_dir: Path, text: str, name: str = "webserver_select.yml") -> Path:
    folder = data_dir / "drafts"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["rules", *words]) == code
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.usefixtures("room")
def test_a_rule_is_moved_by_its_id_or_the_name_of_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert "in stage shadow" in run(capsys, "stage", RULE, "shadow", "--reason", "too many alerts")
    assert "proposal 2 waits" in run(capsys, "stage", "webserver_union.yml", "production", "--reason", "seen a week")
    assert "Union" in run(capsys, "waiting")
    assert "second person" in run(capsys, "approve", "2", code=2)
    assert "in stage production again" in run(capsys, "back", "webserver_union", "--reason", "it was needed")
    told = json.loads(run(capsys, "history", RULE, "--json"))
    assert [(one["from_stage"], one["to_stage"], one["state"]) for one in told["changes"]] == [
        ("shadow", "production", "done"),
        ("shadow", "production", "withdrawn"),
        ("production", "shadow", "done"),
    ]
    said = run(capsys, "history", RULE)
    assert "too many alerts" in said
    for one in told["changes"]:  # machines are told UTC, people Thai time
        at = datetime.fromisoformat(one["at"])
        assert one["at"].endswith("Z")
        assert f"{at + timedelta(hours=7):%Y-%m-%d %H:%M:%S}" in said
    assert run(capsys, "waiting", "--json").strip() == "[]"
    assert "no such rule" in run(capsys, "stage", "nobody", "shadow", "--reason", "too many alerts", code=2)
    assert "a stage is one of" in run(capsys, "stage", RULE, "live", "--reason", "too many alerts", code=2)


def test_what_somebody_else_proposed_is_approved_or_refused(room: State, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "stage", RULE, "shadow", "--reason", "too many alerts")
    first = stages.propose(room, NIDA, RULE, "seen for a week")
    run(capsys, "refuse", str(first), "--reason", "show me a back-test")
    assert "Nothing waits" in run(capsys, "waiting")
    second = stages.propose(room, NIDA, RULE, "seen for a week")
    assert "can refuse" in run(capsys, "withdraw", str(second), "--reason", "no more needed", code=2)
    assert "is approved" in run(capsys, "approve", str(second), "--remark", "agreed")
    with room.read() as connection:
        assert stages.standing(connection, RULE).stage == "production"


def test_a_back_test_goes_with_a_proposal_and_what_shadow_gave_is_told(
    room: State, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft(data_dir, UNION_RULE.replace(RULE, DRAFT))
    said = run(capsys, "stage", "webserver_select", "production", "--reason", "seen for a week", code=2)
    assert "put it into shadow first" in said
    run(capsys, "stage", "webserver_select", "shadow", "--reason", "to be looked at")
    assert "would have raised nothing" in run(capsys, "shadow", "webserver_select")
    with room.write("rules") as connection:
        counted = hits.Hits()
        hits.enter_shadow(
            connection, [an_alert(rule_id=DRAFT, entities=(Entity("user", "081-234-5678"),))], counted, now_us()
        )
        counted.write(connection, now_us())
    told = json.loads(run(capsys, "shadow", "webserver_select", "--json"))
    assert told["figures"]["alerts"] == 1
    assert "081-234-5678" not in json.dumps(told)
    told = run(capsys, "shadow", DRAFT)
    assert "alerts: 1 in less than a minute\n" in told
    assert "(Bangkok)" in told
    with room.write("rules") as connection:
        put = rule_stages.get(connection, DRAFT)
        assert put is not None
        figures = shadow_figures(connection, DRAFT, put.since + 4 * DAY_US)
    assert figures is not None
    assert (figures["alerts_per_day_hundredths"], figures["seen_us"]) == (25, 4 * DAY_US)
    run(capsys, "stage", "webserver_select", "production", "--reason", "seen for a week", "--backtest", "7d")
    (asked,) = json.loads(run(capsys, "waiting", "--json"))
    assert asked["figures"]["backtest"]["alerts"] == 0
    assert asked["figures"]["backtest"]["complete"] is True
    assert asked["figures"]["backtest"]["alerts_per_day_hundredths"] is None
    assert asked["figures"]["backtest"]["seen_us"] == 0  # of the seven days asked for, there are events of none
    assert run(capsys, "waiting").count("in less than a minute") == 2


def test_shadow_tells_of_a_rule_that_left_it_or_never_was_there(
    room: State, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "shadow", RULE) == "It was never in shadow: there are no figures of it.\n"
    assert json.loads(run(capsys, "shadow", RULE, "--json")) == {"rule": RULE, "figures": None, "alerts": []}
    run(capsys, "stage", RULE, "shadow", "--reason", "to be looked at")
    with room.write("rules") as connection:
        counted = hits.Hits()
        hits.enter_shadow(connection, [an_alert(rule_id=RULE)], counted, now_us())
        counted.write(connection, now_us())
    run(capsys, "back", RULE, "--reason", "seen enough of it")
    told = run(capsys, "shadow", RULE)
    assert "tang_rat" in told
    assert "1 event since " in told
    assert ", when it left shadow (Bangkok), alerts: 1 in less than a minute\n" in told


@pytest.mark.usefixtures("room")
def test_a_draft_goes_by_its_name(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft(data_dir, UNION_RULE.replace(RULE, DRAFT).replace("level: high", "level: no"))
    assert "webserver_select.yml" in run(capsys, "check", "webserver_select", code=1)
    assert "has no samples" in run(capsys, "check", "webserver_select.yml", code=1)
    assert "no draft or detector" in run(capsys, "check", "webserver_nothing", code=2)
    draft(data_dir, UNION_RULE.replace(RULE, DRAFT))
    assert json.loads(run(capsys, "backtest", "webserver_select", "--json"))["rules"][0]["id"] == DRAFT
    assert "webserver_union" in run(capsys, "check", "webserver_union", code=1)


@pytest.mark.usefixtures("room")
def test_figures_are_told_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = json.loads(run(capsys, "noise", "--json"))
    assert (one["id"], one["stage"], one["raised"]["day"], one["noise_rank"]) == (RULE, "production", 0, None)
    assert "No rule raised" in run(capsys, "noise")


@pytest.mark.usefixtures("room")
def test_a_patch_brings_drafts_into_the_detectors(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no draft differs" in run(capsys, "patch")
    added = UNION_RULE.replace(RULE, DRAFT).rstrip("\n")
    draft(data_dir, added)
    (data_dir / "drafts" / "webserver_select.samples.yaml").write_text("- line: a\u2028b\n", encoding="utf-8")
    changed = draft(data_dir, UNION_RULE.replace("level: high", "level: low"), "webserver_union.yml")
    text = run(capsys, "patch")
    subprocess.run(["git", "apply", "-"], input=text.encode(), cwd=tmp_path, check=True)
    folder = tmp_path / "detectors" / "webserver"
    assert (folder / "webserver_select.yml").read_text(encoding="utf-8") == added
    assert (folder / "webserver_select.samples.yaml").read_text(encoding="utf-8") == "- line: a\u2028b\n"
    assert (folder / "webserver_union.yml").read_bytes() == changed.read_bytes()
    assert "no draft differs" in run(capsys, "patch", DRAFT)
