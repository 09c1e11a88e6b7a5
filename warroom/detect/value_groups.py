"""What is asked of the values of one column, whichever fields of rules it answers: a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.detect.atoms import Exists, Null, Number, Regex, Text, Wild, number_of
from warroom.detect.folding import fold
from warroom.detect.literals import BEGIN, END, RESERVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.detect.atoms import Atom
    from warroom.detect.banks import Banks
    from warroom.detect.predicates import Predicate, Term
    from warroom.detect.regexes import Regexes

#: Shorter texts of digits are numbers.
_DIGITS: Final = 19
_ALWAYS: Final = (Exists(), Text((Wild.MANY,)))


@dataclass(frozen=True, slots=True)
class Conjunction:
    """A term that is not plain: all of ``units`` must be found, and all of ``checks`` be true of one text each."""

    predicate: int
    units: tuple[int, ...]
    checks: tuple[Atom, ...]


class Units:
    """What is looked for, numbered over all groups: a literal in the values of a group, or another test of them."""

    def __init__(self) -> None:
        self.literals: list[str] = []
        self.groups: list[int] = []  # of the literals
        self.plain: dict[int, list[int]] = {}  # unit → predicates that it makes true by itself
        self.conjunctions: list[Conjunction] = []
        self.others: list[tuple[int, Atom]] = []  # (group, atom); numbered after the literals
        self._known: dict[tuple[int, object], int] = {}

    def literal(self, group: int, text: str) -> int:
        """Number a literal."""
        key = (group, text)
        if key not in self._known:
            self._known[key] = len(self.literals)
            self.literals.append(text)
            self.groups.append(group)
        return self._known[key]

    def ask(self, term: Conjunction) -> None:
        """Take in a term; most are one literal."""
        if len(term.units) == 1 and not term.checks:
            self.plain.setdefault(term.units[0], []).append(term.predicate)
        else:
            self.conjunctions.append(term)

    def other(self, group: int, atom: Atom) -> int:
        """Number a test, from -1 downwards: how many literals there are is not known yet."""
        key = (group, atom)
        if key not in self._known:
            self.others.append((group, atom))
            self._known[key] = -len(self.others)
        return self._known[key]


class Group:
    """The predicates of a group.

    Attributes:
        nulls: predicates that are true where there is no value.
        always: predicates that are true of every value.
        encoded: the values are percent-encoded, and have several readings.
        few: of a conjunction only one literal is looked for; the rest is tested where it is found.
    """

    def __init__(self, number: int, *, encoded: bool, few: bool = False) -> None:
        self.few = few
        self.number = number
        self.encoded = encoded
        self.nulls: frozenset[int] = frozenset()
        self.always: frozenset[int] = frozenset()
        self.literal = False  # some literal is looked for
        self.numbers: dict[float, int] = {}
        self.expressions: list[tuple[int, Regex]] = []
        self.tests: list[tuple[int, Atom]] = []
        self._bank: Regexes | None = None

    @property
    def only_numbers(self) -> bool:
        """Nothing but numbers is asked."""
        return bool(self.numbers) and not (self.literal or self.expressions or self.tests)

    @property
    def one_by_one(self) -> bool:
        """Something is asked that each text must be tested for by itself."""
        return bool(self.numbers or self.expressions or self.tests)

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
        if not asked:
            self.always |= {number}
            return
        if self.few:
            self._add_rarest(number, asked, units)
            return
        needed: dict[int, None] = {}
        checks: list[Atom] = []
        for atom in asked:
            found = literals_of(atom) if isinstance(atom, Text) else []
            if not found or not isinstance(atom, Text):
                needed[units.other(self.number, atom)] = None
                continue
            needed |= dict.fromkeys(units.literal(self.number, literal) for literal in found)
            if not is_plain(atom):
                checks.append(atom)
        # The longest literal is the rarest; what is tested one by one is found without being looked for.
        order = sorted(needed, key=lambda unit: -len(units.literals[unit]) if unit >= 0 else 0)
        units.ask(Conjunction(number, tuple(order), tuple(checks)))

    def _add_rarest(self, number: int, asked: list[Atom], units: Units) -> None:
        found = [(literals_of(atom)[:1], atom) for atom in asked if isinstance(atom, Text)]
        literal, rarest = max(
            ((one[0], atom) for one, atom in found if one), key=lambda pair: len(pair[0]), default=(None, None)
        )
        if literal is None or rarest is None:
            units.ask(Conjunction(number, tuple(units.other(self.number, atom) for atom in asked), ()))
        else:
            checks = tuple(atom for atom in asked if atom is not rarest or not is_plain(rarest))
            units.ask(Conjunction(number, (units.literal(self.number, literal),), checks))

    def put(self, unit: int, atom: Atom) -> None:
        """Take in a test by its final number."""
        if isinstance(atom, Number):
            self.numbers[atom.number] = unit
        elif isinstance(atom, Regex):
            self.expressions.append((unit, atom))
        else:
            self.tests.append((unit, atom))

    def tested(self, text: str, banks: Banks) -> list[int]:
        """Give the units, literals aside, that are true of a text."""
        found: list[int] = []
        if self.numbers:
            number = quick_number(text)
            if number is not None and number in self.numbers:
                found.append(self.numbers[number])
        if self.expressions:
            if self._bank is None:
                # In one order at every start, for what is compiled is kept by its expressions.
                self.expressions.sort(key=lambda pair: (pair[1].pattern, pair[1].flags))
                self._bank = banks.bank(tuple(expression for _, expression in self.expressions))
            found += [self.expressions[place][0] for place in self._bank.found(text)]
        found += [unit for unit, atom in self.tests if atom.holds(text)]
        return found


def quick_number(text: str) -> int | float | None:
    """Read a number as ``number_of`` does; most are digits alone."""
    return int(text) if text.isdigit() and text.isascii() and len(text) < _DIGITS else number_of(text)


def is_plain(atom: Text) -> bool:
    """Say whether the atom is true exactly where its one literal is found."""
    pieces = sum(isinstance(piece, str) for piece in atom.pieces)
    return not atom.cased and pieces <= 1 and Wild.ONE not in atom.pieces


def literals_of(atom: Text) -> list[str]:
    """Give literals that stand in every value for which the atom is true; none where it has none that can be told."""
    if not atom.pieces:
        return [BEGIN + END]
    found = [_literal(atom, place) for place, piece in enumerate(atom.pieces) if isinstance(piece, str)]
    usable = [text for piece, text in found if not RESERVED.intersection(piece)]
    if len(usable) <= 1:
        return usable
    longest = max(usable, key=len)
    return list(dict.fromkeys([longest, *(text for text in usable if len(text) >= _TELLING)]))


#: Shorter pieces of a pattern tell little: its longest piece and its own test decide.
_TELLING: Final = 4


def _literal(atom: Text, place: int) -> tuple[str, str]:
    begin = BEGIN if place == 0 else ""
    end = END if place == len(atom.pieces) - 1 else ""
    piece = fold(str(atom.pieces[place]))
    return piece, begin + piece + end


def grouped(
    predicates: Sequence[Predicate], group_of: Mapping[str, int], decoded: frozenset[int]
) -> tuple[list[Group], Units]:
    """Sort the predicates of fields into groups; ``decoded`` are those whose text is percent-encoded."""
    units = Units()
    groups = [Group(number, encoded=number in decoded) for number in range(max(group_of.values(), default=-1) + 1)]
    for number, predicate in enumerate(predicates):
        if predicate.field is not None and predicate.reference is None:
            groups[group_of[predicate.field]].add(number, predicate, units)
    for group in units.groups:
        groups[group].literal = True
    for place, (group, atom) in enumerate(units.others):
        groups[group].put(len(units.literals) + place, atom)
    return groups, units
