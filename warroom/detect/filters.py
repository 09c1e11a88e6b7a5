"""Applies Sigma filters: a rule that one names is true only where the filter's condition is true, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warroom.detect.rules import Every, Negation, Some
from warroom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from warroom.detect.rules import Condition, Correlation, Filter, LogSource, Rule


def filtered(
    rules: Sequence[Rule],
    filters: Sequence[Filter],
    correlations: Sequence[Correlation],
    lines: Mapping[str, Sequence[int]],
) -> tuple[list[Rule], list[Fault]]:
    """Apply filters to rules, and tell what a filter names in vain.

    Args:
        rules: rules by their position, which stays.
        filters: what ``read_filter`` gave.
        correlations: known only to say that filters are not for them.
        lines: a filter's id → the line of each rule it names, where known.
    """
    result = list(rules)
    places: dict[str, int] = {}
    for position, rule in enumerate(rules):
        places[rule.id] = position
        if rule.name:
            places.setdefault(rule.name, position)
    counting = {name for rule in correlations for name in (rule.id, rule.name) if name}
    faults: list[Fault] = []
    for one in filters:
        for place, number, name in _named(one, places, len(rules)):
            line = _line(one, lines.get(one.id, ()), number)
            if place is None:
                reason = (
                    "is a correlation: name the rules that it counts" if name in counting else "which is no loaded rule"
                )
                faults.append(Fault(one.file, line, f"the filter names `{name}`, {reason}"))
            elif not _covers(one.logsource, rules[place].logsource):
                if one.rules is not None:
                    source = rules[place].logsource
                    reason = f"the filter's log source does not hold that of `{name}` ({_written(source)}): widen it"
                    faults.append(Fault(one.file, line, reason))
            else:
                result[place] = _with(result[place], one)
    return result, faults


def excepts(condition: Condition) -> bool:
    """Say whether a filter's condition negates anything: without, it keeps only what it selects."""
    if isinstance(condition, Negation):
        return True
    return isinstance(condition, Every | Some) and any(excepts(part) for part in condition.parts)


def _named(one: Filter, places: Mapping[str, int], count: int) -> Iterator[tuple[int | None, int, str]]:
    """Give each rule that a filter names: its position or None, the position of the name, the name."""
    if one.rules is None:
        yield from ((place, 0, "any") for place in range(count))
    else:
        named: set[int] = set()
        for number, name in enumerate(one.rules):
            place = places.get(name)
            if place is None or place not in named:  # a rule by id and by name is filtered once
                yield place, number, name
            if place is not None:
                named.add(place)


def _with(rule: Rule, one: Filter) -> Rule:
    return replace(rule, condition=Every((rule.condition, one.condition)), filters=(*rule.filters, one))


def _covers(wide: LogSource, narrow: LogSource) -> bool:
    """Say whether what one log source asks for, the other asks for, too."""
    pairs = ((wide.product, narrow.product), (wide.category, narrow.category), (wide.service, narrow.service))
    return all(asked is None or asked == given for asked, given in pairs)


def _written(source: LogSource) -> str:
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _line(one: Filter, lines: Sequence[int], place: int) -> int:
    return lines[place] if place < len(lines) else one.line
