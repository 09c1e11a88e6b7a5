from __future__ import annotations

import json
import math
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
import yaml

from warroom.catalog import load_feeds
from warroom.drill.play import play
from warroom.drill.scenario import DRILLS
from warroom.drill.stage import Pace, perform
from warroom.drill.truth import TRUTH, read_truth
from warroom.parse import ParseContext, parse
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drill.conftest import Played
    from warroom.drill.scenario import Scenario

NOW = datetime.fromisoformat("2026-11-22T03:00:00+00:00")


def test_every_line_of_the_play_is_in_a_file_once(played: Played) -> None:
    written = {log.id: len(played.lines(log.id)) for log in played.scenario.logs}
    assert written == played.done.lines
    assert all(count > 0 for count in written.values())
    assert all(line.endswith(b"\n") for log in written for line in played.lines(log))


def test_a_log_is_rotated_by_rename_and_reads_on_in_order(played: Played) -> None:
    current, older = played.files("wallet_web")
    assert (current.name, older.name) == ("web_access.log", "web_access.log.1")
    expected = [line.content for line in play(played.scenario, 3, 13 * 60) if line.log == "wallet_web"]
    read = older.read_bytes().splitlines() + current.read_bytes().splitlines()
    assert [line.split(b" ", 1)[0].decode() for line in read] == [content.address for content in expected]


def test_the_truth_agrees_with_the_lines(played: Played) -> None:
    expected = Counter(line.attack for line in play(played.scenario, 3, 13 * 60) if line.attack)
    assert {attack: truth.lines for attack, truth in played.truth.items()} == expected
    assert len(expected) == 6
    assert sum(truth.lines for truth in played.truth.values()) == played.done.attack_lines
    logs = {str(log.path): log.id for log in played.scenario.logs}
    for truth in played.truth.values():
        assert truth.finished
        assert sum(truth.logs.values()) == truth.lines
        # every line of an attack names the machine that it came from, and no other line does
        machines = [re.escape(entity.value).encode() for entity in truth.entities if entity.kind == "address"]
        named = re.compile(rb"\b(?:" + b"|".join(machines) + rb")\b")
        assert sum(bool(named.search(line)) for path in truth.logs for line in played.lines(logs[path])) == truth.lines


def test_the_truth_lies_outside_of_every_feed(played: Played) -> None:
    feeds, faults = load_feeds(DRILLS / "registration_day" / "feeds", played.data_dir)
    assert faults == []
    assert not any((played.data_dir / TRUTH).match(path) for feed in feeds for path in feed.collect.paths)


def test_every_log_has_its_feed_marked_as_a_drill(played: Played) -> None:
    feeds, _ = load_feeds(DRILLS / "registration_day" / "feeds", played.data_dir)
    watched = {path: feed for feed in feeds for path in feed.collect.paths}
    for log in played.scenario.logs:
        feed = watched.pop(f"{played.data_dir}/logs/{log.path}*")
        assert (feed.platform_id, feed.format, feed.drill, feed.enabled) == (log.platform, log.format, True, True)
    assert watched == {}


def test_every_line_becomes_an_event_with_its_time_and_address(played: Played) -> None:
    feeds, _ = load_feeds(DRILLS / "registration_day" / "feeds", played.data_dir)
    for feed in feeds:
        log = next(log for log in played.scenario.logs if feed.collect.paths[0].endswith(f"{log.path}*"))
        lines = [line.rstrip(b"\n") for line in played.lines(log.id)]
        context = ParseContext(format=feed.format, timezone=feed.timezone, now=NOW, mapping=feed.mapping)
        parsed = parse(pa.array(lines, pa.binary()), context)
        assert parsed.rejects == []
        assert parsed.events.num_rows == len(lines)
        times = parsed.events.column("ts").to_pylist()
        assert NOW - timedelta(minutes=13, seconds=1) <= min(times) <= max(times) <= NOW
        assert parsed.events.column("source_ip").null_count < len(lines)


def test_json_lines_carry_the_vocabularys_minimum_fields(played: Played) -> None:
    vocabulary = yaml.safe_load((REFERENCE / "platforms.yaml").read_text("utf-8"))["log_source_vocabulary"]
    for log in played.scenario.logs:
        if log.format != "jsonl":
            continue
        least = {field.strip() for field in vocabulary[log.source]["min_fields"].split(",")}
        for line in played.lines(log.id):
            assert least <= json.loads(line).keys()


class Clock:
    """A clock that moves by waiting, and a little by looking at it; at every wait it looks at the files."""

    def __init__(self, data_dir: Path, stop_after: int | None = None) -> None:
        self.now = NOW
        self.waits = 0
        self.halves = 0
        self._data_dir = data_dir
        self._stop_after = stop_after

    def read(self) -> datetime:
        self.now += timedelta(microseconds=20)
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += timedelta(seconds=seconds)
        self.waits += 1
        files = (self._data_dir / "logs").rglob("*")
        self.halves += any(path.is_file() and path.read_bytes()[-1:] not in (b"\n", b"") for path in files)
        return self.waits == self._stop_after


def test_lines_are_written_at_their_time_with_half_lines_between_the_flushes(
    scenario: Scenario, tmp_path: Path
) -> None:
    clock = Clock(tmp_path)
    perform(scenario, 1, Pace(8.0), tmp_path, clock=clock.read, wait=clock.wait)
    assert clock.now - NOW == pytest.approx(timedelta(seconds=8), abs=timedelta(seconds=0.5))
    assert 30 <= clock.waits <= 33
    assert clock.halves > 20


def test_a_fast_play_begins_in_the_past_and_never_reaches_the_future(scenario: Scenario, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    perform(scenario, 1, Pace(60.0, speed=20), tmp_path, clock=clock.read, wait=clock.wait)
    assert clock.now - NOW <= timedelta(seconds=4)
    lines = (tmp_path / "logs/tang_rat/authn.jsonl").read_bytes().splitlines()
    assert datetime.fromisoformat(json.loads(lines[0])["ts"]) < NOW - timedelta(seconds=50)
    assert datetime.fromisoformat(json.loads(lines[-1])["ts"]) <= clock.now


def test_a_play_that_is_stopped_leaves_whole_lines_and_a_whole_truth(scenario: Scenario, tmp_path: Path) -> None:
    clock = Clock(tmp_path, stop_after=40)
    done = perform(scenario, 1, Pace(60.0), tmp_path, clock=clock.read, wait=clock.wait)
    files = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    assert all(path.read_bytes()[-1:] in (b"\n", b"") for path in files)
    assert sum(path.read_bytes().count(b"\n") for path in files) == sum(done.lines.values())
    (truth,) = read_truth(tmp_path / TRUTH)
    assert truth.lines == done.attack_lines > 0


def test_a_second_play_in_the_same_folder_is_told_apart(scenario: Scenario, tmp_path: Path) -> None:
    for minute in (0, 1):
        now = NOW + timedelta(minutes=minute)
        perform(scenario, 1, Pace(10.0, math.inf), tmp_path, clock=lambda now=now: now, wait=lambda _: False)
    assert [truth.attack for truth in read_truth(tmp_path / TRUTH)] == ["stuffing_opening"] * 2
