"""The worker polls feeds of intelligence, compares events with what they list now, and looks back for what is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from intel_room import Room
from making import NOW, somebody
from sqlalchemy import select

from warroom import intel_keeper
from warroom.catalog.intel_feeds import IntelFeed, load_intel_feed
from warroom.errors import DiskFullError
from warroom.indicators import INDICATORS, Kind
from warroom.intel.index import FeedFacts, Part, build
from warroom.intel.ruling_out import rule_out
from warroom.intel_keeper import feeds_of, listed_values, wait_seconds
from warroom.model import Severity
from warroom.store.intel import feeds, look_backs, polls, swaps
from warroom.store.intel.tables import intel_matches, intel_sightings
from warroom.store.tables import alerts, incidents

FAR = """\
title: {th: ไกล, en: Far}
enabled: true
format: list
collect: {way: http, url: "https://example.org/list", every: EVERY}
values: {kind: ipv4}
"""

BAD, WORSE, GOOD = "198.51.100.7", "198.51.100.8", "203.0.113.9"


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    made: list[Room] = []

    def make(**others: object) -> Room:
        made.append(Room(tmp_path / str(len(made)), **others))
        return made[-1]

    yield make
    for one in made:
        one.pipeline.close()
        one.lease.release()
        one.state.close()


@pytest.fixture
def room(rooms: Callable[..., Room]) -> Room:
    return rooms()


def test_what_is_stored_and_what_comes_make_the_same_alerts(rooms: Callable[..., Room]) -> None:
    before, after = rooms(), rooms()
    lines = [GOOD, BAD, WORSE, BAD, GOOD]
    before.listed(BAD, WORSE)
    before.read(*lines)
    after.read(*lines)
    after.listed(BAD, WORSE)
    assert after.raised() == {}
    assert after.keeper.look_back() == 2
    after.pipeline.group()
    told = []
    for one in (before, after):
        with one.state.read() as connection:
            columns = (
                alerts.c.id, alerts.c.rule_id, alerts.c.rule_title, alerts.c.severity, alerts.c.count,
                alerts.c.first_at, alerts.c.last_at, alerts.c.entities, alerts.c.drill, alerts.c.tags,
            )  # fmt: skip
            told.append(
                (
                    connection.execute(select(*columns).order_by(alerts.c.id)).all(),
                    connection.execute(select(intel_sightings).order_by(intel_sightings.c.value)).all(),
                    connection.execute(select(incidents.c.title, incidents.c.event_count)).all(),
                )
            )
    assert told[0] == told[1]
    assert before.raised() == after.raised() == {BAD: 2, WORSE: 1}
    with after.state.read() as connection:
        assert all(connection.scalars(select(intel_matches.c.looked_back)))


def test_without_indicators_nothing_is_made(room: Room) -> None:
    assert not room.keeper.look()
    assert room.jobs() == []
    assert not (room.settings.data_dir / look_backs.FOLDER).exists()


def test_an_index_is_made_when_what_it_rests_on_changes(room: Room) -> None:
    assert room.listed(BAD)
    assert not room.keeper.look()
    assert not room.listed(BAD)  # the same again
    assert room.listed(BAD, WORSE)
    assert [one.indicators for one in room.jobs()] == [1, 1]
    rule_out(room.state, somebody("anong"), Kind.IPV4, BAD, reason="it is our own scanner", until=None)
    assert room.keeper.look()
    room.read(BAD, WORSE)
    assert room.raised() == {WORSE: 1}
    assert len(room.jobs()) == 2


WARNINGS = """\
title: {th: คำเตือน, en: Warnings}
enabled: true
format: warninglist
collect: {way: folder, paths: ["{data}/lists/*.json"], every: 1h}
"""


def test_nothing_is_compared_before_its_warning_lists_were_asked_for(room: Room) -> None:
    told = {"name": "Ours", "version": 1, "description": "", "type": "cidr", "list": [f"{BAD}/32"]}
    (room.settings.data_dir / "lists" / "ours.json").write_text(json.dumps(told), encoding="utf-8")
    (room.folder / "feeds" / "intel" / "warnings.yml").write_text(WARNINGS, encoding="utf-8")
    (room.settings.data_dir / "lists" / "a.txt").write_text(f"{BAD}\n{WORSE}\n")
    room.keeper.load()
    blocklist, warnings = room.keeper.feeds
    room.keeper.poll(blocklist)
    assert not room.keeper.look()
    room.read(BAD, WORSE)
    assert room.raised() == {}
    room.keeper.poll(warnings)
    assert room.keeper.look()
    assert room.keeper.look_back() == 1
    assert room.raised() == {WORSE: 1}


def test_a_new_warning_list_does_not_keep_a_restarted_worker_from_comparing(room: Room) -> None:
    room.listed(BAD)
    (room.folder / "feeds" / "intel" / "warnings.yml").write_text(WARNINGS, encoding="utf-8")
    room.restart()
    room.read(BAD)
    assert room.raised() == {BAD: 1}


def test_scores_are_made_anew_with_time(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.listed(BAD)
    assert not room.keeper.look()
    monkeypatch.setattr(intel_keeper, "_AGE_SECONDS", -1.0)
    assert room.keeper.look()


def test_what_leaves_the_list_matches_no_more_and_is_new_when_it_returns(room: Room) -> None:
    room.listed(BAD, WORSE)
    room.keeper.look_back()
    room.listed(WORSE)
    room.read(BAD, BAD, WORSE)
    assert room.raised() == {WORSE: 1}
    room.listed(BAD, WORSE)
    assert room.keeper.look_back() == 1
    assert room.raised() == {BAD: 2, WORSE: 1}
    room.listed()  # all of it
    room.read(BAD)
    assert room.raised() == {BAD: 2, WORSE: 1}


def test_after_a_restart_it_compares_before_it_reads_and_looks_for_nothing_again(room: Room) -> None:
    room.read(BAD)
    room.listed(BAD)
    room.keeper.look_back()
    room.restart()
    room.read(BAD)
    assert room.raised() == {BAD: 2}
    assert len(room.jobs()) == 1
    assert not room.keeper.look()


def test_a_crash_between_poll_and_swap_loses_no_look_back(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.read(BAD)

    def full(*_: object) -> int:
        raise DiskFullError("no room")

    monkeypatch.setattr(swaps, "swap", full)
    with pytest.raises(DiskFullError):
        room.listed(BAD)
    assert room.jobs() == []
    room.read(BAD)  # the index before is still in use
    assert room.raised() == {}
    monkeypatch.undo()
    room.restart()
    assert room.keeper.look_back() == 1
    assert room.raised() == {BAD: 2}
    assert len(list((room.settings.data_dir / look_backs.FOLDER).iterdir())) == 1


def test_a_look_back_goes_on_after_a_restart(room: Room) -> None:
    room.read(BAD)
    room.listed(BAD)
    room.restart()
    assert room.keeper.look_back() == 1
    assert room.raised() == {BAD: 1}


def test_looking_back_can_be_switched_off(rooms: Callable[..., Room]) -> None:
    here = rooms(look_back_days=0)
    here.read(BAD)
    here.listed(BAD)
    assert here.keeper.look_back() == 0
    here.read(BAD)
    assert here.raised() == {BAD: 1}
    assert here.jobs() == []


def test_a_feed_is_asked_when_it_is_its_time(room: Room) -> None:
    room.listed(BAD)
    (feed,) = room.keeper.feeds

    def asked() -> int:
        with room.state.read() as connection:
            row = feeds.one(connection, feed.id)
        return row.tried_at or 0 if row else 0

    before = asked()
    room.keeper.poll(feed)
    assert asked() == before  # an hour has not passed
    room.restart()
    room.keeper.poll(feed)
    assert asked() == before  # nor is it by starting anew
    room.keeper._due[feed.id].at = 0.0  # noqa: SLF001
    room.keeper.poll(feed)
    assert asked() > before


def test_a_feed_that_breaks_us_is_told_and_keeps_what_it_had(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.listed(BAD)

    def broken(*_: object) -> object:
        raise ValueError("what is this?")

    monkeypatch.setattr("warroom.intel.polling.poll", broken)
    room.ask()
    with room.state.read() as connection:
        row = feeds.one(connection, "blocklist")
        (last, *_) = polls.newest(connection, "blocklist")
    assert row is not None
    assert (row.failures, row.failure) == (1, "ValueError: what is this?")
    assert (last.outcome, last.reason) == ("failed", "ValueError: what is this?")
    assert row.indicators == 1
    room.read(BAD)
    assert room.raised() == {BAD: 1}


def test_faulty_files_are_told_and_the_others_load(room: Room) -> None:
    folder = room.folder / "feeds" / "intel"
    (folder / "wrong.yml").write_text("title: {en: x}\ncollect: {way: carrier_pigeon}\n", encoding="utf-8")
    found, faults = room.keeper.load()
    assert [one.id for one in found] == ["blocklist"]
    assert any("carrier_pigeon" in str(one) for one in faults)


def far(folder: Path, every: str) -> IntelFeed:
    path = folder / "far.yml"
    path.write_text(FAR.replace("EVERY", every), encoding="utf-8")
    feed, faults = load_intel_feed(path, folder)
    assert feed is not None, faults
    return feed


def test_a_feed_that_fails_is_asked_less_often_but_at_least_every_six_hours(tmp_path: Path, room: Room) -> None:
    hourly = far(tmp_path, "1h")
    assert [wait_seconds(hourly, failures) / 3600 for failures in (0, 1, 2, 3, 99)] == [1, 2, 4, 6, 6]
    assert wait_seconds(far(tmp_path, "1d"), 1) == 6 * 3600
    assert wait_seconds(far(tmp_path, "1d"), 0) == 24 * 3600
    (folder,) = room.keeper.feeds
    assert [wait_seconds(folder, failures) for failures in (0, 1, 50)] == [3600, 600, 600]


def test_people_hear_of_feeds_that_fail(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(intel_keeper, "tell_intel_feeds", lambda *given: told.append(given) or 1)
    room.keeper.tell()
    room.keeper.forget()
    assert told == [(room.state, room.lease)]


def test_assets_are_looked_at_when_they_or_the_catalogue_change(
    rooms: Callable[..., Room], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path / "assets.yaml"
    here = rooms(assets=assets)
    assert here.keeper.expose() == 0  # there is no such file, which is told
    assets.write_text("assets:\n- {id: vpn, cves: [CVE-2026-0002]}\n- {id: , cves: 7}\n", encoding="utf-8")
    assert here.keeper.expose() == 0  # nothing is known to be exploited
    asked: list[list[str]] = []
    monkeypatch.setattr(
        intel_keeper,
        "raise_exposures",
        lambda _state, _folder, _lease, assets, _now: asked.append([one.id for one in assets]) or 1,
    )
    monkeypatch.setattr("warroom.store.intel.snapshots.files", lambda *_, **__: [_Named("a")])
    assert here.keeper.expose() == 1
    assert here.keeper.expose() == 0
    assets.write_text("assets:\n- {id: mail-gateway, cves: [CVE-2026-0003]}\n", encoding="utf-8")
    assert here.keeper.expose() == 1
    assert asked == [["vpn"], ["mail-gateway"]]


class _Named:
    """A file of the catalogue, as far as the keeper looks at it."""

    def __init__(self, path: str) -> None:
        self.path = path


def test_what_is_listed_counts_in_the_risk_of_the_incident(room: Room) -> None:
    room.listed(BAD)
    room.read(BAD)
    with room.state.read() as connection:
        (parts,) = connection.scalars(select(incidents.c.risk_parts)).all()
        (score,) = connection.scalars(select(intel_matches.c.score)).all()
    assert score
    assert dict(json.loads(parts))["indicators"] == round(score / 10)


def test_a_look_back_names_the_feeds_that_list_what_is_new() -> None:
    def part(feed: str, *addresses: str) -> Part:
        rows = [{"kind": "ipv4", "value": one, "origin": feed} for one in addresses]
        table = pa.Table.from_pylist(rows, schema=INDICATORS)
        facts = FeedFacts(feed, feed, feed, 80, "clear", Severity.HIGH, fetched_at=NOW)
        return Part(facts, table, np.full(len(rows), 80, np.uint8))

    index = build([part("old", GOOD), part("few", BAD, GOOD), part("many", BAD, WORSE)])
    fresh = listed_values(build([part("new", BAD, WORSE)]))
    assert feeds_of(index, fresh) == ("many", "few")
