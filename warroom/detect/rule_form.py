"""Rules in numbers: their conditions over predicates, and what is looked up for those; nothing that a log changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.detect.conditions import compile_condition, triggers
from warroom.detect.lookups import lookups_of
from warroom.detect.predicates import Predicate, predicates_of
from warroom.detect.taxonomy import load_taxonomy
from warroom.detect.value_groups import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.detect.atoms import Reference
    from warroom.detect.conditions import Compiled
    from warroom.detect.lookups import Lookups
    from warroom.detect.rules import LogSource, Rule
    from warroom.detect.value_groups import Group


@dataclass(frozen=True, slots=True)
class RuleForm:
    """Rules in numbers; rules are known by their position. It can be kept between starts.

    Attributes:
        conditions: of each rule.
        triggered: predicate → rules that are worth asking where it is true.
        always: log source → rules that are always worth asking.
        rules: log source → its rules.
        asked: log source → the predicates that its rules ask.
        fields: rule field → its group of predicates; fields that the same core column answers share one.
        predicates_of: rule field → its predicates.
        groups: the groups.
        lookups: of the groups.
        references: (predicate, field, reference to the other field).
        keywords: the predicates without a field.
        nulls: predicates that are true where there is no value.
    """

    conditions: list[Compiled]
    triggered: Mapping[int, list[int]]
    always: Mapping[LogSource, list[int]]
    rules: Mapping[LogSource, list[int]]
    asked: Mapping[LogSource, frozenset[int]]
    fields: Mapping[str, int]
    predicates_of: Mapping[str, frozenset[int]]
    groups: list[Group]
    lookups: Lookups
    references: list[tuple[int, str, Reference]]
    keywords: Mapping[int, Predicate]
    nulls: frozenset[int]


def form_of(rules: Sequence[Rule]) -> RuleForm:
    """Put rules into numbers."""
    numbers: dict[Predicate, int] = {}

    def number(predicate: Predicate) -> int:
        return numbers.setdefault(predicate, len(numbers))

    conditions: list[Compiled] = []
    triggered: dict[int, list[int]] = {}
    asked: dict[LogSource, set[int]] = {}
    always: dict[LogSource, list[int]] = {}
    by_source: dict[LogSource, list[int]] = {}
    for place, rule in enumerate(rules):
        part = predicates_of(rule.condition)
        condition = compile_condition(part, number)
        conditions.append(condition)
        asked.setdefault(rule.logsource, set()).update(condition.asked())
        by_source.setdefault(rule.logsource, []).append(place)
        found = triggers(part, number)
        if found is None:
            always.setdefault(rule.logsource, []).append(place)
        for trigger in found or ():
            triggered.setdefault(trigger, []).append(place)
    taxonomy = load_taxonomy()
    names: dict[str, int] = {}
    fields: dict[str, int] = {}
    references: list[tuple[int, str, Reference]] = []
    keywords: dict[int, Predicate] = {}
    by_field: dict[str, set[int]] = {}
    for predicate, place in numbers.items():
        if predicate.field is None:
            keywords[place] = predicate
        elif predicate.reference is not None:
            references.append((place, predicate.field, predicate.reference))
        else:
            name = taxonomy.column_of(predicate.field) or f"fields.{predicate.field}"
            fields[predicate.field] = names.setdefault(name, len(names))
            by_field.setdefault(predicate.field, set()).add(place)
    decoded = frozenset(names[name] for name in taxonomy.decoded if name in names)
    groups, units = grouped(tuple(numbers), fields, decoded)
    return RuleForm(
        conditions,
        triggered,
        always,
        by_source,
        {source: frozenset(predicates) for source, predicates in asked.items()},
        fields,
        {field: frozenset(found) for field, found in by_field.items()},
        groups,
        lookups_of(groups, units, len(numbers)),
        references,
        keywords,
        frozenset().union(*(group.nulls for group in groups)),
    )
