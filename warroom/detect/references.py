"""Finds what correlations refer to: rules, and other correlations, which come before those that rest on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warroom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from warroom.detect.rules import Correlation, Rule


@dataclass(frozen=True, slots=True)
class Resolved:
    """What ``resolve`` found out.

    Attributes:
        correlations: those that can be used, each after all that it refers to.
        silent: positions of rules that only serve correlations.
        faults: why the others cannot be used.
    """

    correlations: list[Correlation]
    silent: frozenset[int]
    faults: list[Fault]


def resolve(rules: Sequence[Rule], correlations: Sequence[Correlation], lines: Mapping[str, Sequence[int]]) -> Resolved:
    """Find the members of each correlation.

    Args:
        rules: the rules of the set; members are positions in it.
        correlations: as they were read.
        lines: by a correlation's id, the line of each rule that it names; its own line where that is not known.
    """
    places = _places(rules)
    named = _places(correlations)
    order, faults = _in_order(correlations, places, named, lines)
    # Also where the correlation itself cannot be used: what it names was never meant to raise alerts.
    loud = {name for one in correlations if one.generate for name in one.rules}
    served = {name for one in correlations if not one.generate for name in one.rules}
    silent = {places[name] for name in served if name in places} - {places[name] for name in loud if name in places}
    hushed = {named[name] for name in served if name in named} - {named[name] for name in loud if name in named}
    position = {old: new for new, old in enumerate(order)}
    usable = [
        replace(
            correlations[old],
            members=tuple(
                places[name] if name in places else ~position[named[name]] for name in correlations[old].rules
            ),
            silent=old in hushed,
        )
        for old in order
    ]
    return Resolved(usable, frozenset(silent), faults)


def _places(found: Sequence[Rule | Correlation]) -> dict[str, int]:
    """Give the position of each id and name; an id comes before a name, an earlier name before a later one."""
    places = {rule.id: number for number, rule in enumerate(found)}
    for number, rule in enumerate(found):
        if rule.name:
            places.setdefault(rule.name, number)
    return places


def _in_order(
    correlations: Sequence[Correlation],
    places: Mapping[str, int],
    named: Mapping[str, int],
    lines: Mapping[str, Sequence[int]],
) -> tuple[list[int], list[Fault]]:
    """Order those that can be used so that each comes after what it refers to; a fault for each other one."""
    order: list[int] = []
    ready: set[int] = set()
    # What can be used is found in rounds from the rules upwards: what is left refers to nothing loaded, or in a circle.
    left = list(range(len(correlations)))
    while True:
        found = [number for number in left if _hindrance(correlations[number], places, named, ready) is None]
        if not found:
            break
        order += found
        ready.update(found)
        left = [number for number in left if number not in ready]
    faults: list[Fault] = []
    for number in left:
        one = correlations[number]
        place, reason = _hindrance(one, places, named, ready) or (0, "")
        known = lines.get(one.id, ())
        faults.append(Fault(one.file, known[place] if place < len(known) else one.line, reason))
    return order, faults


def _hindrance(
    one: Correlation, places: Mapping[str, int], named: Mapping[str, int], ready: AbstractSet[int]
) -> tuple[int, str] | None:
    """Say which of a correlation's references cannot be used, and why; None when all can."""
    members: list[int] = []
    for place, name in enumerate(one.rules):
        if name not in places and name not in named:
            return place, f"refers to `{name}`, which is no loaded rule"
        if name not in places and named[name] not in ready:
            return place, f"refers to `{name}`, which cannot be used or refers back to this correlation"
        member = places[name] if name in places else ~named[name]
        if member in members:
            return place, f"refers to `{name}` twice: by its id and by its name"
        members.append(member)
    return None
