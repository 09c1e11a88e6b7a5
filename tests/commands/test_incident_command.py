from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events

from warroom.__main__ import main
from warroom.incidents.grouping import group
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.fixture
def number(state: State, data_dir: Path, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> str:
    ids = EventIds(state)
    alert = an_alert(rule_title="\x1b[2J hidden")
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[alert]), ids, lease)
    group(state, timedelta(hours=1))
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    return "1"


def shown(number: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert main(["incident", "show", number, "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_a_script_takes_an_incident_through_its_life(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    for step in (
        ["ack", number],
        ["assign", number, "somchai"],
        ["note", number, "blocked"],
        ["move", number, "contained"],
        ["close", number, "--as", "true_positive", "--note", "done"],
        ["reopen", number, "--note", "again"],
    ):
        assert main(["incident", *step]) == 0, step
    told = shown(number, capsys)
    assert (told["status"], told["assignee"]) == ("investigating", "somchai")
    log = told["log"]
    assert isinstance(log, list)
    assert [entry["action"] for entry in log][1:] == [
        "acknowledged",
        "assigned",
        "noted",
        "moved",
        "closed",
        "reopened",
    ]
    assert all(entry["actor"].endswith("@command-line") for entry in log[1:])


def test_a_wrong_step_is_exit_2_and_says_why(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["incident", "reopen", number, "--note", "x"]) == 2
    assert "not closed" in capsys.readouterr().err


def test_lists_filter_and_no_log_text_reaches_the_terminal_as_a_command(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incident", "list"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert r"\x1b[2J hidden" in told
    assert main(["incident", "list", "--status", "closed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert number == "1"


def test_showing_masks_and_is_audited_and_revealing_says_why(
    number: str, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incident", "note", number, "the owner is 1-1017-00203-45-0"]) == 0
    assert "1-1017" not in str(shown(number, capsys))
    assert main(["incident", "show", number]) == 0
    assert "x-xxxx-xxxx3-45-x" in capsys.readouterr().out
    assert main(["incident", "show", number, "--reveal", "why"]) == 2
    assert main(["incident", "show", number, "--reveal", "the agency asked us to call"]) == 0
    assert "1-1017-00203-45-0" in capsys.readouterr().out
    actions = [AuditAction.READ_INCIDENT, AuditAction.REVEAL]
    with state.read() as connection:
        found = read(connection, Filter(actions=actions)).entries
    assert [(entry.action, entry.subject_id) for entry in reversed(found)] == [
        *[("read_incident", number)] * 4,
        ("reveal", number),
    ]
