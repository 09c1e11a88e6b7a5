"""`./run ledger` and the worker tell which events correlations did not count."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from making import MANY_RULE, NOW, WEB_FEED, settings_for, web_line
from structlog.testing import capture_logs

from warroom.__main__ import main
from warroom.settings import Settings
from warroom.store import left_out
from warroom.store.database import State
from warroom.worker import Worker


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DATA", "CACHE", "FEEDS", "DETECTORS"):
        monkeypatch.setenv(f"WARROOM_{name}", str(tmp_path / name.lower()))
    return settings_for(tmp_path, {"web.yml": WEB_FEED}, {"rule.yml": MANY_RULE})


def test_the_worker_logs_what_came_too_late_and_the_ledger_shows_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = settings.data_dir / "logs"
    logs.mkdir(parents=True)
    lines = [web_line(number, "id=1+union+select", at=NOW - timedelta(hours=number)) for number in (0, 1, 2)]
    (logs / "access.log").write_bytes(b"".join(lines))
    worker = Worker(settings, threading.Event())
    worker.start()
    with capture_logs() as logged:
        worker.read_once()
        worker.read_once()
    worker.stop()
    told = [entry for entry in logged if entry["event"] == "events not counted by correlations"]
    assert [(entry["log_level"], entry["too_late"], entry["no_room"]) for entry in told] == [("warning", 2, {})]
    assert main(["ledger"]) == 0
    assert "2 events came too late to be counted" in capsys.readouterr().err


def test_the_ledger_adds_up_what_found_no_room(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with State(settings.db_url) as state:
        settings.data_dir.mkdir(parents=True)
        state.migrate()
        left_out.add(state, left_out.LeftOut(0, {"b": 7, "a": 1}))
        left_out.add(state, left_out.LeftOut(2, {"b": 3}))
    main(["ledger", "--json"])
    assert json.loads(capsys.readouterr().out)["left_out_of_correlations"] == {"late": 2, "dropped": {"a": 1, "b": 10}}
    main(["ledger"])
    assert "correlation b: 10 events were not counted" in capsys.readouterr().err
