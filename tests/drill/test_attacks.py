from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

from warroom.drill.attacks import attack_lines
from warroom.drill.attacks.sql_injection import payloads
from warroom.drill.lines import Access, Message, Record

if TYPE_CHECKING:
    from warroom.drill.lines import Line
    from warroom.drill.scenario import Scenario


def lines_of(scenario: Scenario, attack: str) -> list[Line]:
    return attack_lines(next(found for found in scenario.attacks if found.id == attack), 1)


def records(lines: list[Line]) -> list[dict[str, object]]:
    return [dict(line.content.fields) for line in lines if isinstance(line.content, Record)]


def requests(lines: list[Line]) -> list[Access]:
    return [line.content for line in lines if isinstance(line.content, Access)]


def test_every_attack_stays_in_its_time_and_names_its_machines(scenario: Scenario) -> None:
    for attack in scenario.attacks:
        lines = attack_lines(attack, 1)
        assert attack.start <= lines[0].at < attack.start + 20
        assert lines[-1].at <= attack.start + attack.duration + 30
        assert all(line.attack == attack.id and line.entities for line in lines)
        assert {line.log for line in lines} == set(attack.logs.values())


def test_stuffing_tries_many_accounts_once_or_twice_with_one_recorded_device(scenario: Scenario) -> None:
    tried = records(lines_of(scenario, "stuffing_opening"))
    accounts = Counter(attempt["user_id_hash"] for attempt in tried)
    assert len(accounts) > 800
    assert max(accounts.values()) <= 5
    assert len({attempt["device_id"] for attempt in tried}) == 1
    assert 4 <= len({attempt["src_ip"] for attempt in tried}) <= 8
    assert 0 < sum(attempt["result"] == "success" for attempt in tried) < len(tried) / 20


def test_a_farm_enrols_many_identities_on_one_device(scenario: Scenario) -> None:
    steps = records(lines_of(scenario, "farm_opening"))
    assert len({step["device_id"] for step in steps}) == 1
    assert len({step["citizen_hash"] for step in steps}) >= 20
    assert {"pass", "fail"} <= {step["decision"] for step in steps}


def test_injection_begins_with_the_tools_name_and_hides_later(scenario: Scenario) -> None:
    asked = requests(lines_of(scenario, "injection_gateway"))
    assert asked[0].agent.startswith("sqlmap/")
    assert asked[-1].agent.startswith("Mozilla/")
    assert any(unquote(request.target).endswith(payload) for request in asked for payload in payloads()[:40])
    assert {200, 400, 403, 500} == {request.status for request in asked}
    assert all(" " not in request.target for request in asked)


def test_a_flood_comes_from_hundreds_of_machines_each_with_its_own_browser(scenario: Scenario) -> None:
    asked = requests(lines_of(scenario, "flood_registration"))
    agents = {(request.address, request.agent) for request in asked}
    assert len(agents) == len({request.address for request in asked}) == 240
    assert len(asked) > 10_000
    assert {200, 503} <= {request.status for request in asked}


def test_guessing_goes_from_ssh_to_the_portal(scenario: Scenario) -> None:
    lines = lines_of(scenario, "brute_force_admin")
    said = [line.content.text for line in lines if isinstance(line.content, Message)]
    assert any(text.startswith("Failed password for invalid user admin from ") for text in said)
    assert any(text.startswith("Failed password for root from ") for text in said)
    assert not any(text.startswith("Accepted") for text in said)
    assert {request.status for request in requests(lines)} >= {200, 401}


def test_an_export_takes_far_more_than_any_officer_needs(scenario: Scenario) -> None:
    acts = records([line for line in lines_of(scenario, "export_session") if line.log == "wallet_audit"])
    taken = sum(int(str(act["records_returned"])) for act in acts)
    assert taken > 100_000
    assert {act["actor"] for act in acts} == {"officer.duangjai"}
