"""What is asked of the values of one column, whichever fields of rules it answers: a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.detect.atoms import Exists, Null, Number, Regex, Text, Wild
from warroom.detect.comparing import AT_ONCE
from warroom.detect.folding import fold
from warroom.detect.search_tables import BEGIN, END, RESERVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.detect.atoms import Atom, Pieces
    from warroom.detect.predicates import Predicate, Term

_ALWAYS: Final = (Exists(), Text((Wild.MANY,)))
#: Whole numbers of at most so many digits are found as texts where they are written plainly.
_DIGITS: Final = 10**18


@dataclass(frozen=True, slots=True)
class Literal:
    """A text to look for in the values of a group, folded and with its sentinels."""

    text: str
    unit: int
    group: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with wildcards; ``trigger`` is the unit of a literal that stands in every value that it matches."""

    pieces: Pieces
    cased: bool
    unit: int
    group: int
    trigger: int


@dataclass(frozen=True, slots=True)
class Later:
    """Atoms that are tested only where ``unit`` is true; where all of them are, ``together`` is."""

    unit: int
    atoms: tuple[Atom, ...]
    together: int


class Units:
    """What is looked for, numbered over all groups: what makes one atom true of the values of a group.

    With ``few``, of atoms that must all be true only the one that tells most is looked for; the others are for later.
    """

    def __init__(self, *, few: bool = False) -> None:
        self.count = 0
        self.later: list[Later] = []
        self._few = few
        self.literals: list[Literal] = []
        self.patterns: list[Pattern] = []
        self.plain: dict[int, list[int]] = {}  # unit → predicates that it makes true by itself
        self.conjunctions: list[tuple[int, tuple[int, ...]]] = []  # predicate, units; the rarest unit first
        self._known: dict[tuple[int, object], int] = {}
        self._weights: list[int] = []  # of units: how much each tells

    def ask(self, predicate: int, group: Group, atoms: Sequence[Atom]) -> None:
        """Take in atoms that together make a predicate true; most are one literal."""
        if self._few and len(atoms) > 1:
            first, *others = sorted(atoms, key=_weight, reverse=True)
            together = self._new(0)
            self.later.append(Later(self._unit(group, first), tuple(others), together))
            self.plain[together] = [predicate]
            return
        found = dict.fromkeys(self._unit(group, atom) for atom in atoms)
        if len(found) == 1:
            self.plain.setdefault(next(iter(found)), []).append(predicate)
        else:
            order = sorted(found, key=self._weights.__getitem__, reverse=True)
            self.conjunctions.append((predicate, tuple(order)))

    def _unit(self, group: Group, atom: Atom) -> int:
        key = (group.number, atom)
        unit = self._known.get(key)
        if unit is None:
            literal = literal_of(atom) if isinstance(atom, Text) else None
            if isinstance(atom, Text) and literal is not None:
                unit = self._literal(group, literal)
                if not is_plain(atom):
                    group.strict = group.strict or not all(_is_ascii(piece) for piece in atom.pieces)
                    group.cased = group.cased or atom.cased
                    trigger, unit = unit, self._new(len(literal))
                    self.patterns.append(Pattern(atom.pieces, atom.cased, unit, group.number, trigger))
            else:
                unit = self._new(0)
                if isinstance(atom, Number):
                    group.numbers[atom.number] = unit
                    if abs(atom.number) < _DIGITS and atom.number == int(atom.number):
                        self.literals.append(Literal(f"{BEGIN}{int(atom.number)}{END}", unit, group.number))
                elif isinstance(atom, Regex):
                    group.expressions.append((unit, atom))
                else:
                    group.tests.append((unit, atom))
            self._known[key] = unit
        return unit

    def _literal(self, group: Group, text: str) -> int:
        key = (group.number, text)
        if key not in self._known:
            self._known[key] = self._new(len(text))
            self.literals.append(Literal(text, self._known[key], group.number))
            group.strict = group.strict or not text.isascii()
        return self._known[key]

    def _new(self, weight: int) -> int:
        self._weights.append(weight)
        self.count += 1
        return self.count - 1


class Group:
    """The predicates of a group.

    Attributes:
        number: of the group.
        encoded: the values are percent-encoded, and have several readings.
        nulls: predicates that are true where there is no value.
        always: predicates that are true of every value.
        strict: characters beyond ASCII count: some literal has one, or ``?`` stands for one.
        cased: some pattern asks for letters as they are written.
        numbers: number → unit.
        expressions: (unit, expression), to be found in each text.
        tests: (unit, atom), to be tested for each text.
    """

    def __init__(self, number: int, *, encoded: bool) -> None:
        self.number = number
        self.encoded = encoded
        self.nulls: frozenset[int] = frozenset()
        self.always: frozenset[int] = frozenset()
        self.strict = False
        self.cased = False
        self.numbers: dict[float, int] = {}
        self.expressions: list[tuple[int, Regex]] = []
        self.tests: list[tuple[int, Atom]] = []

    @property
    def one_by_one(self) -> bool:
        """Something is asked that each text must be tested for by itself."""
        return bool(self.expressions or self.tests)

    @property
    def compared(self) -> bool:
        """Nothing but comparisons with numbers and networks is asked of each text as it is written."""
        return (
            bool(self.tests)
            and not self.encoded
            and not self.expressions
            and all(isinstance(atom, AT_ONCE) for _, atom in self.tests)
        )

    def add(self, number: int, predicate: Predicate, units: Units) -> None:
        """Take in a predicate."""
        for term in predicate.terms:
            if any(isinstance(atom, Null) for atom in term):
                if all(isinstance(atom, Null) for atom in term):
                    self.nulls |= {number}
                continue  # no value is null and something else
            self._add(number, term, units)

    def _add(self, number: int, term: Term, units: Units) -> None:
        asked = [atom for atom in term if atom not in _ALWAYS]
        if asked:
            units.ask(number, self, asked)
        else:
            self.always |= {number}


def _is_ascii(piece: str | Wild) -> bool:
    """Say whether a piece asks for bytes alone; ``?`` is one character, however many bytes it has."""
    return piece.isascii() if isinstance(piece, str) else piece is Wild.MANY


def _weight(atom: Atom) -> int:
    """Guess how much an atom tells."""
    return len(literal_of(atom) or "") if isinstance(atom, Text) else 0


def is_plain(atom: Text) -> bool:
    """Say whether the atom is true exactly where its one literal is found."""
    pieces = sum(isinstance(piece, str) for piece in atom.pieces)
    return not atom.cased and pieces <= 1 and Wild.ONE not in atom.pieces


def literal_of(atom: Text) -> str | None:
    """Give the longest literal that stands in every value for which the atom is true; None where none can be told."""
    if not atom.pieces:
        return BEGIN + END
    if any(isinstance(piece, str) and RESERVED.intersection(piece) for piece in atom.pieces):
        return None
    found = (_literal(atom, place) for place, piece in enumerate(atom.pieces) if isinstance(piece, str))
    return max(found, key=len, default=None)


def _literal(atom: Text, place: int) -> str:
    begin = BEGIN if place == 0 else ""
    end = END if place == len(atom.pieces) - 1 else ""
    return begin + fold(str(atom.pieces[place])) + end


def grouped(
    predicates: Sequence[Predicate], group_of: Mapping[str, int], decoded: frozenset[int]
) -> tuple[list[Group], Units]:
    """Sort the predicates of fields into groups; ``decoded`` are those whose text is percent-encoded."""
    units = Units()
    groups = [Group(number, encoded=number in decoded) for number in range(max(group_of.values(), default=-1) + 1)]
    for number, predicate in enumerate(predicates):
        if predicate.field is not None and predicate.reference is None:
            groups[group_of[predicate.field]].add(number, predicate, units)
    return groups, units
