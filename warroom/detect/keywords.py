"""Searches keywords in every text of a batch's events, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.classes import Classes
from warroom.detect.value_groups import Group, Units

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from warroom.detect.banks import Banks
    from warroom.detect.encoded import Encoded
    from warroom.detect.predicates import Predicate
    from warroom.detect.value_groups import Later

    Ints = npt.NDArray[np.int64]

#: The only group.
_WORDS: Final = 0


class Keywords:
    """Predicates without a field; a row's class says which of them are true."""

    def __init__(self, predicates: Sequence[tuple[int, Predicate]], banks: Banks) -> None:
        units = Units(few=True)
        group = Group(_WORDS, encoded=False)
        for place, (_, predicate) in enumerate(predicates):
            group.add(place, predicate, units)
        self._numbers = [number for number, _ in predicates]
        self._classes = Classes([group], units, len(predicates), banks)
        self._later: dict[int, list[Later]] = {}
        for one in units.later:
            self._later.setdefault(one.unit, []).append(one)
        self.contents: list[frozenset[int]] = []
        self._note()

    def classify(self, rows: int, columns: Iterable[tuple[Encoded, bool]]) -> npt.NDArray[np.int32]:
        """Give each row's class; of each column, whether it is percent-encoded."""
        nothing = np.zeros(0, dtype=np.int64)
        owners, units = [nothing], [nothing]
        searched = list(columns)
        for column, encoded in searched:
            places, found = self._classes.find(column, _WORDS, encoded=encoded)
            if len(places):
                these, theirs = column.rows_of(places, found)
                owners.append(these)
                units.append(theirs)
        owner, unit = np.concatenate(owners), np.concatenate(units)
        more = self._tested(owner, unit, searched)
        owner, unit = np.concatenate((owner, more[:, 0])), np.concatenate((unit, more[:, 1]))
        order = np.argsort(owner, kind="stable")
        classes = self._classes.classify_found(rows, owner[order], unit[order], _WORDS)
        self._note()
        return classes

    def _tested(self, rows: Ints, units: Ints, columns: Sequence[tuple[Encoded, bool]]) -> Ints:
        """Give (row, unit) for what is tested only where something else was found."""
        found: list[tuple[int, int]] = []
        asked = np.isin(units, list(self._later))
        for row, unit in sorted({*zip(rows[asked].tolist(), units[asked].tolist(), strict=True)}):
            texts = [text for column, encoded in columns for text in column.readings_of(row, encoded=encoded)]
            found += [
                (row, one.together)
                for one in self._later[unit]
                if all(any(atom.holds(text) for text in texts) for atom in one.atoms)
            ]
        return np.array(found, dtype=np.int64).reshape(-1, 2)

    @property
    def count(self) -> int:
        """How many classes were met."""
        return self._classes.count

    def _note(self) -> None:
        met = self._classes.contents[_WORDS]
        self.contents += [frozenset(self._numbers[place] for place in content) for content in met[len(self.contents) :]]
