from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.privacy.dice import Dice
from tests.privacy.lines import line
from tests.privacy.marked import Drawn
from tests.privacy.texts import drawn
from warroom.privacy import Kind, find

SAMPLES = Path(__file__).parent.parent / "samples"
FEW_MISSED = 0.005
FEW_FALSE = 0.001
#: In so few texts as the quick tests draw, three times the share is chance.
CHANCE = 3


def years_apart(dice: Dice) -> Drawn:
    return drawn(dice, years_apart=True)


GENERATORS = {"items": drawn, "items, years apart": years_apart, "lines": line}


def campaign(draw: Callable[[Dice], Drawn], texts: int, seed: int) -> tuple[float, float, str]:
    """Give the share of identifiers missed, of other numbers masked, and a table of both by kind."""
    dice = Dice(seed)
    people: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    others: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    for _ in range(texts):
        text = draw(dice)
        covered = {place for found in find(text.text) for place in range(found.begin, found.end)}
        for mark in text.people:
            people[mark.what] += 1
            shown = any(place not in covered and text.text[place].isalnum() for place in range(mark.begin, mark.end))
            missed[mark.what] += shown
        for mark in text.others:
            others[mark.what] += 1
            masked[mark.what] += not covered.isdisjoint(range(mark.begin, mark.end))
    lines = [f"{'identifiers':20} {'drawn':>8} {'found %':>9}"]
    lines += [f"{what:20} {people[what]:8} {100 - 100 * missed[what] / people[what]:9.3f}" for what in sorted(people)]
    lines += [f"{'all':20} {people.total():8} {100 - 100 * missed.total() / people.total():9.3f}"]
    lines += [f"{'other numbers':20} {'drawn':>8} {'masked %':>9}"]
    lines += [f"{what:20} {others[what]:8} {100 * masked[what] / others[what]:9.3f}" for what in sorted(others)]
    lines += [f"{'all':20} {others.total():8} {100 * masked.total() / others.total():9.3f}"]
    return missed.total() / people.total(), masked.total() / others.total(), "\n".join(lines)


@pytest.mark.parametrize("name", GENERATORS)
def test_nearly_every_identifier_is_found_and_hardly_any_other_number(name: str) -> None:
    missed, masked, table = campaign(GENERATORS[name], 500, seed=2569)
    assert missed <= CHANCE * FEW_MISSED, table
    assert masked <= CHANCE * FEW_FALSE, table


@pytest.mark.slow
@pytest.mark.parametrize("name", GENERATORS)
def test_5_000_texts(name: str) -> None:
    missed, masked, table = campaign(GENERATORS[name], 5_000, seed=4)
    assert missed <= FEW_MISSED, table
    assert masked <= FEW_FALSE, table


@pytest.mark.soak
@pytest.mark.parametrize("seed", [4, *range(100, 105)])
@pytest.mark.parametrize("name", GENERATORS)
def test_100_000_texts_whatever_is_drawn(name: str, seed: int) -> None:
    missed, masked, table = campaign(GENERATORS[name], 100_000, seed)
    assert missed <= FEW_MISSED, table
    assert masked <= FEW_FALSE, table


@pytest.mark.parametrize(
    "path",
    ["ordinary_web/apache_access.log", "agreement/events/windows.jsonl", "agreement/events/cloudtrail.jsonl"],
)
def test_no_number_of_real_logs_is_taken_for_somebodys(path: str) -> None:
    text = (SAMPLES / path).read_text(encoding="utf-8")
    kinds = {found.kind for one in text.splitlines() for found in find(one)}
    assert kinds <= {Kind.EMAIL}  # crawlers tell whom to write to
