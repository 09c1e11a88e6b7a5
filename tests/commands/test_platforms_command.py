"""`./run platforms`: all platforms with the feed of each of their kinds of log, their probe, and what looks at them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from making import new_store

from warroom.__main__ import main
from warroom.catalog import load_platforms
from warroom.drill.scenario import names
from warroom.settings import ROOT
from warroom.store.database import now_us
from warroom.store.tables import feed_states

FEED = "platform: {}\nlog_source: {}\ncollect: {{transport: file, paths: [/x]}}\nenabled: {}\n"
PROBE = """title: {th: x, en: x}
platform: gdx
collect: {transport: probe, targets: ["https://gdx.example.go.th/"]}
parse: {format: jsonl}
logsource: {product: warroom, service: probe}
"""
KEYS = {"id", "log_sources", "probe", "detectors", "drill", "drill_result", "personal_data", "state"}
Told = dict[str, dict[str, Any]]


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a feed of gdx that is on, one that is off, a probe, and an exercise's."""
    folder = tmp_path / "feeds"
    (folder / "gdx").mkdir(parents=True)
    (folder / "gdx" / "gdx_authn.yml").write_text(FEED.format("gdx", "authn", "true"))
    (folder / "gdx" / "gdx_api_gw.yml").write_text(FEED.format("gdx", "api_gw", "false"))
    (folder / "gdx_probe.yml").write_text(PROBE)
    (folder / "played.yml").write_text(FEED.format("tang_rat", "authn", "true") + "drill: true\n")
    monkeypatch.setenv("WARROOM_FEEDS", str(folder))
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    return folder


def told(capsys: pytest.CaptureFixture[str]) -> Told:
    assert main(["platforms", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(load_platforms())
    assert all(row.keys() == KEYS for row in rows)
    return {row["id"]: row for row in rows}


@pytest.mark.usefixtures("feeds")
def test_every_platform_has_its_kinds_of_log_and_the_feed_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    rows, known = told(capsys), load_platforms()
    assert len(rows) == 38
    assert {key: tuple(row["log_sources"]) for key, row in rows.items()} == {
        key: one.log_sources for key, one in known.items()
    }
    assert {key: row["personal_data"] for key, row in rows.items()} == {
        key: one.personal_data for key, one in known.items()
    }
    gdx = rows["gdx"]
    found = {kind: feed for kind, feed in gdx["log_sources"].items() if feed is not None}
    assert found == {"authn": "gdx_authn", "api_gw": "gdx_api_gw"}
    assert gdx["probe"] == "gdx_probe"
    assert gdx["detectors"] > 0
    assert set(rows["tang_rat"]["log_sources"].values()) == {None}  # an exercise's feed connects nothing
    assert (rows["tang_rat"]["probe"], rows["tang_rat"]["detectors"]) == (None, 0)
    assert {row["state"] for row in rows.values()} == {"never"}
    assert {row["drill"] for row in rows.values()} - {None} <= set(names())
    assert rows["tang_rat"]["drill"] is not None


@pytest.mark.usefixtures("feeds")
@pytest.mark.parametrize(("ago", "state"), [(10, "connected"), (86_400, "silent")])
def test_the_state_is_what_the_worker_saw(
    ago: int, state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = now_us() - ago * 1_000_000
    with new_store(tmp_path / "data" / "state.db") as store, store.write("feeds") as connection:
        row = {"feed_id": "gdx_authn", "platform_id": "gdx", "title_th": "x", "title_en": "x", "received_at": at}
        row |= {"drill": False, "lag_bytes": 0, "silent_after_seconds": 900}
        connection.execute(feed_states.insert().values(**row))
    rows = told(capsys)
    assert rows["gdx"]["state"] == state
    assert {row["state"] for key, row in rows.items() if key != "gdx"} == {"never"}


@pytest.mark.usefixtures("feeds")
def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["platforms"]) == 0
    shown = capsys.readouterr().out
    line = next(line for line in shown.splitlines() if line.startswith("gdx "))
    assert f"2 of {len(load_platforms()['gdx'].log_sources)}" in line
    assert "gdx_probe" in line
    assert len(shown.splitlines()) >= 39


def test_every_platform_has_feeds_a_probe_detectors_that_fire_on_its_drill_and_its_personal_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WARROOM_FEEDS", str(ROOT / "feeds"))
    lacking = {key: what for key, row in told(capsys).items() if (what := _lacking(key, row))}
    assert lacking == {}


def _lacking(platform: str, row: dict[str, Any]) -> list[str]:
    """Name what a platform lacks; what fires is what was recorded, of attacks and rules that are as they were then."""
    known, played = load_platforms()[platform], row["drill_result"]
    lacking = [f"a feed of {kind}" for kind, feed in row["log_sources"].items() if feed is None]
    if known.domains and row["probe"] is None:
        lacking.append("a probe of its address")
    if not row["personal_data"] or not known.personal_kinds:
        lacking.append("its entry of personal data")
    if played is None or not played["rules"]:
        lacking.append("a detector that fires on its drill: `./run drill record` where it or the drill was changed")
    elif played["scenario"] != row["drill"] or not 0 < played["found"] <= played["attacks"]:
        lacking.append("an attack in its drill that was found")
    return lacking
