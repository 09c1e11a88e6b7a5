"""A rule set made ready for matching: its predicates in numbers, conditions over them, and who asks which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.detect.banks import Banks
from warroom.detect.classes import Classes
from warroom.detect.columns import Schema, Shape
from warroom.detect.conditions import compile_condition, triggers
from warroom.detect.keywords import Keywords
from warroom.detect.layout import Layout, Signs, random_bits
from warroom.detect.plan import Plan
from warroom.detect.predicates import Predicate, predicates_of
from warroom.detect.taxonomy import load_taxonomy
from warroom.detect.value_groups import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from warroom.detect.atoms import Reference
    from warroom.detect.conditions import Compiled
    from warroom.detect.rules import LogSource, Rule
    from warroom.detect.shelf import Shelf
    from warroom.detect.taxonomy import Origin

#: Origins whose plans are remembered.
_ORIGINS: Final = 4_096
#: Shapes of batches remembered; JSON sources make new ones.
_SHAPES: Final = 64
#: Signatures and classes remembered; beyond, memory starts anew.
_SIGNATURES: Final = 200_000
_CLASSES: Final = 100_000
#: Sets of keywords made ready: one for each mix of log sources that an event counts as.
_WORDS: Final = 32


class Words(NamedTuple):
    """Keywords, and the bits of their classes."""

    keywords: Keywords
    signs: Signs


class CompiledRules:
    """Rules in numbers; rules are known by their position.

    Attributes:
        fields: rule field → its group of predicates.
        predicates_of: rule field → its predicates.
        groups: the groups; fields that the same core column answers share one, for their values are the same.
        classes: of the groups' values.
        banks: compiled expressions; those of another rule set serve where they are the same.
        references: (predicate, field, reference to the other field).
    """

    def __init__(self, rules: Sequence[Rule], shelf: Shelf | None = None, banks: Banks | None = None) -> None:
        numbers: dict[Predicate, int] = {}

        def number(predicate: Predicate) -> int:
            return numbers.setdefault(predicate, len(numbers))

        self.conditions: list[Compiled] = []
        self.triggered: dict[int, list[int]] = {}
        asked: dict[LogSource, set[int]] = {}
        self._always: dict[LogSource, list[int]] = {}
        self._rules: dict[LogSource, list[int]] = {}
        for place, rule in enumerate(rules):
            part = predicates_of(rule.condition)
            condition = compile_condition(part, number)
            self.conditions.append(condition)
            asked.setdefault(rule.logsource, set()).update(condition.asked())
            self._rules.setdefault(rule.logsource, []).append(place)
            found = triggers(part, number)
            if found is None:
                self._always.setdefault(rule.logsource, []).append(place)
            for trigger in found or ():
                self.triggered.setdefault(trigger, []).append(place)
        self._asked = {source: frozenset(predicates) for source, predicates in asked.items()}
        self._sources = tuple(self._rules)
        taxonomy = load_taxonomy()
        names: dict[str, int] = {}
        self.fields: dict[str, int] = {}
        self.references: list[tuple[int, str, Reference]] = []
        words: list[tuple[int, Predicate]] = []
        by_field: dict[str, set[int]] = {}
        for predicate, place in numbers.items():
            if predicate.field is None:
                words.append((place, predicate))
            elif predicate.reference is not None:
                self.references.append((place, predicate.field, predicate.reference))
            else:
                name = taxonomy.column_of(predicate.field) or f"fields.{predicate.field}"
                self.fields[predicate.field] = names.setdefault(name, len(names))
                by_field.setdefault(predicate.field, set()).add(place)
        self.predicates_of = {field: frozenset(found) for field, found in by_field.items()}
        decoded = frozenset(names[name] for name in taxonomy.decoded if name in names)
        self.groups, units = grouped(tuple(numbers), self.fields, decoded)
        self.banks = Banks(shelf) if banks is None else banks.copy()
        self.classes = Classes(self.groups, units, len(numbers), self.banks)
        self._keywords = dict(words)
        self._words: dict[frozenset[int], Words] = {}
        self.nulls = frozenset().union(*(group.nulls for group in self.groups))
        self.reference_bits = {predicate: random_bits() for predicate, _, _ in self.references}
        self._by_origin: dict[Origin, Plan] = {}
        self._plans: dict[tuple[int, ...], Plan] = {}
        self._start()

    def _start(self) -> None:
        """Begin without any class met."""
        self.signatures: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._signs: dict[tuple[int, frozenset[str]], Signs] = {}
        self._layouts: dict[Shape, Layout] = {}
        self._words.clear()

    def make_room(self) -> None:
        """Forget what was met where it is too much: hostile logs make new classes and signatures without end."""
        if len(self.signatures) >= _SIGNATURES:
            self.signatures.clear()
        if self.classes.count + sum(words.keywords.count for words in self._words.values()) >= _CLASSES:
            self.classes.clear()
            self._start()

    def layout(self, schema: pa.Schema) -> Layout:
        """Give what batches of a shape answer."""
        shape = Schema(schema)
        layout = self._layouts.get(shape.key)
        if layout is None:
            if len(self._layouts) >= _SHAPES:
                del self._layouts[next(iter(self._layouts))]
            layout = self._layouts[shape.key] = Layout(shape, self)
        return layout

    def signs(self, group: int, fields: frozenset[str]) -> Signs:
        """Give the bits for the classes of a group, as far as they tell of some fields."""
        key = (group, fields)
        if key not in self._signs:
            predicates = frozenset().union(*(self.predicates_of[field] for field in fields))
            self._signs[key] = Signs(self.classes.contents[group], predicates, self.groups[group].nulls)
        return self._signs[key]

    def words(self, plans: Sequence[Plan]) -> list[tuple[Words, list[bool]]]:
        """Give what searches the keywords of plans: each set of them, and which of the plans ask it.

        Each set is searched by itself: the short keywords of one product are in every line of another.
        """
        found: list[tuple[Words, list[bool]]] = []
        wanted = [frozenset(plan.asked.intersection(self._keywords)) for plan in plans]
        for one in sorted({*wanted} - {frozenset()}, key=sorted):
            words = self._words.get(one)
            if words is None:
                if len(self._words) >= _WORDS:
                    del self._words[next(iter(self._words))]
                keywords = Keywords([(place, self._keywords[place]) for place in sorted(one)], self.banks)
                words = self._words[one] = Words(keywords, Signs(keywords.contents, one, frozenset()))
            found.append((words, [theirs == one for theirs in wanted]))
        return found

    def plan(self, origin: Origin) -> Plan:
        """Give the rules that events of one origin can satisfy."""
        plan = self._by_origin.get(origin)
        if plan is None:
            meets = load_taxonomy().meets
            met = tuple(place for place, source in enumerate(self._sources) if meets(source, origin))
            plan = self._plans.get(met)
            if plan is None:
                plan = self._plans[met] = self._make(met)
            if len(self._by_origin) >= _ORIGINS:
                self._by_origin.clear()
            self._by_origin[origin] = plan
        return plan

    def _make(self, met: tuple[int, ...]) -> Plan:
        sources = [self._sources[place] for place in met]
        return Plan(
            len(self._plans),
            frozenset(place for source in sources for place in self._rules[source]),
            [place for source in sources for place in self._always.get(source, ())],
            frozenset().union(*(self._asked[source] for source in sources)),
            self,
        )
