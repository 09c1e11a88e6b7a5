"""The rules that events of one log source can satisfy, compiled together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.detect.atoms import Reference
from warroom.detect.classes import Classes
from warroom.detect.conditions import Compiled, compile_condition, triggers
from warroom.detect.rules import Leaf
from warroom.detect.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.detect.atoms import Atom
    from warroom.detect.rules import Rule
    from warroom.detect.shelf import Shelf


class Plan:
    """Compiled rules.

    Attributes:
        fields: rule field → the name of the group of fields it is classified with.
        groups: group → classes of its columns' values; fields of one core column share one group.
        keywords: classes of columns that no rule names, or None where no rule has keywords.
        keyword_leaves: the leaves of keywords.
        references: (leaf, field, reference to the other field).
        leaves_of: rule field → its leaves, keywords included: what counts where two fields of a group differ.
    """

    def __init__(self, rules: Sequence[Rule], numbers: Sequence[int], shelf: Shelf | None = None) -> None:
        self._numbers = tuple(numbers)
        self._leaves: dict[Leaf, int] = {}
        self._conditions: list[Compiled] = []
        self._triggered: dict[int, list[int]] = {}
        self._always: list[int] = []
        for place, rule in enumerate(rules):
            self._conditions.append(compile_condition(rule.condition, self._number))
            for leaf in triggers(rule.condition, self._number) or ():
                self._triggered.setdefault(leaf, []).append(place)
            if triggers(rule.condition, self._number) is None:
                self._always.append(place)
        taxonomy = load_taxonomy()
        asked: dict[str, dict[int, Atom]] = {}
        everywhere: dict[int, Atom] = {}
        self.fields: dict[str, str] = {}
        self.references: list[tuple[int, str, Reference]] = []
        self.leaves_of: dict[str, frozenset[int]] = {}
        by_field: dict[str, set[int]] = {}
        for asked_leaf, number in self._leaves.items():
            if asked_leaf.field is None:
                everywhere[number] = asked_leaf.atom
            elif isinstance(asked_leaf.atom, Reference):
                self.references.append((number, asked_leaf.field, asked_leaf.atom))
            else:
                group = taxonomy.column_of(asked_leaf.field) or f"fields.{asked_leaf.field}"
                self.fields[asked_leaf.field] = group
                asked.setdefault(group, {})[number] = asked_leaf.atom
                by_field.setdefault(asked_leaf.field, set()).add(number)
        if everywhere:
            for column in taxonomy.decoded:
                asked.setdefault(column, {})
        self.groups = {
            group: Classes(atoms | everywhere, encoded=group in taxonomy.decoded, shelf=shelf)
            for group, atoms in asked.items()
        }
        self.keywords = Classes(everywhere, encoded=False, shelf=shelf) if everywhere else None
        self.keyword_leaves = frozenset(everywhere)
        self.leaves_of = {field: frozenset(found) | everywhere.keys() for field, found in by_field.items()}

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def make_room(self) -> bool:
        """Forget classes where there are too many of them; say whether any changed their numbers."""
        full = [classes for classes in (*self.groups.values(), self.keywords) if classes is not None and classes.full]
        for classes in full:
            classes.clear()
        return bool(full)

    def _number(self, leaf: Leaf) -> int:
        return self._leaves.setdefault(leaf, len(self._leaves))

    def matching(self, leaves: frozenset[int]) -> tuple[int, ...]:
        """Give the rules (positions in the rule set, ascending) that are true where exactly these leaves are."""
        places = set(self._always)
        for leaf in leaves:
            places.update(self._triggered.get(leaf, ()))
        return tuple(self._numbers[place] for place in sorted(places) if self._conditions[place].true(leaves))
