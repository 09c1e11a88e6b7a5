from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from warroom.drill.score import compare, summary
from warroom.drill.truth import AttackTruth
from warroom.model import Entity
from warroom.store.drill import PlayedIncident, played_incidents
from warroom.store.tables import alerts, incident_entities, incidents, positions

if TYPE_CHECKING:
    from warroom.store.database import State

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ATTACKER = Entity("address", "192.0.2.7")
DEVICE = Entity("device", "farm-phone")


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def attack(name: str, *entities: Entity, platform: str = "tang_rat", finished: bool = True) -> AttackTruth:
    return AttackTruth(
        play="p",
        attack=name,
        kind="http_flood",
        platform_id=platform,
        first_at=moment(0),
        last_at=moment(300),
        lines=10,
        logs={"a.log": 10},
        entities=frozenset(entities),
        finished=finished,
    )


def incident(
    number: int, *entities: Entity, platform: str = "tang_rat", first: float = 10, opened: float = 20
) -> PlayedIncident:
    return PlayedIncident(
        id=number,
        title=f"incident {number}",
        platform_id=platform,
        opened_at=moment(opened),
        first_at=moment(first),
        last_at=moment(first + 60),
        entities=frozenset(entities),
    )


def test_one_incident_that_names_an_attacker_finds_the_attack() -> None:
    score = compare([attack("a", ATTACKER)], [incident(1, ATTACKER, opened=12.5)])
    assert [row.verdict for row in score.rows] == ["found"]
    assert score.rows[0].seconds_to_detect == pytest.approx(12.5)
    assert score.passed
    assert score.false_incidents == ()


def test_two_incidents_for_one_attack_are_a_split() -> None:
    score = compare([attack("a", ATTACKER, DEVICE)], [incident(1, DEVICE, opened=30), incident(2, ATTACKER, opened=15)])
    assert [row.verdict for row in score.rows] == ["split"]
    assert [found.id for found in score.rows[0].incidents] == [2, 1]
    assert score.rows[0].seconds_to_detect == 15
    assert not score.passed


def test_an_attack_without_incident_is_missed_once_it_is_over() -> None:
    score = compare([attack("over", ATTACKER), attack("running", DEVICE, finished=False)], [])
    assert [row.verdict for row in score.rows] == ["missed", "pending"]
    assert not score.passed


def test_an_incident_about_an_ordinary_person_is_false() -> None:
    ordinary = incident(1, Entity("address", "100.64.0.9"))
    score = compare([attack("a", ATTACKER)], [ordinary, incident(2, ATTACKER)])
    assert score.false_incidents == (ordinary,)
    assert score.passed


@pytest.mark.parametrize(
    ("platform", "first", "verdict"),
    [("tang_rat", 100, "found"), ("tang_rat_kyc", 100, "missed"), ("tang_rat", 4_000, "missed")],
)
def test_an_incident_that_names_nobody_counts_by_platform_and_time(platform: str, first: float, verdict: str) -> None:
    score = compare([attack("flood", ATTACKER)], [incident(1, Entity("host", "web"), platform=platform, first=first)])
    assert [row.verdict for row in score.rows] == [verdict]


@pytest.mark.parametrize(("file", "verdict"), [("/state/logs/a.log", "found"), ("/state/logs/b.log", "missed")])
def test_an_incident_that_names_nobody_shows_an_attack_that_wrote_to_its_log(file: str, verdict: str) -> None:
    unnamed = replace(incident(1), files=frozenset({file}))
    score = compare([attack("flood", ATTACKER)], [unnamed])
    assert [row.verdict for row in score.rows] == [verdict]


def test_what_an_attack_here_has_as_well_does_not_show_one_elsewhere() -> None:
    account = Entity("user", "www-data")
    here, elsewhere = attack("here", account), attack("elsewhere", account, platform="gdx")
    score = compare([here, elsewhere], [incident(1, account)])
    assert [row.verdict for row in score.rows] == ["found", "missed"]
    assert [row.verdict for row in compare([elsewhere], [incident(1, account)]).rows] == ["found"]


def test_the_same_name_hours_later_is_another_matter() -> None:
    score = compare([attack("a", ATTACKER)], [incident(1, ATTACKER, first=9_000)])
    assert [row.verdict for row in score.rows] == ["missed"]
    assert len(score.false_incidents) == 1


def test_incidents_of_the_drill_are_read_with_what_they_name(state: State) -> None:
    at = int(START.timestamp()) * 1_000_000
    row = {
        "title": "guessing",
        "title_th": "เดารหัสผ่าน",
        "severity": "high",
        "status": "new",
        "platform_id": "tang_rat",
        "opened_at": at + 1,
        "first_at": at,
        "last_at": at + 5_000_000,
        "alert_count": 1,
        "event_count": 9,
        "version": 1,
        "updated_at": at,
    }
    told: dict[str, object] = {"rule_id": "r", "rule_title": "guessing", "rule_title_th": "", "severity": "high"}
    told |= {"platform_id": "tang_rat", "entities": "[]", "event_ids": "[]", "tags": "[]", "count": 1}
    told |= dict.fromkeys(("first_at", "last_at", "raised_at"), at)
    alert = told | {"id": "a", "feed_id": "ssh", "drill": True, "incident_id": 1, "waiting": False}
    places = [
        {"feed_id": "ssh", "source": "1", "position": '{"path": "/logs/auth.log", "offset": 7}', "updated_at": at},
        {"feed_id": "ssh", "source": "2", "position": "7", "updated_at": at},
        {"feed_id": "web", "source": "1", "position": '{"path": "/logs/web.log"}', "updated_at": at},
    ]
    with state.write() as connection:
        connection.execute(insert(incidents), [row | {"id": number, "drill": number != 3} for number in (1, 2, 3)])
        connection.execute(insert(alerts), alert)
        connection.execute(insert(positions), places)
        connection.execute(insert(incident_entities), [{"incident_id": 1, "kind": "address", "value": "192.0.2.7"}])
        connection.execute(update(incidents).where(incidents.c.id == 2).values(disposition="duplicate"))
    (found,) = played_incidents(state)
    assert (found.id, found.title, found.platform_id) == (1, "guessing", "tang_rat")
    assert found.entities == {ATTACKER}
    assert found.files == {"/logs/auth.log"}
    assert found.opened_at - found.first_at == timedelta(microseconds=1)
    assert found.last_at == moment(5)


def test_another_name_for_the_same_thing_counts_on_the_attacks_own_platform() -> None:
    thief = attack("thief", Entity("client", "agency-7"))
    here, elsewhere = incident(1, Entity("user", "agency-7")), incident(2, Entity("user", "agency-7"), platform="gdx")
    score = compare([thief], [here, elsewhere])
    assert [found.id for found in score.rows[0].incidents] == [1]
    assert score.false_incidents == (elsewhere,)


@pytest.mark.parametrize(("host", "verdict"), [("dc-01", "found"), ("ws-99", "missed")])
def test_an_incident_that_names_a_host_shows_the_attack_on_that_host(host: str, verdict: str) -> None:
    score = compare([attack("locker", Entity("host", "dc-01"))], [incident(1, Entity("host", host))])
    assert [row.verdict for row in score.rows] == [verdict]


def test_an_incident_that_was_open_before_took_no_negative_time() -> None:
    score = compare([attack("late", ATTACKER)], [incident(1, ATTACKER, opened=-90)])
    assert score.rows[0].seconds_to_detect == 0


def test_the_summary_counts_what_is_over() -> None:
    truths = [attack("a", ATTACKER), attack("b", DEVICE), attack("c", Entity("user", "u"))]
    running = attack("d", Entity("user", "v"), finished=False)
    shown = [incident(1, ATTACKER, opened=10), incident(2, DEVICE, opened=30), incident(3, DEVICE, opened=50)]
    false = incident(4, Entity("address", "100.64.0.9"))
    figures = summary(compare([*truths, running], [*shown, false]))
    assert (figures.attacks, figures.found, figures.split, figures.missed, figures.false_incidents) == (3, 1, 1, 1, 1)
    assert figures.found_share == pytest.approx(2 / 3)
    assert figures.incidents_per_attack == 1.5
    assert figures.median_seconds_to_detect == 20


def test_an_incident_that_names_what_two_attacks_have_each_alone_is_merged() -> None:
    gateway = Entity("host", "gw-01")
    truths = [attack("a", ATTACKER, gateway), attack("b", DEVICE, gateway)]
    both = compare(truths, [incident(1, ATTACKER, DEVICE)])
    assert [found.id for found in both.merged] == [1]
    assert not both.passed
    assert summary(both).merged == 1
    apart = compare(truths, [incident(1, ATTACKER, gateway), incident(2, DEVICE, gateway)])
    assert (apart.merged, summary(apart).merged) == ((), 0)


def test_two_attacks_that_share_what_they_name_are_one_incident_rightly() -> None:
    stolen = Entity("user", "agency-7")
    score = compare([attack("a", ATTACKER, stolen), attack("b", DEVICE, stolen)], [incident(1, ATTACKER, stolen)])
    assert (score.merged, score.passed) == ((), True)


def test_nothing_played_has_no_shares() -> None:
    figures = summary(compare([], []))
    assert (figures.found_share, figures.incidents_per_attack, figures.median_seconds_to_detect) == (None, None, None)
