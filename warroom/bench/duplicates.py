"""Finds rules that ask for the same thing in other words: their alerts would come twice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from warroom.detect.rules import Every, Leaf, Negation
from warroom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from warroom.detect import Correlation, Rule, RuleSet
    from warroom.detect.rules import Condition

#: What a rule or a correlation asks, in one notation.
_Meaning = tuple[object, ...]


def duplicates(ruleset: RuleSet, files: AbstractSet[str]) -> list[Fault]:
    """Give a fault for each rule that raises alerts and asks what one before it asks; one of both is in ``files``."""
    same: dict[_Meaning, list[Rule | Correlation]] = defaultdict(list)
    for place, rule in enumerate(ruleset.rules):
        if place not in ruleset.silent:
            same[_of_rule(rule)].append(rule)
    for correlation in ruleset.correlations:
        if not correlation.silent:
            same[_of_correlation(correlation, ruleset)].append(correlation)
    return [
        Fault(later.file, later.line, f"asks the same as “{first.title}” ({first.file}:{first.line}): remove one")
        for first, *others in same.values()
        for later in others
        if {first.file, later.file} & files
    ]


def _of_rule(rule: Rule) -> _Meaning:
    return (rule.logsource, _written(rule.condition))


def _of_correlation(correlation: Correlation, ruleset: RuleSet) -> _Meaning:
    members = [
        _of_rule(ruleset.rules[member]) if member >= 0 else _of_correlation(ruleset.correlations[~member], ruleset)
        for member in correlation.members
    ]
    if correlation.kind != "temporal_ordered":
        members.sort(key=repr)
    # rules go by other names in every file
    numbers = {name: place for place, name in enumerate(correlation.rules)}
    aliases = sorted(
        (alias, sorted((numbers[name], field) for name, field in names.items() if name in numbers))
        for alias, names in correlation.aliases.items()
    )
    asked = (correlation.fields, correlation.seconds, correlation.limits, correlation.percentile, correlation.baseline)
    return (
        correlation.kind,
        repr(members),
        tuple(sorted(correlation.group_by)),
        repr(aliases),
        repr(asked),
        repr(correlation.expression),
    )


def _written(condition: Condition) -> str:
    """Write a condition so that order, repetition and nesting of the same kind make no difference."""
    if isinstance(condition, Leaf):
        return repr(condition)
    if isinstance(condition, Negation):
        inner = condition.part
        return _written(inner.part) if isinstance(inner, Negation) else f"not({_written(inner)})"
    kind = type(condition)
    parts: set[str] = set()
    left = list(condition.parts)
    while left:
        part = left.pop()
        if isinstance(part, kind):
            left += part.parts
        else:
            parts.add(_written(part))
    if len(parts) == 1:
        return parts.pop()
    return f"{'all' if kind is Every else 'one'}({','.join(sorted(parts))})"
