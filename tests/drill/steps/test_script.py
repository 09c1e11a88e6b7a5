"""What steps leave in logs, and how faults in them are told."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warroom.drill.lines import Access, Line, Message, Record
from warroom.drill.play import play
from warroom.drill.scenario import load_scenario
from warroom.errors import ContentError
from warroom.model import Entity

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = (Path(__file__).parent / "small.yml").read_text("utf-8")
MOMENT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
def lines(write: Callable[..., Path]) -> list[Line]:
    return list(play(load_scenario("small", write()), 1, 600))


def attack(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.attack == "enumeration"]


def fields(lines: list[Line]) -> list[dict[str, object]]:
    return [dict(line.content.fields) for line in lines if isinstance(line.content, Record)]


def test_steps_come_in_their_time_and_number(lines: list[Line]) -> None:
    counted = Counter(line.log for line in attack(lines))
    assert counted == {"gdx_api_gw": 20 + 15, "bastion": 1}
    first = [line.at for line in attack(lines)][:20]
    assert 30 <= min(first) <= max(first) <= 90


def test_one_member_is_kept_and_any_is_drawn_for_every_line(lines: list[Line]) -> None:
    written = fields(attack(lines))
    assert len({one["src_ip"] for one in written[:20]}) == 1
    assert len({one["src_ip"] for one in written[20:]}) == 3


def test_a_group_takes_the_members_in_turn_and_keeps_each_for_its_run(lines: list[Line]) -> None:
    victims = fields(attack(lines))[20:]
    assert len({one["subject_hash"] for one in victims}) == 5
    assert all(
        len({one["api"] for one in victims if one["subject_hash"] == who["subject_hash"]}) == 1 for who in victims
    )
    assert {one["api"] for one in victims} == {f"/v1/victim-{number:03d}" for number in range(1, 6)}


def test_what_a_step_does_not_say_is_as_in_its_kind_of_log(lines: list[Line]) -> None:
    written = fields(attack(lines))
    assert {"agency_id", "cert_cn", "scope", "latency_ms"} <= set(written[0])
    assert sorted(int(str(one["request_id"])) for one in written[:20]) == list(range(100, 120))


def test_the_truth_names_machines_clients_and_victims(lines: list[Line]) -> None:
    named = {entity for line in attack(lines) for entity in line.entities}
    assert Entity("client", "thief") in named
    assert len([entity for entity in named if entity.kind == "address"]) == 3
    assert all(line.entities for line in attack(lines) if line.log != "bastion")
    assert all(not line.entities for line in lines if line.attack is None)


def test_a_message_is_as_syslog_writes_it(lines: list[Line]) -> None:
    (line,) = [line for line in lines if line.log == "bastion"]
    assert isinstance(line.content, Message)
    assert line.encode(MOMENT).startswith(
        b"Nov 22 01:00:00 gdx-bastion sshd[7]: Failed password for root from 198.51.100."
    )


def test_ordinary_people_are_at_work_only_where_the_log_says_so(lines: list[Line]) -> None:
    ordinary = Counter(line.log for line in lines if line.attack is None)
    assert set(ordinary) == {"gdx_api_gw", "data_go_th_web_access"}
    requests = [line.content for line in lines if isinstance(line.content, Access)]
    assert all(" " not in request.target and request.target.isascii() for request in requests)


def test_the_same_seed_gives_the_same_lines_however_long_the_play(write: Callable[..., Path]) -> None:
    scenario = load_scenario("small", write())
    whole = [line.encode(MOMENT) for line in play(scenario, 4, 300)]
    assert whole[:100] == [line.encode(MOMENT) for line in play(scenario, 4, 200)][:100]
    assert whole != [line.encode(MOMENT) for line in play(scenario, 5, 300)]


def test_formats_with_other_times_are_written_as_their_programs_do() -> None:
    kubernetes = json.loads(Record({"verb": "get"}, "k8s_audit").render(MOMENT))
    assert kubernetes["requestReceivedTimestamp"] == "2026-11-22T01:00:00.000000Z"
    suricata = json.loads(Record({"event_type": "alert"}, "suricata_eve").render(MOMENT))
    assert suricata["timestamp"] == "2026-11-22T01:00:00.000000+0000"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("{one: machine}", "{one: robot}", "`attacks.0.steps.0.fields.src_ip`: there is nothing named `robot`"),
        (
            "{one: victim.hash}",
            "{one: victim.age}",
            "`attacks.0.steps.1.steps.0.fields.subject_hash`: the pool `victim`",
        ),
        ("{count: 100}", "{counter: 100}", "`attacks.0.steps.0.fields.request_id`: Value error, an expression begins"),
        ("count: 20,", "count: 300000,", "`attacks.0.steps.0.count`: Input should be less than or equal"),
        ("count: 20, over: 60s,", "rate: 5,", "`attacks.0.steps.0`: Value error, a `rate` needs the time"),
        ("log: bastion, after", "log: nowhere, after", "is not listed"),
        ("program: sshd, pid: 7, ", "program: sshd, colour: red, ", "has no colour"),
        ("host: gdx-bastion, ", "", "a line of bastion needs host"),
        ("each: [victim]", "each: [robot]", "there is no pool `robot`"),
        ('name: "victim-%{number}"', 'name: "victim-%{colour}"', "`colour` is known to no pool"),
        ("start: 30s", "start: soon", "`attacks.0.start`: Value error, give a duration"),
        ("platform: gdx\n    start", "platform: gdcc\n    start", "the attack is on gdcc"),
        ("size: 3, each", "size: 99999, each", "`attacks.0.pools.machine.size`"),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(write: Callable[..., Path], old: str, new: str, place: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_scenario("small", write(old, new))
    fault = caught.value.fault
    assert fault.file.endswith("small/scenario.yml")
    assert place in fault.reason
    if fault.reason.startswith("`attacks.0.") and "the attack is on" not in fault.reason:
        assert fault.line == SCENARIO[: SCENARIO.index(old)].count("\n") + 1


def test_chapters_are_read_and_their_faults_told_in_their_own_file(write: Callable[..., Path]) -> None:
    folder = write()
    (folder / "small" / "attacks").mkdir()
    chapter = folder / "small" / "attacks" / "more.yml"
    text = SCENARIO[SCENARIO.index("attacks:") :].replace("id: enumeration", "id: again")
    chapter.write_text(text, "utf-8")
    assert [attack.id for attack in load_scenario("small", folder).attacks] == ["enumeration", "again"]
    chapter.write_text(text.replace("{one: machine}", "{one: robot}", 1), "utf-8")
    with pytest.raises(ContentError) as caught:
        load_scenario("small", folder)
    assert caught.value.fault.file == str(chapter)
    chapter.write_text(text.replace("id: again", "id: enumeration"), "utf-8")
    with pytest.raises(ContentError, match="an id stands twice"):
        load_scenario("small", folder)
