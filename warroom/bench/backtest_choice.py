"""Picks rules out of a rule set, with everything that they rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warroom.detect.ruleset import RuleSet

if TYPE_CHECKING:
    from collections.abc import Collection


def chosen(ruleset: RuleSet, ids: Collection[str]) -> RuleSet:
    """Give the rules and correlations with these ids; what they rest on is there, too, but raises no alerts."""
    places = {place for place, one in enumerate(ruleset.correlations) if one.id in ids}
    waiting = list(places)
    rules = {place for place, rule in enumerate(ruleset.rules) if rule.id in ids}
    while waiting:
        for member in ruleset.correlations[waiting.pop()].members:
            if member >= 0:
                rules.add(member)
            elif ~member not in places:
                places.add(~member)
                waiting.append(~member)
    return _picked(ruleset, sorted(rules), sorted(places), ids)


def members_alone(ruleset: RuleSet) -> RuleSet:
    """Give the correlations and the rules that they refer to: all that the time before a span is read for."""
    rules = sorted({member for one in ruleset.correlations for member in one.members if member >= 0})
    return _picked(ruleset, rules, range(len(ruleset.correlations)), ())


def alerting(ruleset: RuleSet) -> list[str]:
    """Name the rules and correlations that raise alerts."""
    rules = [rule.id for place, rule in enumerate(ruleset.rules) if place not in ruleset.silent]
    return [*(one.id for one in ruleset.correlations if not one.silent), *rules]


def _picked(ruleset: RuleSet, rules: Collection[int], correlations: Collection[int], ids: Collection[str]) -> RuleSet:
    new_rule = {old: new for new, old in enumerate(rules)}
    new_correlation = {old: new for new, old in enumerate(correlations)}
    return RuleSet(
        [ruleset.rules[place] for place in rules],
        [
            replace(
                one,
                members=tuple(new_rule[old] if old >= 0 else ~new_correlation[~old] for old in one.members),
                silent=one.id not in ids,
            )
            for one in (ruleset.correlations[place] for place in correlations)
        ],
        silent=frozenset(new for old, new in new_rule.items() if ruleset.rules[old].id not in ids),
    )
