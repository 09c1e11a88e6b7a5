"""`./run parse` and `./run feeds`, run as a user runs them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from warroom.__main__ import main
from warroom.settings import ROOT

LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a?b HTTP/1.1" 200 5 "-" "x"\n'


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


class Run:
    """The command line in this process: starting Python anew for each call would take the test's time."""

    def __init__(self, capture: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._environment = environment

    def __call__(self, *arguments: object, **environment: str) -> Done:
        for name, value in environment.items():
            self._environment.setenv(name, value)
        code = main([str(argument) for argument in arguments])
        return Done(code, *self._capture.readouterr())


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(capfd, monkeypatch)


def test_parse_writes_events_and_rejects(run: Run, tmp_path: Path) -> None:
    log, rejects = tmp_path / "a.log.gz", tmp_path / "rejects.jsonl"
    log.write_bytes(gzip.compress(LINE + b"\nrubbish \xff\n" + LINE))
    done = run("parse", log, "--rejects", rejects)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = map(json.loads, done.stdout.splitlines())
    assert list(first) == sorted(first)
    assert first == {
        "@timestamp": "2026-11-21T02:00:00.000000Z",
        "event.original": LINE.decode().rstrip("\n"),
        "event.outcome": "success",
        "http.request.method": "GET",
        "http.response.body.bytes": 5,
        "http.response.status_code": 200,
        "http.version": "1.1",
        "log.source": {"product": "nginx", "category": "webserver", "service": None},
        "record": 1,
        "source.address": "192.0.2.1",
        "source.ip": "192.0.2.1",
        "source_file": str(log),
        "url.original": "/a?b",
        "url.path": "/a",
        "url.query": "b",
        "user_agent.original": "x",
    }
    assert second["record"] == 4
    (reject,) = map(json.loads, rejects.read_text().splitlines())
    assert (reject["source_file"], reject["record"], reject["event.original"]) == (str(log), 3, "rubbish \ufffd")
    assert "no access-log line" in reject["reason"]


def test_parse_goes_on_after_a_file_it_cannot_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.log.gz").write_bytes(b"no gzip")
    (tmp_path / "good.log").write_bytes(b'{"source":{"ip":"192.0.2.9"},"x":"y"}\n')
    output = tmp_path / "events.jsonl"
    done = run("parse", tmp_path, "--output", output)
    assert done.returncode == 2
    assert "bad.log.gz: damaged gzip file" in done.stderr
    (event,) = map(json.loads, output.read_text().splitlines())
    assert (event["source.ip"], event["x"]) == ("192.0.2.9", "y")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("/no/such/file",), "there is no such file"),
        ((__file__, "--format", "nginks"), "there is no format `nginks`"),
        ((__file__,), "--format"),
        ((__file__, "--timezone", "Mars/One"), "no time zone"),
    ],
)
def test_parse_says_what_is_wrong(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run("parse", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_feeds_check_tells_every_fault_and_test_parses_the_samples(run: Run, tmp_path: Path) -> None:
    good = (ROOT / "feeds" / "tang_rat_authn.yml").read_text()
    (tmp_path / "good.yml").write_text(good)
    (tmp_path / "bad.yml").write_text(good.replace("format: jsonl", "format: jsonlines"))
    done = run("feeds", "check", WARROOM_FEEDS=str(tmp_path))
    assert done.returncode == 1
    assert f"{tmp_path / 'bad.yml'}:" in done.stderr
    assert run("feeds", "test", "good", WARROOM_FEEDS=str(tmp_path)).returncode == 1  # no sample
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "good.log").write_text('{"src_ip": "192.0.2.1"}\n')
    tried = run("feeds", "test", "good", "--json", WARROOM_FEEDS=str(tmp_path))
    (told,) = json.loads(tried.stdout)
    assert tried.returncode == 0
    assert (told["feed"], told["events"], told["rejects"], told["problems"]) == ("good", 1, 0, [])


def test_the_shipped_feeds_pass_their_own_checks(run: Run) -> None:
    assert run("feeds", "check").returncode == 0
    done = run("feeds", "test")
    assert done.returncode == 0, done.stdout
    listed = run("feeds", "list", "--json")
    assert {"tang_rat_sshd", "tang_rat_authn"} <= {feed["id"] for feed in json.loads(listed.stdout)}
