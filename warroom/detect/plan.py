"""The rules that events of one origin can satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.detect.layout import random_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.detect.rule_form import RuleForm

#: Sets of true predicates whose rules are remembered; beyond, memory starts anew.
_MEMORY: Final = 20_000


class Plan:
    """Some of the compiled rules.

    Attributes:
        number: of the plan, among those of the same rule set.
        rules: positions of its rules.
        asked: the predicates that its rules ask.
        nulls: of these, the ones that are true where there is no value.
        bits: what the plan adds to the signature of a row.
    """

    def __init__(
        self,
        number: int,
        rules: frozenset[int],
        always: Sequence[int],
        asked: frozenset[int],
        form: RuleForm,
    ) -> None:
        self.number = number
        self.rules = rules
        self.asked = asked
        self.nulls = asked & form.nulls
        self.bits = random_bits()
        self._always = tuple(always)
        self._triggered = form.triggered
        self._conditions = form.conditions
        self._known: dict[frozenset[int], tuple[int, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self.rules)

    def matching(self, predicates: frozenset[int]) -> tuple[int, ...]:
        """Give the rules, ascending, that are true where of the predicates asked exactly these are."""
        known = self._known.get(predicates)
        if known is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            known = self._known[predicates] = self._matching(predicates)
        return known

    def _matching(self, predicates: frozenset[int]) -> tuple[int, ...]:
        places = {place for predicate in predicates for place in self._triggered.get(predicate, ())}
        places &= self.rules
        places.update(self._always)
        return tuple(place for place in sorted(places) if self._conditions[place].true(predicates))
