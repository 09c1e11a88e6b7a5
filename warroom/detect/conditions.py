"""Conditions as questions to the set of true leaves, and which leaves make a rule worth asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.detect.atoms import Exists, Null, Number, Text
from warroom.detect.rules import Every, Leaf, Negation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.detect.rules import Condition


@dataclass(frozen=True, slots=True)
class All:
    """All leaves and all further parts are true."""

    leaves: frozenset[int]
    parts: tuple[Compiled, ...]

    def true(self, leaves: frozenset[int]) -> bool:
        """Say whether it is true where these leaves are."""
        return self.leaves <= leaves and all(part.true(leaves) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """One leaf or one further part is true."""

    leaves: frozenset[int]
    parts: tuple[Compiled, ...]

    def true(self, leaves: frozenset[int]) -> bool:
        """Say whether it is true where these leaves are."""
        return not self.leaves.isdisjoint(leaves) or any(part.true(leaves) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not true."""

    part: Compiled

    def true(self, leaves: frozenset[int]) -> bool:
        """Say whether it is true where these leaves are."""
        return not self.part.true(leaves)


Compiled = All | Any | Not


def compile_condition(condition: Condition, number: Callable[[Leaf], int]) -> Compiled:
    """Give leaves their numbers."""
    if isinstance(condition, Leaf):
        return All(frozenset((number(condition),)), ())
    if isinstance(condition, Negation):
        return Not(compile_condition(condition.part, number))
    leaves = frozenset(number(part) for part in condition.parts if isinstance(part, Leaf))
    parts = tuple(compile_condition(part, number) for part in condition.parts if not isinstance(part, Leaf))
    return All(leaves, parts) if isinstance(condition, Every) else Any(leaves, parts)


def triggers(condition: Condition, number: Callable[[Leaf], int]) -> frozenset[int] | None:
    """Give leaves of which one is true whenever the condition is, as rare as can be; None where there are none."""
    found = _triggers(condition, number)
    return found[1] if found else None


def _triggers(condition: Condition, number: Callable[[Leaf], int]) -> tuple[int, frozenset[int]] | None:
    if isinstance(condition, Leaf):
        return _commonness(condition), frozenset((number(condition),))
    if isinstance(condition, Negation):
        return None
    parts = [_triggers(part, number) for part in condition.parts]
    if isinstance(condition, Every):
        return min((part for part in parts if part), key=lambda part: part[0], default=None)
    return _union(parts)


def _union(parts: Sequence[tuple[int, frozenset[int]] | None]) -> tuple[int, frozenset[int]] | None:
    known = [part for part in parts if part]
    if len(known) < len(parts):
        return None
    return sum(part[0] for part in known), frozenset().union(*(part[1] for part in known))


def _commonness(leaf: Leaf) -> int:
    """Guess how often a leaf is true, for the choice between several."""
    atom = leaf.atom
    if isinstance(atom, Null | Exists):
        return 1000
    if isinstance(atom, Number):
        return 100
    if isinstance(atom, Text):
        longest = max((len(piece) for piece in atom.pieces if isinstance(piece, str)), default=0)
        return 100 if longest < 4 else 10 if longest < 8 else 1  # noqa: PLR2004  rough lengths
    return 10
