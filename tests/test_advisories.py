"""Known holes of packages are found, and silence is not taken for a clean bill."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from advisories import CANARY, RECORD, Record, look_through, main, recorded, unanswered, write

TODAY = date(2026, 11, 22)
PACKAGES = {"numba": ["0.62.1", "0.68.1"], "orjson": ["3.13.0"]}
CLEAN = Record(TODAY, PACKAGES, {}, {})
HOLE = {("numba", "0.68.1"): ["GHSA-1"]}
KNOWN = {"vulns": [{"id": "GHSA-g3rq-g295-4j3m", "modified": "2024-01-01T00:00:00Z"}]}


@contextmanager
def service(body: bytes, status: int = 200) -> Iterator[tuple[str, list[dict]]]:
    """A service of advisories that gives one answer."""
    asked: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def results(*told: object) -> bytes:
    return json.dumps({"results": list(told)}).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "advisories.json", CLEAN)
    return tmp_path / "advisories.json"


def test_every_locked_version_is_asked_about_and_the_day_is_written_down(path: Path) -> None:
    with service(results(KNOWN, {}, {}, {})) as (url, asked):
        assert look_through(url, path, PACKAGES, TODAY + timedelta(9), keep=True) == 0
    versions = [(one["package"]["name"], one["version"]) for one in asked[0]["queries"]]
    assert versions == [CANARY, ("numba", "0.62.1"), ("numba", "0.68.1"), ("orjson", "3.13.0")]
    assert recorded(path) == replace(CLEAN, day=TODAY + timedelta(9))


def test_a_hole_fails_until_it_is_answered(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with service(results(KNOWN, {}, {"vulns": [{"id": "GHSA-1"}]}, {})) as (url, _):
        assert look_through(url, path, PACKAGES, TODAY, keep=True) == 1
        assert "numba 0.68.1: GHSA-1" in capsys.readouterr().out
        assert recorded(path).holes == HOLE
        write(path, replace(CLEAN, answers={"GHSA-1": "we never call it"}))
        assert look_through(url, path, PACKAGES, TODAY, keep=False) == 0
    assert unanswered(HOLE, {"numba": ["0.70"]}, {}) == []  # no longer in the lock


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (results({}, {}, {}, {}), 200),  # knows nothing, not even the canary
        (results(KNOWN), 200),
        (results(KNOWN, {}, {"vulns": [{"name": "x"}]}, {}), 200),
        (b"<html>sign in to the proxy", 200),
        (b"[]", 200),
        (b"", 404),
        (results(KNOWN, {}, {}, {}), 503),
    ],
)
def test_what_is_no_service_of_advisories_is_not_believed(
    path: Path, capsys: pytest.CaptureFixture[str], body: bytes, status: int
) -> None:
    write(path, replace(CLEAN, holes=HOLE))
    with service(body, status) as (url, _):
        assert look_through(url, path, PACKAGES, TODAY + timedelta(9), keep=True) == 1
    assert recorded(path).day == TODAY
    assert "GHSA-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("record", "packages", "warning"),
    [
        (CLEAN, PACKAGES, ""),
        (replace(CLEAN, day=TODAY - timedelta(31)), PACKAGES, "31 days old"),
        (replace(CLEAN, day=None), PACKAGES, "nobody has looked"),
        (
            CLEAN,
            {**PACKAGES, "orjson": ["3.14.0"], "new": ["1"]},
            "2 packages have changed since the list was made: new, orjson",
        ),
    ],
)
def test_without_a_service_an_old_list_warns_and_does_not_fail(
    path: Path, capsys: pytest.CaptureFixture[str], record: Record, packages: dict[str, list[str]], warning: str
) -> None:
    write(path, record)
    with service(b"") as (url, _):
        pass  # gone again
    assert look_through(url, path, packages, TODAY, keep=True) == 0
    said = capsys.readouterr().out
    assert warning in said
    assert ("warning: " in said) == bool(warning)


def test_the_list_of_this_checkout_can_be_read() -> None:
    assert all(reason.strip() for reason in recorded(RECORD).answers.values())
    assert main(["--nonsense"]) == 2
