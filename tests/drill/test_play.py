from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest

from warroom.drill.lines import Access, Record
from warroom.drill.play import play

if TYPE_CHECKING:
    from warroom.drill.lines import Line
    from warroom.drill.scenario import Scenario

MOMENT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
#: RFC 5737 and RFC 2544 for attackers; RFC 6598 and RFC 1918 for everybody else.
ATTACKERS = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")]
ORDINARY = [ip_network(net) for net in ("100.64.0.0/10", "10.0.0.0/8")]


@pytest.fixture(scope="session")
def lines(scenario: Scenario) -> list[Line]:
    return list(play(scenario, 5, 240))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(scenario: Scenario) -> None:
    first, again, other = ([line.encode(MOMENT) for line in play(scenario, seed, 40)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_longer_play_begins_like_a_shorter_one(scenario: Scenario, lines: list[Line]) -> None:
    assert lines[:3_000] == list(itertools.islice(play(scenario, 5, 60), 3_000))


def test_lines_come_in_order_of_time_and_none_is_after_the_end(lines: list[Line]) -> None:
    assert all(left.at <= right.at for left, right in itertools.pairwise(lines))
    assert lines[-1].at < 240


def test_an_incident_can_be_on_the_screen_within_a_minute(lines: list[Line]) -> None:
    early = [line for line in lines if line.attack == "stuffing_opening" and line.at < 20]
    assert len(early) > 40


def test_only_attackers_use_attackers_addresses(lines: list[Line]) -> None:
    for line in lines:
        address = None
        if isinstance(line.content, Access):
            address = line.content.address
        elif isinstance(line.content, Record):
            address = line.content.fields.get("src_ip") or line.content.fields.get("client_ip")
        if address is not None:
            networks = ORDINARY if line.attack is None else ATTACKERS
            assert any(ip_address(address) in network for network in networks), line


def test_attacks_of_six_kinds_begin_within_eight_minutes(scenario: Scenario) -> None:
    assert len({attack.kind for attack in scenario.attacks if attack.start <= 8 * 60}) == 6


def test_honest_people_fail_share_devices_and_share_addresses(lines: list[Line]) -> None:
    honest = [
        line.content.fields
        for line in lines
        if line.attack is None and isinstance(line.content, Record) and line.log in ("tang_rat_authn", "tang_rat_kyc")
    ]
    failures = [fields for fields in honest if fields.get("result") == "failure"]
    users = Counter(fields["src_ip"] for fields in honest if "user_id_hash" in fields)
    people = {(fields["device_id"], fields["citizen_hash"]) for fields in honest if "citizen_hash" in fields}
    per_device = Counter(device for device, _ in people)
    assert len(failures) > 50
    assert users.most_common(1)[0][1] > 20
    assert 2 in per_device.values()
    assert max(per_device.values()) > 3
    assert all(device.startswith("KIOSK-") for device, count in per_device.items() if count > 3)
