"""A real worker whose rules, feeds and settings are changed: each change is in the audit, once."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Place
from making import UNION_RULE, WEB_FEED
from warm import Running

MORE = UNION_RULE.replace("11111111", "22222222")


def entries(place: Place) -> list[tuple[str, str, str, dict[str, Any]]]:
    found = place.query("SELECT actor, action, subject_id, body FROM audit WHERE subject_kind = 'content' ORDER BY seq")
    return [(actor, action, subject, json.loads(body)) for actor, action, subject, body in found]


def started(place: Place) -> Running:
    before = (place.folder / "worker.log").read_text().count("worker ready") if place.log.exists() else 0
    worker = place.start("worker")
    until(lambda: (place.folder / "worker.log").read_text().count("worker ready") > before)
    return worker


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def stopped(worker: Running) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.slow
def test_what_changes_while_the_worker_runs_and_while_it_does_not(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.log.touch()
    (tmp_path / "worker.log").touch()
    worker = started(place)
    assert [one[:3] for one in entries(place)] == [
        ("worker", "settings_seen", "settings"),
        ("worker", "content_seen", "detectors"),
        ("worker", "content_seen", "feeds"),
    ]
    rule = tmp_path / "detectors" / "web_union.yml"
    rule.write_text(f"{UNION_RULE}\n---\n{MORE}")
    until(lambda: len(entries(place)) == 4)
    told = entries(place)[3][3]
    assert told["files"] == [f"web_union.yml {sha(UNION_RULE)} → {sha(rule.read_text())}"]
    assert (told["items_before"], told["items_now"], told["seen"]) == (1, 2, "file change seen by worker")
    (tmp_path / "feeds" / "1101700203450.yaml").write_text("no feed")
    (tmp_path / "detectors" / "new.yaml").write_text(MORE.replace("22222222", "33333333"))
    until(lambda: len(entries(place)) == 6)
    assert [one[3]["items_now"] for one in entries(place)[4:]] == [1, 0]
    assert "1101700203450" not in json.dumps(entries(place))
    os.utime(rule)
    time.sleep(6)  # touched, not changed
    stopped(worker)
    assert len(entries(place)) == 6

    (tmp_path / "feeds" / "web.yml").write_text(WEB_FEED.replace("200ms", "300ms"))
    place.environment |= {"WARROOM_RETENTION_DAYS": "200", "WARROOM_HEARTBEAT_URL": "https://beat.example/s3cret"}
    worker = started(place)
    until(lambda: len(entries(place)) == 8)
    stopped(worker)
    assert entries(place)[6][3]["settings"] == ["heartbeat_url: none → set", "retention_days: 365 → 200"]
    assert entries(place)[7][:3] == ("worker", "content_seen", "feeds")
    stopped(started(place))
    assert len(entries(place)) == 8
    assert "s3cret" not in json.dumps(entries(place))
    assert place.run("verify").returncode == 0
