"""A loaded set of rules, and its compiled plans: one for the rules that a log source can satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.detect.columns import Schema
from warroom.detect.layout import Layout
from warroom.detect.plan import Plan
from warroom.detect.rules import Leaf, Negation
from warroom.detect.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from warroom.detect.rules import Condition, Correlation, Rule
    from warroom.detect.shelf import Shelf
    from warroom.detect.taxonomy import Origin
    from warroom.errors import Fault

#: Shapes of batches remembered; JSON sources make new ones.
_SHAPES: Final = 64


class RuleSet:
    """Rules and correlations that were loaded, and what was refused.

    Attributes:
        rules: rules over single events; ``match`` answers with positions in this list.
        correlations: rules over their matches.
        refused: files and documents that could not be used, and why.
        silent: positions of rules that only serve correlations and raise no alert of their own.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        correlations: Sequence[Correlation] = (),
        refused: Sequence[Fault] = (),
        silent: frozenset[int] = frozenset(),
        shelf: Shelf | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.correlations = tuple(correlations)
        self.refused = list(refused)
        self.silent = silent
        self._shelf = shelf  # where compiled expressions are kept between starts
        self._by_origin: dict[Origin, Plan] = {}
        self._plans: dict[tuple[int, ...], Plan] = {}
        self._layouts: dict[tuple[int, pa.Schema], Layout] = {}

    def layout(self, origin: Origin, schema: pa.Schema) -> Layout | None:
        """Give what matches events of one origin in batches of a shape; None where no rule can match."""
        plan = self._plan(origin)
        if not plan:
            return None
        if plan.make_room():
            for (owner, _), layout in self._layouts.items():
                if owner == id(plan):
                    layout.clear()
        key = (id(plan), schema)
        if key not in self._layouts:
            if len(self._layouts) >= _SHAPES:
                del self._layouts[next(iter(self._layouts))]
            self._layouts[key] = Layout(plan, Schema(schema))
        return self._layouts[key]

    def _plan(self, origin: Origin) -> Plan:
        plan = self._by_origin.get(origin)
        if plan is None:
            taxonomy = load_taxonomy()
            numbers = tuple(n for n, rule in enumerate(self.rules) if taxonomy.meets(rule.logsource, origin))
            if numbers not in self._plans:
                self._plans[numbers] = Plan([self.rules[number] for number in numbers], numbers, self._shelf)
            plan = self._by_origin[origin] = self._plans[numbers]
        return plan

    def fallbacks(self) -> list[tuple[Rule, str]]:
        """List (rule, expression) for each regular expression that Hyperscan refuses and Python's engine decides."""
        from warroom.detect.atoms import Regex  # noqa: PLC0415  with the next: only for the listing
        from warroom.detect.regexes import Regexes  # noqa: PLC0415  compiles every expression

        asked = [
            (rule, leaf.atom) for rule in self.rules for leaf in _leaves(rule.condition) if isinstance(leaf.atom, Regex)
        ]
        refused = set(Regexes([atom for _, atom in asked], self._shelf).fallbacks)
        return [(rule, atom.pattern) for rule, atom in asked if atom in refused]


def _leaves(condition: Condition) -> Iterator[Leaf]:
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, Negation):
        yield from _leaves(condition.part)
    else:
        for part in condition.parts:
            yield from _leaves(part)
