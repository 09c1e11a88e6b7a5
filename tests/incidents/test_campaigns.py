"""Who of many strangers is folded into a campaign, and who stays apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warroom.incidents.campaigns import BURST_MICROSECONDS, LEAST_STRANGERS, Campaign, Stranger, fold
from warroom.incidents.entity_keys import Place

HERE, THERE = Place("tang_rat", drill=False), Place("gdx", drill=False)
HOUR = 3_600_000_000


def stranger(node: int, *rules: str, at: int = 0, alerts: int = 1, breadth: int = 1, place: Place = HERE) -> Stranger:
    return Stranger(node, place, dict.fromkeys(rules or ("R",), breadth), at, at, alerts)


def folded(strangers: list[Stranger], going: dict[tuple[Place, str], Campaign] | None = None) -> set[int]:
    return {one.node for one, _, _ in fold(strangers, going or {}, HOUR)}


def test_so_many_within_minutes_are_a_campaign_and_one_fewer_are_not() -> None:
    assert folded([stranger(node) for node in range(LEAST_STRANGERS)]) == set(range(LEAST_STRANGERS))
    assert folded([stranger(node) for node in range(LEAST_STRANGERS - 1)]) == set()


def test_who_comes_slowly_or_elsewhere_is_none() -> None:
    slow = BURST_MICROSECONDS // (LEAST_STRANGERS - 1) + 1
    assert folded([stranger(node, at=node * slow) for node in range(40)]) == set()
    assert folded([stranger(node, place=(HERE, THERE)[node % 2]) for node in range(2 * LEAST_STRANGERS - 2)]) == set()


def test_who_shows_a_rule_that_does_not_burst_stays_apart() -> None:
    many = [stranger(node) for node in range(20)]
    assert folded([*many, stranger(99, "R", "web shell")]) == set(range(20))
    assert folded([*many, *(stranger(50 + node, "R", "S") for node in range(9))]) == {*range(20), *range(50, 59)}


def test_who_makes_most_of_it_from_one_place_is_an_attack_of_its_own() -> None:
    assert folded([*(stranger(node) for node in range(20)), stranger(99, alerts=500)]) == set(range(20))


def test_a_spray_from_many_addresses_on_many_accounts_is_a_campaign_that_takes_strangers_in() -> None:
    assert folded([stranger(1, alerts=500, breadth=60), stranger(2)]) == {1, 2}
    assert folded([stranger(1, alerts=500, breadth=1), stranger(2)]) == set()


def test_a_campaign_takes_in_while_it_goes_on() -> None:
    going = {(HERE, "R"): Campaign(7, 0, HOUR, 100)}
    assert folded([stranger(1, at=2 * HOUR)], going) == {1}
    assert folded([stranger(1, at=2 * HOUR + 1)], going) == set()
    assert folded([stranger(1, at=HOUR, alerts=21)], going) == set()
    assert folded([stranger(1, place=THERE)], going) == set()


@given(st.lists(st.tuples(st.integers(0, 3 * BURST_MICROSECONDS), st.integers(1, 30)), max_size=40), st.randoms())
def test_the_order_of_the_strangers_changes_nothing(told: list[tuple[int, int]], dice: object) -> None:
    strangers = [stranger(node, at=at, alerts=alerts) for node, (at, alerts) in enumerate(told)]
    mixed = list(strangers)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert folded(mixed) == folded(strangers)
