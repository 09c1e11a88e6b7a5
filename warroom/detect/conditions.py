"""Conditions as questions to the set of true predicates, and which predicates make a rule worth asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.detect.predicates import Inverted, Predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.detect.predicates import Part


@dataclass(frozen=True, slots=True)
class All:
    """All predicates (by number) and all further parts are true."""

    numbers: frozenset[int]
    parts: tuple[Compiled, ...]

    def asked(self) -> frozenset[int]:
        """Give every predicate in it."""
        return self.numbers.union(*(part.asked() for part in self.parts))

    def true(self, numbers: frozenset[int]) -> bool:
        """Say whether it is true where these predicates are."""
        return self.numbers <= numbers and all(part.true(numbers) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """One predicate (by number) or one further part is true."""

    numbers: frozenset[int]
    parts: tuple[Compiled, ...]

    def asked(self) -> frozenset[int]:
        """Give every predicate in it."""
        return self.numbers.union(*(part.asked() for part in self.parts))

    def true(self, numbers: frozenset[int]) -> bool:
        """Say whether it is true where these predicates are."""
        return not self.numbers.isdisjoint(numbers) or any(part.true(numbers) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not true."""

    part: Compiled

    def asked(self) -> frozenset[int]:
        """Give every predicate in it."""
        return self.part.asked()

    def true(self, numbers: frozenset[int]) -> bool:
        """Say whether it is true where these predicates are."""
        return not self.part.true(numbers)


Compiled = All | Any | Not


def compile_condition(part: Part, number: Callable[[Predicate], int]) -> Compiled:
    """Give predicates their numbers."""
    if isinstance(part, Predicate):
        return All(frozenset((number(part),)), ())
    if isinstance(part, Inverted):
        return Not(compile_condition(part.part, number))
    numbers = frozenset(number(one) for one in part.parts if isinstance(one, Predicate))
    parts = tuple(compile_condition(one, number) for one in part.parts if not isinstance(one, Predicate))
    return All(numbers, parts) if part.every else Any(numbers, parts)


def triggers(part: Part, number: Callable[[Predicate], int]) -> frozenset[int] | None:
    """Give predicates of which one is true whenever the condition is, as rare as can be; None where there are none."""
    found = _triggers(part, number)
    return found[1] if found else None


def _triggers(part: Part, number: Callable[[Predicate], int]) -> tuple[int, frozenset[int]] | None:
    if isinstance(part, Predicate):
        return part.commonness, frozenset((number(part),))
    if isinstance(part, Inverted):
        return None
    found = [_triggers(one, number) for one in part.parts]
    if part.every:
        return min((one for one in found if one), key=lambda one: one[0], default=None)
    return _union(found)


def _union(parts: Sequence[tuple[int, frozenset[int]] | None]) -> tuple[int, frozenset[int]] | None:
    known = [part for part in parts if part]
    if len(known) < len(parts):
        return None
    return sum(part[0] for part in known), frozenset().union(*(part[1] for part in known))
