"""`./run rules backtest`: what people and machines are told."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.live import BEGIN, Live, lines, named, raised

from warroom.__main__ import main
from warroom.commands.rules_backtest import moment
from warroom.errors import UsageError

CARD = "1101700230708"
SPAN = ["--since", "2026-11-20", "--until", "2026-11-21"]
DRAFT = """\
title: Draft
id: 5d5f0f3a-1111-4111-8111-111111111111
logsource: {product: govplatform}
detection: {s: {user_id_hash: u1}, condition: s}
level: low
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    made = Live(tmp_path_factory.mktemp("command"))
    written = [json.loads(line) for line in lines(random.Random(4), 60, BEGIN)]
    for one in written:
        if one.get("user") == "u1":  # somebody without an address, whom alerts name by the number of the card
            one["user"] = CARD
            del one["src_ip"]
    made.take("one", [json.dumps(one).encode() for one in written])
    made.lease.release()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def settled(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data", "cache", "feeds", "detectors"):
        monkeypatch.setenv(f"WARROOM_{name.upper()}", str(getattr(live.settings, name)))


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    assert main(["rules", "backtest", *arguments, *SPAN, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["complete"]
    assert document["events"] == 60
    return {one["id"]: one for one in document["rules"]}


def test_rules_by_file_id_and_name(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    letter, chain = named(live.rules, "letter_d"), named(live.rules, "event_count")
    found = told(capsys, str(live.settings.detectors / "d.yml"), chain)
    assert set(found) == {letter, chain}
    assert list(told(capsys, "letter_d")) == [letter]
    assert found[letter]["alerts"] == len(raised(live.state)[letter])


def test_every_rule(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    stored = {name: len(own) for name, own in raised(live.state).items()}
    assert {name: one["alerts"] for name, one in told(capsys, "--all").items() if one["alerts"]} == stored


def test_a_draft_and_whom_it_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / "draft.yml"
    draft.write_text(DRAFT)
    found = told(capsys, str(draft))
    ((_, one),) = found.items()
    assert {entity["kind"] for entity in one["by_entity"]} == {"user"}
    assert main(["rules", "backtest", str(draft), *SPAN]) == 0
    shown = capsys.readouterr().out
    assert "Draft" in shown
    assert "CPU-s" in shown
    assert CARD not in shown + json.dumps(found)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "which rules?"),
        (["no_such_rule"], "there is no rule `no_such_rule`"),
        (["letter_d", "--since", "yesterday"], "neither 30d"),
        (["letter_d", "--since", "1d", "--until", "2d"], "is not before"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "backtest", *arguments]) == 2
    assert reason in capsys.readouterr().err


def test_moments() -> None:
    now = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert moment("36h", now) == now - timedelta(hours=36)
    assert moment("2026-11-20", now) == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    assert moment("2026-11-20T00:00:00Z", now) == datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(UsageError):
        moment("99999999d", now)
