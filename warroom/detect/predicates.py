"""Cuts conditions into predicates: the largest parts of a condition that look at one field alone.

A predicate is one question to a value, whatever the number of atoms in it: ``CommandLine|contains`` with a hundred
words is one. So values that are the same to every predicate are one class, and few classes are met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.detect.atoms import Atom, Exists, Null, Number, Reference, Text
from warroom.detect.rules import Every, Leaf, Negation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.detect.rules import Condition

#: Atoms that must all be true.
Term = frozenset[Atom]
#: A conjunction of alternatives is written out while it has no more terms than this.
_TERMS: Final = 32


@dataclass(frozen=True, slots=True)
class Predicate:
    """One of the terms is true for the field; without a field, for the texts of the event."""

    field: str | None
    terms: frozenset[Term]

    @property
    def reference(self) -> Reference | None:
        """The comparison with another field, which no value can answer by itself; it always stands alone."""
        atom = next(iter(next(iter(self.terms))))
        return atom if isinstance(atom, Reference) else None

    @property
    def commonness(self) -> int:
        """Guess how often it is true, for the choice between several."""
        return sum(min(map(_commonness, term)) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts of which all (``every``) or at least one must be true."""

    every: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Inverted:
    """The part is not true."""

    part: Part


Part = Predicate | Joined | Inverted


def predicates_of(condition: Condition) -> Part:
    """Write a condition in predicates; it stays true for the same events."""
    if isinstance(condition, Leaf):
        return Predicate(condition.field, frozenset((frozenset((condition.atom,)),)))
    if isinstance(condition, Negation):
        return Inverted(predicates_of(condition.part))
    every = isinstance(condition, Every)
    parts = list(_flat(map(predicates_of, condition.parts), every=every))
    found: list[Part] = []
    by_field: dict[str | None, list[Predicate]] = {}
    for part in parts:
        if isinstance(part, Predicate) and part.reference is None:
            by_field.setdefault(part.field, []).append(part)
        else:
            found.append(part)
    for field, several in by_field.items():
        found += _product(field, several) if every else [_sum(field, several)]
    return found[0] if len(found) == 1 else Joined(every, tuple(found))


def _flat(parts: Iterable[Part], *, every: bool) -> Iterable[Part]:
    for part in parts:
        if isinstance(part, Joined) and part.every == every:
            yield from part.parts
        else:
            yield part


def _sum(field: str | None, several: list[Predicate]) -> Predicate:
    return Predicate(field, frozenset().union(*(one.terms for one in several)))


def _product(field: str | None, several: list[Predicate]) -> list[Part]:
    """Join predicates that must all be true, as few as the bound allows."""
    done: list[Part] = []
    terms: frozenset[Term] = frozenset((frozenset(),))
    for one in sorted(several, key=lambda one: len(one.terms)):
        if len(terms) * len(one.terms) <= _TERMS:
            terms = frozenset(left | right for left in terms for right in one.terms)
        else:
            done.append(one)
    return [Predicate(field, terms), *done] if terms != {frozenset()} else done


def _commonness(atom: Atom) -> int:
    if isinstance(atom, Null | Exists):
        return 1000
    if isinstance(atom, Number):
        return 100
    if isinstance(atom, Text):
        longest = max((len(piece) for piece in atom.pieces if isinstance(piece, str)), default=0)
        return 100 if longest < 4 else 10 if longest < 8 else 1  # noqa: PLR2004  rough lengths
    return 10
