"""`./run intel match`: log files against what is stored, line by line, and what is held back."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from warroom.__main__ import main

LINE = '{} - - [21/Nov/2026:09:00:0{} +0700] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n'
WARNING = {"name": "Public resolvers", "type": "cidr", "version": 1, "description": "x",
           "matching_attributes": ["ip-src", "ip-dst"], "list": ["192.0.2.53/32"]}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a log beside a store that lists two of its three clients, one of them a resolver that is to be let be."""
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "bad.txt").write_text("198.51.100.7\n192.0.2.53\n")
    (lists / "list.json").write_text(json.dumps(WARNING))
    assert main(["intel", "load", str(lists), "--confidence", "80"]) == 0
    path = tmp_path / "logs" / "access.log"
    path.parent.mkdir()
    clients = ("203.0.113.9", "198.51.100.7", "192.0.2.53", "198.51.100.7")
    path.write_text("".join(LINE.format(client, second) for second, client in enumerate(clients)))
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["intel", "match", *arguments, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_listed_value_is_told_with_its_line_and_its_lists(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, str(log))
    assert [(one["line"], one["column"], one["observed"], one["kind"], one["indicator"]) for one in found] == [
        (number, "source_ip", "198.51.100.7", "ipv4", "198.51.100.7") for number in (2, 4)
    ]
    assert {one["file"] for one in found} == {str(log)}
    assert [one["time"] for one in found] == ["2026-11-21T02:00:01.000000Z", "2026-11-21T02:00:03.000000Z"]
    assert found[0]["severity"] == "medium"
    assert [one["feed"] for one in found[0]["listed"]] == ["by_hand"]
    assert "confidence" in found[0]["title"]


def test_what_is_held_back_is_told_with_why(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = told(capsys, str(log), "--held-back")
    assert (one["line"], one["observed"], one["held_back_by"]) == (3, "192.0.2.53", "Public resolvers")


def test_packed_logs_and_folders_are_read(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.with_suffix(".log.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.with_name("LICENSE").write_text("no log\n" * 9)
    assert len(told(capsys, str(log.parent))) == 4


def test_people_get_a_table(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["intel", "match", str(log)]) == 1
    assert "Listed by" in capsys.readouterr().out


def test_nothing_listed_is_no_failure(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(LINE.format("203.0.113.9", 1))
    assert told(capsys, str(log), code=0) == []


def test_without_indicators_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "none"))
    log = tmp_path / "access.log"
    log.write_text(LINE.format("203.0.113.9", 1))
    assert main(["intel", "match", str(log)]) == 2
    assert "intel load" in capsys.readouterr().err
