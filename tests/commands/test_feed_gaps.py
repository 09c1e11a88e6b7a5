"""`./run rules check --feed` tells which rules a feed cannot answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warroom.__main__ import main

FEED = """title: {th: ทดสอบ, en: Test}
platform: tang_rat
collect: {transport: file, paths: [/var/log/x.log]}
parse: {format: jsonl, timezone: UTC}
logsource: {product: govplatform, service: authn}
"""
RULE = """title: Asks for what is not there
id: 00000000-0000-4000-8000-00000000000a
level: low
logsource: {product: govplatform}
detection:
  s: {result: fail, no_such_field: x}
  condition: s
"""


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "feeds/samples").mkdir(parents=True)
    (tmp_path / "feeds/signins.yml").write_text(FEED)
    (tmp_path / "feeds/samples/signins.log").write_text('{"ts":1790000000,"result":"fail"}\n')
    monkeypatch.setenv("WARROOM_FEEDS", str(tmp_path / "feeds"))
    (tmp_path / "rule.yml").write_text(RULE)
    return tmp_path / "rule.yml"


def test_the_rule_and_the_field_are_named(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "check", str(rule), "--feed", "signins", "--json"])
    told = json.loads(capsys.readouterr().out)["feed"]
    assert (told["sample_events"], told["rules"], told["fields"]) == (1, 1, {"no_such_field": 1})
    assert [row["title"] for row in told["never_match"]] == ["Asks for what is not there"]
    assert told["partly_blind"] == []
    main(["rules", "check", str(rule), "--feed", "signins"])
    assert "never matches: Asks for what is not there" in capsys.readouterr().out


def test_a_feed_that_is_not_there_or_has_no_sample(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", str(rule), "--feed", "nobody"]) == 2
    assert "no sound feed nobody" in capsys.readouterr().err
    (rule.parent / "feeds/samples/signins.log").unlink()
    assert main(["rules", "check", str(rule), "--feed", "signins"]) == 2
    assert "no sample" in capsys.readouterr().err
