"""Searches keywords in every text of a batch's events, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.classes import ABSENT, Classes
from warroom.detect.lookups import lookups_of
from warroom.detect.value_groups import Group, Units

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.banks import Banks
    from warroom.detect.batch_texts import BatchTexts
    from warroom.detect.predicates import Predicate
    from warroom.detect.value_groups import Later

    Ints = npt.NDArray[np.int64]

#: The only group.
_WORDS: Final = 0


class Keywords:
    """Predicates without a field; a row's class says which of them are true.

    ``literals`` are such that one stands in every text that matters; None where that cannot be said. ``alone`` are
    these where no pattern is among them, which may begin in one field of a line and end in another.
    """

    def __init__(self, predicates: Sequence[tuple[int, Predicate]], banks: Banks) -> None:
        units = Units(few=True)
        group = Group(_WORDS, encoded=False)
        for place, (_, predicate) in enumerate(predicates):
            group.add(place, predicate, units)
        self._numbers = [number for number, _ in predicates]
        self._classes = Classes([group], lookups_of([group], units, len(predicates)), banks)
        texts = [literal.text for literal in units.literals]
        useful = texts and all(text.isascii() for text in texts) and not group.one_by_one and not group.strict
        self.literals = frozenset(texts) if useful else None
        self.alone = self.literals if not units.patterns else None
        self._later: dict[int, list[Later]] = {}
        for one in units.later:
            self._later.setdefault(one.unit, []).append(one)
        self.contents: list[frozenset[int]] = []
        self._note()

    def classify(self, rows: npt.NDArray[np.bool_], number: int, batch: BatchTexts) -> npt.NDArray[np.int32]:
        """Give the class of each of ``rows``; of the other rows that of an absent value.

        Args:
            rows: True where a row is looked at.
            number: of this set of rows in ``batch``.
            batch: every text.
        """
        nothing = np.zeros(0, dtype=np.int64)
        owners, units = [nothing], [nothing]
        for part in batch.parts:
            wanted = part.wanted(number, filtered=self.literals is not None)
            places, found = self._classes.find(part.texts, _WORDS, encoded=part.encoded, wanted=wanted)
            these, theirs = part.rows_of(places, found)
            owners.append(these)
            units.append(theirs)
        owner, unit = np.concatenate(owners), np.concatenate(units)
        asked = rows[owner]
        owner, unit = owner[asked], unit[asked]
        more = self._tested(owner, unit, batch)
        owner, unit = np.concatenate((owner, more[:, 0])), np.concatenate((unit, more[:, 1]))
        order = np.argsort(owner, kind="stable")
        classes = self._classes.classify_found(len(rows), owner[order], unit[order], _WORDS)
        self._note()
        return np.where(rows, classes, np.int32(ABSENT))

    def _tested(self, rows: Ints, units: Ints, batch: BatchTexts) -> Ints:
        """Give (row, unit) for what is tested only where something else was found."""
        found: list[tuple[int, int]] = []
        asked = np.isin(units, list(self._later))
        for row, unit in sorted({*zip(rows[asked].tolist(), units[asked].tolist(), strict=True)}):
            texts = batch.readings_of(row)
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
