"""`./run scan` answers as the command line's description fixes it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from warroom.__main__ import main

RULES = """title: Traversal
id: 00000000-0000-4000-8000-000000000001
name: traversal
level: high
tags: [attack.t1190]
logsource: {category: webserver}
detection:
  s: {cs-uri-query|contains: '../'}
  condition: s
---
title: Many traversals
id: 00000000-0000-4000-8000-000000000002
level: critical
author: A. Nan
correlation:
  type: event_count
  rules: [traversal]
  group-by: [c-ip]
  timespan: 1m
  condition: {gte: 2}
  generate: true
"""
LINE = '203.0.113.9 - - [21/Nov/2026:09:00:{0:02} +0000] "GET /a?f={1} HTTP/1.1" 200 1 "-" "-"'


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARROOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rule.yml").write_text(RULES)
    (tmp_path / "rules/bad.yml").write_text("title: x\n")
    return tmp_path / "rules"


def scan(*arguments: object) -> int:
    return main(["scan", *map(str, arguments)])


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_matches_come_in_order_with_correlations_and_a_summary(tmp_path: Path, rules: Path) -> None:
    log = tmp_path / "access.log.gz"
    lines = [LINE.format(1, "x"), LINE.format(2, "../etc"), "no log line", LINE.format(4, "%2e%2e%2fetc")]
    log.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    found, summary = tmp_path / "found", tmp_path / "summary"
    assert scan(log, "--rules", rules, "--output", found, "--summary", summary) == 1
    matches = objects(found)
    assert [(match["rule_title"], match["record"]) for match in matches] == [
        ("Traversal", 2),
        ("Traversal", 4),
        ("Many traversals", 4),
    ]
    first = matches[0]
    assert (first["level"], first["tags"], first["source_file"]) == ("high", ["attack.t1190"], str(log))
    assert first["ts"] == "2026-11-21T09:00:02.000000Z"
    assert first["event"]["source.ip"] == "203.0.113.9"
    told = json.loads(summary.read_text())
    assert {
        name: told[name] for name in ("events_read", "events_parsed", "events_rejected", "events_evaluated", "matches")
    } == {
        "events_read": 4,
        "events_parsed": 3,
        "events_rejected": 1,
        "events_evaluated": 3,
        "matches": 3,
    }
    assert (told["rules_loaded"], [Path(fault["file"]).name for fault in told["rules_refused"]]) == (2, ["bad.yml"])
    assert {"load_cpu_seconds", "scan_cpu_seconds", "wall_seconds", "peak_rss_mb"} <= told.keys()


def test_nothing_found_is_exit_0(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "log").write_text(LINE.format(1, "x") + "\n")
    assert scan(tmp_path / "log", "--rules", rules, "--output", tmp_path / "found") == 0


def test_a_log_source_given_by_hand_chooses_the_rules(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "log").write_text('{"cs-uri-query": "../"}\n')
    arguments = (tmp_path / "log", "--rules", rules, "--format", "jsonl", "--output", tmp_path / "found")
    assert scan(*arguments) == 0
    assert scan(*arguments, "--logsource", "category=webserver") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "cuneiform"], "no format `cuneiform`"),
        (["--logsource", "kind=x"], "--logsource kind=x"),
        (["--rules", "/nowhere"], "/nowhere: no such folder"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text(LINE.format(1, "x") + "\n")
    assert scan(tmp_path / "log", *arguments) == 2
    assert told in capsys.readouterr().err


def test_the_order_of_files_hides_nothing(tmp_path: Path, rules: Path) -> None:
    today, yesterday = tmp_path / "access.log", tmp_path / "access.log.1"
    lines = [LINE.format(second, "../etc") for second in (1, 2)]
    today.write_text("\n".join([*lines, ""]))
    yesterday.write_text("\n".join([*lines, ""]).replace("21/Nov", "20/Nov"))
    found = tmp_path / "found"
    scan(today, yesterday, "--rules", rules, "--output", found)
    many = [(match["source_file"], match["rule_author"]) for match in objects(found) if match["level"] == "critical"]
    assert many == [(str(today), "A. Nan"), (str(yesterday), "A. Nan")]


def test_events_that_correlations_left_out_are_told(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [LINE.format(second, "../etc") for second in (1, 2, 3)]
    lines.insert(1, LINE.format(0, "../etc").replace("09:00", "09:30"))
    found, summary = tmp_path / "found", tmp_path / "summary"
    for count, late in ((1, 0), (4, 2)):
        log = tmp_path / f"access{count}.log"
        log.write_text("\n".join([*lines[:count], ""]))
        scan(log, "--rules", rules, "--output", found, "--summary", summary)
        told = json.loads(summary.read_text())
        assert (told["correlation_late"], told["correlation_dropped"]) == (late, 0)
        assert ("not counted by correlations: 2 events came too late\n" in capsys.readouterr().err) == bool(late)
    assert [match["level"] for match in objects(found)] == ["high"] * 4
