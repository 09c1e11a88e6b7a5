"""Maps each distinct value of a column to its class: the set of a rule set's leaves that are true for it.

Values of one class are the same to every rule, so rules are evaluated for classes, not for values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.atoms import Exists, Null, Number, Regex, Text, Wild, number_of
from warroom.detect.automaton import BEGIN, END, RESERVED, Automaton
from warroom.detect.decoding import ENCODED, readings
from warroom.detect.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from warroom.detect.atoms import Atom
    from warroom.detect.regexes import Regexes
    from warroom.detect.shelf import Shelf

#: The class of an absent value, and of a value for which only what holds for every value is true.
ABSENT: Final = 0
PRESENT: Final = 1
#: Remembered values and sets; hostile logs make new ones without end, so full tables start anew.
_MEMORY: Final = 50_000
#: Longer values are not remembered.
_LONGEST: Final = 2048


class Classes:
    """The leaves asked of one column (leaf number → atom) and the classes met so far.

    ``contents[class]`` is the set of true leaves. ``encoded`` says that the column's text is percent-encoded.
    """

    def __init__(self, leaves: Mapping[int, Atom], *, encoded: bool, shelf: Shelf | None = None) -> None:
        self._encoded = encoded
        self._shelf = shelf
        self._literals: dict[str, int] = {}
        self._direct: list[set[int]] = []  # by literal: leaves that its presence makes true
        self._checked: list[list[tuple[int, Text]]] = []  # by literal: leaves still to be tested on the value
        self._numbers: dict[float, set[int]] = {}
        self._regexes: list[tuple[int, Regex]] = []
        self._others: list[tuple[int, Atom]] = []
        null: set[int] = set()
        always: set[int] = set()
        for leaf, atom in leaves.items():
            if isinstance(atom, Null):
                null.add(leaf)
            elif isinstance(atom, Exists) or atom == Text((Wild.MANY,)):
                always.add(leaf)
            elif isinstance(atom, Text):
                self._add_text(leaf, atom)
            elif isinstance(atom, Number):
                self._numbers.setdefault(atom.number, set()).add(leaf)
            elif isinstance(atom, Regex):
                self._regexes.append((leaf, atom))
            else:
                self._others.append((leaf, atom))
        self._automaton = Automaton(tuple(self._literals)) if self._literals else None
        self._bank: Regexes | None = None
        self._one_by_one = bool(self._numbers or self._regexes or self._others)
        self._always = frozenset(always)
        self.contents: list[frozenset[int]] = [frozenset(null), self._always]
        self._known: dict[frozenset[int], int] = {self._always: PRESENT}
        self._sets: dict[bytes, tuple[frozenset[int], tuple[tuple[int, Text], ...]]] = {}
        self._values: dict[str, frozenset[int]] = {}

    @property
    def full(self) -> bool:
        """So many classes that it is time to start anew (class numbers then change their meaning)."""
        return len(self.contents) > _MEMORY

    def clear(self) -> None:
        """Forget every class met."""
        del self.contents[PRESENT + 1 :]
        self._known = {self._always: PRESENT}

    def classify(self, values: pa.Array) -> npt.NDArray[np.int32]:
        """Give each value's class; values are strings or binary, without nulls."""
        if not len(values):
            return np.zeros(0, dtype=np.int32)
        texts, owners = self._readings(values)
        found = self._scan(texts)
        classes = found[: len(values)]
        # Further readings of a value: what is true for one of them is true for the value.
        for place in (np.flatnonzero(found[len(values) :] != PRESENT) + len(values)).tolist():
            classes[owners[place]] = self.union({int(classes[owners[place]]), int(found[place])})
        if self._one_by_one:
            for owner, text in zip(owners.tolist(), texts.to_pylist(), strict=True):
                true = self._remembered(_text(text))
                if true:
                    classes[owner] = self._class_of(self.contents[classes[owner]] | true)
        return classes

    def union(self, classes: set[int]) -> int:
        """Give the class of a list whose values have these classes."""
        return (
            next(iter(classes))
            if len(classes) == 1
            else self._class_of(frozenset().union(*(self.contents[c] for c in classes)))
        )

    def _readings(self, values: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
        """Add the decoded readings of encoded values: all texts, and which value each is a reading of."""
        owners = np.arange(len(values))
        if not self._encoded:
            return values, owners
        encoded = np.flatnonzero(pc.match_substring_regex(values, ENCODED).to_numpy(zero_copy_only=False))
        if not len(encoded):
            return values, owners
        texts: list[str] = []
        added: list[int] = []
        for owner, text in zip(encoded.tolist(), values.take(pa.array(encoded)).to_pylist(), strict=True):
            further = readings(_text(text))[1:]
            texts += further
            added += [owner] * len(further)
        return pa.concat_arrays([values, pa.array(texts, values.type)]), np.concatenate(
            [owners, np.array(added, dtype=np.int64)]
        )

    def _scan(self, texts: pa.Array) -> npt.NDArray[np.int32]:
        """Give each text's class by its literals."""
        classes = np.full(len(texts), PRESENT, dtype=np.int32)
        if self._automaton is None:
            return classes
        places, literals = self._automaton.hits(texts)
        if not len(places):
            return classes
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        alone = np.diff(starts, append=len(places)) == 1
        # Most texts with a literal have one: they are classified literal by literal.
        ones = literals[starts[alone]]
        for literal in np.unique(ones).tolist():
            self._settle(texts, classes, places[starts[alone][ones == literal]], np.array([literal]))
        for start, end in zip(
            starts[~alone].tolist(), np.append(starts, len(places))[1:][~alone].tolist(), strict=True
        ):
            self._settle(texts, classes, places[start : start + 1], literals[start:end])
        return classes

    def _settle(
        self,
        texts: pa.Array,
        classes: npt.NDArray[np.int32],
        places: npt.NDArray[np.int64],
        literals: npt.NDArray[np.int64],
    ) -> None:
        """Classify texts that hold the same literals."""
        direct, checks = self._set_of(literals)
        if not checks:
            classes[places] = self._class_of(direct)
            return
        for place in places.tolist():
            text = _text(texts[place].as_py())
            classes[place] = self._class_of(direct | {leaf for leaf, atom in checks if atom.holds(text)})

    def _set_of(self, literals: npt.NDArray[np.int64]) -> tuple[frozenset[int], tuple[tuple[int, Text], ...]]:
        key = literals.tobytes()
        known = self._sets.get(key)
        if known is None:
            places = literals.tolist()
            direct = frozenset().union(*(self._direct[place] for place in places))
            checks = tuple({check: None for place in places for check in self._checked[place]})
            if len(self._sets) >= _MEMORY:
                self._sets.clear()
            known = self._sets[key] = (direct, checks)
        return known

    def _remembered(self, text: str) -> frozenset[int]:
        found = self._values.get(text)
        if found is None:
            found = self._tested(text)
            if len(text) <= _LONGEST:
                if len(self._values) >= _MEMORY:
                    self._values.clear()
                self._values[text] = found
        return found

    def _tested(self, text: str) -> frozenset[int]:
        true: set[int] = set()
        if self._numbers:
            number = number_of(text)
            if number is not None:
                true |= self._numbers.get(number, set())
        if self._regexes:
            true |= {self._regexes[place][0] for place in self._compiled().found(text)}
        true.update(leaf for leaf, atom in self._others if atom.holds(text))
        return frozenset(true)

    def _compiled(self) -> Regexes:
        if self._bank is None:
            from warroom.detect.regexes import Regexes  # noqa: PLC0415  most columns have none

            self._bank = Regexes([expression for _, expression in self._regexes], self._shelf)
        return self._bank

    def _class_of(self, found: frozenset[int]) -> int:
        content = found | self._always
        known = self._known.get(content)
        if known is None:
            known = self._known[content] = len(self.contents)
            self.contents.append(content)
        return known

    def _add_text(self, leaf: int, atom: Text) -> None:
        literals = [_literal(atom, place) for place, piece in enumerate(atom.pieces) if isinstance(piece, str)]
        usable = [literal for literal in literals if not RESERVED.intersection(literal[1])]
        if not atom.pieces:
            usable = [(BEGIN, "", END)]
        if not usable:
            self._others.append((leaf, atom))
            return
        literal = "".join(max(usable, key=lambda parts: sum(map(len, parts))))
        place = self._literals.setdefault(literal, len(self._literals))
        if place == len(self._direct):
            self._direct.append(set())
            self._checked.append([])
        simple = not atom.cased and len(literals) <= 1 and Wild.ONE not in atom.pieces
        if simple:
            self._direct[place].add(leaf)
        else:
            self._checked[place].append((leaf, atom))


def _literal(atom: Text, place: int) -> tuple[str, str, str]:
    begin = BEGIN if place == 0 else ""
    end = END if place == len(atom.pieces) - 1 else ""
    return begin, fold(str(atom.pieces[place])), end


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
