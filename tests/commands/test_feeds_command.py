"""`./run feeds`: the list and its filters, what becomes of a sample, and a feed for a log that has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warroom.__main__ import main

FEED = """title: {{th: x, en: x}}
platform: tang_rat
collect: {{transport: file, paths: [/x]}}
logsource: {{product: x}}
parse:
{}
"""
CSV = "  format: csv\n  header: true\n  kinds: {n: integer}\n  timezone: UTC"
LINES = "ts,src_ip,n\n2569-11-22 10:00:00,192.0.2.1,1\n2026-11-22 10:00:01,192.0.2.2,\x1b[31m\n"


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "feeds"
    (folder / "samples").mkdir(parents=True)
    (folder / "shop.yml").write_text(FEED.format(CSV))
    (folder / "samples" / "shop.log").write_text(LINES)
    monkeypatch.setenv("WARROOM_FEEDS", str(folder))
    return folder


def run(*args: str) -> int:
    return main(["feeds", *args])


def test_a_sample_is_shown_with_its_events_fields_times_and_rejects(
    feeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("test", "shop") == 1
    shown = capsys.readouterr().out
    assert "shop: 1 events, 1 rejects" in shown
    assert "2026-11-22T17:00:00.000+07:00" in shown  # in Bangkok
    assert "192.0.2.1" in shown
    assert f"{feeds / 'samples' / 'shop.log'}:3: `n` is not a whole number: \\x1b[31m" in shown


def test_another_log_may_be_tried_and_the_answer_be_json(feeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = feeds / "other.txt"
    log.write_text("ts,src_ip,n\n2026-11-22 10:00:00,192.0.2.1,1\n")
    assert run("test", "--json", "--file", str(log), "shop") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["events"], found["rejects"], found["problems"]) == (1, 0, [])
    assert {"name": "n", "count": 1, "kind": "integer", "example": "1", "core": False} in found["fields"]
    assert run("test", "--file", str(feeds / "none"), "shop") == 1


def test_a_proposal_for_a_log_is_a_feed_that_reads_it(feeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", "--from", str(feeds / "samples" / "shop.log"), "--platform", "tang_rat") == 0
    answer = capsys.readouterr()
    assert "2 events, 0 rejects" in answer.err
    (feeds / "proposed.yml").write_text(answer.out)
    assert run("check") == 0
    assert f"{feeds / 'samples' / 'shop.log'}*" in answer.out
    assert run("new", "--from", str(feeds / "samples" / "shop.log"), "--platform", "nowhere") == 2


@pytest.fixture
def three(feeds: Path) -> Path:
    (feeds / "kyc.yml").write_text(
        "platform: gdx\nlog_source: kyc\ncollect: {transport: push, token_env: KYC}\nenabled: false\n"
    )
    (feeds / "waf.yml").write_text("platform: gdx\nlog_source: waf\ncollect: {transport: file, paths: [/x]}\n")
    return feeds


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ((), ["kyc", "shop", "waf"]),
        (("--on",), ["shop", "waf"]),
        (("--off",), ["kyc"]),
        (("--platform", "gdx", "--on"), ["waf"]),
        (("--kind", "kyc"), ["kyc"]),
        (("--transport", "file"), ["shop", "waf"]),
        (("--on", "--off"), []),
    ],
)
def test_the_list_shows_what_was_asked_for(
    filters: tuple[str, ...], wanted: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", "--json", *filters) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == wanted
    assert run("list", *filters) == 0
    assert f"{len(wanted)} of 3 feeds" in capsys.readouterr().out


@pytest.mark.usefixtures("three")
def test_a_filter_that_no_feed_can_meet_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--kind", "nope") == 2
    assert "--kind nope: there is no such one; known: cdn_ddos" in capsys.readouterr().err


@pytest.mark.usefixtures("three")
def test_a_feed_without_a_sample_and_one_that_is_not_there_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "waf") == 1
    assert "or give a log: ./run feeds test --file LOG waf" in capsys.readouterr().out
    assert run("test", "nothing") != 0
    assert "`./run feeds list` shows those that are" in capsys.readouterr().err
