"""Every scenario that ships: its feeds read its logs, its attackers are nobody, each platform has one."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warroom.catalog import load_feeds, load_platforms
from warroom.drill.attacks import attack_lines
from warroom.drill.cast import Cast
from warroom.drill.checking import check_kinds
from warroom.drill.kinds import load_kinds
from warroom.drill.lines import Record
from warroom.drill.scenario import DRILLS, Scenario, load_scenario, names
from warroom.drill.steps.script import StepsAttack
from warroom.settings import ROOT

if TYPE_CHECKING:
    from warroom.drill.lines import Line

#: RFC 5737 and RFC 2544.
DOCUMENTED = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")]
TOLD_IN_STEPS = [name for name in names() if name != "registration_day"]


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {name: load_scenario(name) for name in TOLD_IN_STEPS}


@pytest.fixture(scope="module")
def attacks(scenarios: dict[str, Scenario]) -> dict[tuple[str, str], list[Line]]:
    """All attacks' lines, by scenario and attack."""
    found = {}
    for name, scenario in scenarios.items():
        cast = Cast(scenario, 3)
        found |= {(name, attack.id): attack_lines(attack, 3, cast) for attack in scenario.attacks}
    return found


def told(scenario: Scenario) -> list[StepsAttack]:
    return [attack for attack in scenario.attacks if isinstance(attack, StepsAttack)]


def test_kinds_of_logs_name_only_what_there_is_and_hold_their_minimum_fields() -> None:
    assert check_kinds(load_kinds()) == []
    known = {source for platform in load_platforms().values() for source in platform.log_sources}
    assert known <= set(load_kinds().kinds)


@pytest.mark.parametrize("name", TOLD_IN_STEPS)
def test_each_log_has_one_feed_that_reads_it_as_a_drill(scenarios: dict[str, Scenario], name: str) -> None:
    feeds, faults = load_feeds(DRILLS / name / "feeds", Path("/state"))
    assert faults == []
    read = {feed.id: (feed.platform_id, feed.log_source, feed.drill, feed.collect.paths) for feed in feeds}
    assert read == {
        f"drill_{log.id}": (log.platform, log.source, True, (f"/state/logs/{log.path}*",))
        for log in scenarios[name].logs
    }


@pytest.mark.parametrize("name", TOLD_IN_STEPS)
def test_attackers_come_from_documentation_and_share_no_network(scenarios: dict[str, Scenario], name: str) -> None:
    own = [(attack.id, network) for attack in told(scenarios[name]) for network in attack.networks]
    assert all(any(network.subnet_of(known) for known in DOCUMENTED) for _, network in own)
    assert [(one[0], two[0]) for one, two in combinations(own, 2) if one[1].overlaps(two[1])] == []


def test_every_attack_writes_what_it_says_while_the_play_goes_on(
    scenarios: dict[str, Scenario], attacks: dict[tuple[str, str], list[Line]]
) -> None:
    for name, scenario in scenarios.items():
        for attack in told(scenario):
            lines = attacks[name, attack.id]
            assert {line.log for line in lines} == set(attack.logs), attack.id
            assert attack.start <= lines[0].at, attack.id
            assert lines[-1].at <= min(attack.start + attack.duration, scenario.day.seconds), attack.id
            assert any(line.entities for line in lines), attack.id


def test_all_platforms_are_attacked_in_logs_that_they_really_have(scenarios: dict[str, Scenario]) -> None:
    scenario, platforms = scenarios["all_platforms"], load_platforms()
    attacked = [attack.platform for attack in scenario.attacks]
    assert set(attacked) == set(platforms)
    assert max(map(attacked.count, platforms)) <= 3
    assert [log.id for log in scenario.logs if log.source not in platforms[log.platform].log_sources] == []


def test_records_name_no_time_of_their_own(attacks: dict[tuple[str, str], list[Line]]) -> None:
    for lines in attacks.values():
        records = [line.content for line in lines if isinstance(line.content, Record)]
        assert all("ts" not in record.fields for record in records)


def test_the_guide_has_every_scenario_and_attack(scenarios: dict[str, Scenario]) -> None:
    guide = (ROOT / "docs" / "drills.md").read_text("utf-8")
    wanted = [name for name, scenario in scenarios.items() for name in (name, *(one.id for one in scenario.attacks))]
    assert [name for name in wanted if f"`{name}`" not in guide] == []
