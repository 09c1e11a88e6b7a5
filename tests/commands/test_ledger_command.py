"""`./run ledger` and the worker tell which events correlations did not count, and what never came."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from making import MANY_RULE, NOW, WEB_FEED, new_store, settings_for, web_line
from structlog.testing import capture_logs

from warroom.__main__ import main
from warroom.settings import Settings
from warroom.store import left_out
from warroom.store.database import now_us
from warroom.store.feedlife import count_losses
from warroom.store.tables import feed_states
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
    with new_store(settings.data_dir / "state.db") as state:
        left_out.add(state, left_out.LeftOut(0, {"b": 7, "a": 1}))
        left_out.add(state, left_out.LeftOut(2, {"b": 3}))
    main(["ledger", "--json"])
    assert json.loads(capsys.readouterr().out)["left_out_of_correlations"] == {"late": 2, "dropped": {"a": 1, "b": 10}}
    main(["ledger"])
    assert "correlation b: 10 events were not counted" in capsys.readouterr().err


def test_the_ledger_tells_what_sources_lost_and_what_is_wrong_with_feeds(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with new_store(settings.data_dir / "state.db") as state, state.write("test") as connection:
        row = {"feed_id": "web", "platform_id": "gdx", "title_th": "x", "title_en": "x", "drill": False}
        row |= {"lag_bytes": 0, "silent_after_seconds": 900, "error": "no certificate\x1b[31m"}
        connection.execute(feed_states.insert().values(**row))
        count_losses(connection, "web", {"unclaimed": 1_006}, now_us())
    assert main(["ledger"]) == 0
    shown = capsys.readouterr().err
    assert "feed web: lost before they were received, in 24 hours: 1,006 unclaimed" in shown
    assert "feed web: no certificate\\x1b[31m" in shown
    assert main(["ledger", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["lost_by_sources"] == {"web": {"unclaimed": 1_006}}
    assert told["problems"].keys() == {"web"}


def test_one_pass_over_feeds_that_are_only_sent_says_who_takes_them(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.feeds / "web.yml").write_text(
        "platform: gdx\nlog_source: kyc\ncollect: {transport: push, token_env: KYC}\n", encoding="utf-8"
    )
    assert main(["ingest", "--once"]) == 0
    assert "is taken by `./run worker`" in capsys.readouterr().out
