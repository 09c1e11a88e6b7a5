"""Maps values to their classes: which predicates of a group are true for them. All new values in one pass.

Values of one class are the same to every rule, so rules are evaluated for classes, not for values. A value may be
several texts (a list, or one text and its decoded readings): what is true of one of them is true of the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from warroom.detect.decoding import further_readings
from warroom.detect.literals import Literals
from warroom.detect.value_groups import quick_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from warroom.detect.banks import Banks
    from warroom.detect.encoded import Texts
    from warroom.detect.value_groups import Conjunction, Group, Units

    Ints = npt.NDArray[np.int64]


class Values(Protocol):
    """The texts of each value."""

    def __len__(self) -> int:
        """Say how many values there are."""
        ...

    def __getitem__(self, place: int, /) -> tuple[str, ...]:
        """Give the texts of a value."""
        ...


#: The class of an absent value, and of a value for which only what holds for every value is true.
ABSENT: Final = 0
PRESENT: Final = 1
#: Values classified together, bounded by the cells of the table of what was found in each.
_CELLS: Final = 4 << 20


class Classes:
    """Classes of values, by group; ``contents[group][class]`` are the true predicates."""

    def __init__(self, groups: Sequence[Group], units: Units, banks: Banks) -> None:
        self._groups = groups
        self._banks = banks
        self.literals = Literals(units.literals, units.groups)
        self._one_by_one = [group.one_by_one for group in groups]
        literals = len(units.literals)
        self._units = literals + len(units.others)
        plain = {unit if unit >= 0 else literals - 1 - unit: found for unit, found in units.plain.items()}
        self._plain = _Lists([plain.get(unit, ()) for unit in range(self._units)])
        conjunctions = [
            (one, [unit if unit >= 0 else literals - 1 - unit for unit in one.units]) for one in units.conjunctions
        ]
        self._conjunctions = [one for one, _ in conjunctions]
        begun: dict[int, list[int]] = {}
        for place, (_, needed) in enumerate(conjunctions):
            begun.setdefault(needed[0], []).append(place)
        self._begun = _Lists([begun.get(unit, ()) for unit in range(self._units)])
        self._needed = _Lists([needed[1:] for _, needed in conjunctions])
        self._predicate_of = np.array([one.predicate for one in self._conjunctions], dtype=np.int64)
        self._checked = np.array([bool(one.checks) for one in self._conjunctions], dtype=np.bool_)
        # Of the units that stand in conjunctions, each group has a row of cells for a value.
        owners = [*units.groups, *(group for group, _ in units.others)]
        self._cell = np.full(self._units, -1, dtype=np.int64)
        self._width = np.zeros(len(groups), dtype=np.int64)
        for unit in np.unique(self._needed.items).tolist():
            self._cell[unit] = self._width[owners[unit]]
            self._width[owners[unit]] += 1
        self.contents: list[list[frozenset[int]]] = []
        self._known: list[dict[bytes, int]] = []
        self.count = 0
        self.clear()

    def clear(self) -> None:
        """Forget every class met: numbers then change their meaning."""
        self.contents = [[group.nulls, group.always] for group in self._groups]
        self._known = [{b"": PRESENT} for _ in self._groups]
        self.count = 0

    def classify(self, values: Sequence[tuple[str, ...]], groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Give each value's class in its group.

        Args:
            values: the texts of each value, at least one.
            groups: the group of each value.
        """
        result = np.empty(len(values), dtype=np.int32)
        steps = np.cumsum(self._width[groups] + 1)
        first = 0
        while first < len(values):
            done = int(steps[first - 1]) if first else 0
            last = max(int(np.searchsorted(steps, done + _CELLS, side="right")), first + 1)
            some, theirs = values[first:last], groups[first:last]
            result[first:last] = self.settle(*self._found(some, theirs), some, theirs)
            first = last
        return result

    def classify_numbers(self, texts: Iterable[str], group: int) -> list[int]:
        """Give the class of each text in a group that asks for numbers alone."""
        asked = self._groups[group].numbers
        found: list[int] = []
        for text in texts:
            number = quick_number(text)
            unit = asked.get(number) if number is not None else None
            found.append(PRESENT if unit is None else self._of_unit(group, unit))
        return found

    def _of_unit(self, group: int, unit: int) -> int:
        nothing = np.zeros(1, dtype=np.int64)
        return int(self.settle(nothing, nothing + unit, [("",)], np.array([group], dtype=np.int32))[0])

    def classify_texts(self, column: Texts, group: int) -> npt.NDArray[np.int32]:
        """Give the class of each text of a column in a group that asks for literals alone."""
        pairs = [self.literals.hits(column.array, group)]
        if self._groups[group].encoded:
            places, texts = further_readings(column)
            found, units = self.literals.hits(texts, group)
            pairs.append((places[found], units))
        return self.settle(
            np.concatenate([owners for owners, _ in pairs]),
            np.concatenate([units for _, units in pairs]),
            column,
            np.full(len(column), group, dtype=np.int32),
        )

    def settle(self, owners: Ints, units: Ints, values: Values, groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Give each value's class by the units found: ``units[i]`` is true of ``values[owners[i]]``."""
        result = np.full(len(values), PRESENT, dtype=np.int32)
        if len(owners):
            # Only values of which something was found are looked at any further.
            told = np.zeros(len(values), dtype=np.bool_)
            told[owners] = True
            places = np.flatnonzero(told)
            result[places] = self._settle((np.cumsum(told) - 1)[owners], units, _Some(values, places), groups[places])
        return result

    def _settle(
        self, owners: Ints, units: Ints, values: Values, groups: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.int32]:
        result = np.full(len(values), PRESENT, dtype=np.int32)
        plain_owners, predicates = self._plain.of(owners, units)
        more_owners, more = self._conjoined(values, groups, owners, units)
        if len(more_owners):
            plain_owners = np.concatenate((plain_owners, more_owners))
            predicates = np.concatenate((predicates, more))
        if not len(predicates):
            return result
        keys = np.sort(plain_owners << 32 | predicates)
        keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
        owners = keys >> 32
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        body = (keys & 0xFFFF_FFFF).astype(np.int32).tobytes()
        ends = np.append(starts[1:], len(keys))
        met = owners[starts]
        result[met] = [
            self._class_of(group, body[4 * start : 4 * end])
            for group, start, end in zip(groups[met].tolist(), starts.tolist(), ends.tolist(), strict=True)
        ]
        return result

    def _class_of(self, group: int, key: bytes) -> int:
        known = self._known[group]
        number = known.get(key)
        if number is None:
            contents = self.contents[group]
            number = known[key] = len(contents)
            contents.append(self._groups[group].always | frozenset(np.frombuffer(key, np.int32).tolist()))
            self.count += 1
        return number

    def _found(self, values: Sequence[tuple[str, ...]], groups: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Give (value, unit) for every unit found, each pair once or more."""
        counts = np.fromiter(map(len, values), np.int64, len(values))
        texts = [text for value in values for text in value]
        owners = np.repeat(np.arange(len(values)), counts)
        places, units = self.literals.hits(texts, groups[owners])
        found = owners[places]
        tested: list[int] = []
        true: list[int] = []
        for place, (value, group) in enumerate(zip(values, groups.tolist(), strict=True)):
            if self._one_by_one[group]:
                for text in value:
                    more = self._groups[group].tested(text, self._banks)
                    tested += [place] * len(more)
                    true += more
        if not tested:
            return found, units
        return np.concatenate((found, np.array(tested))), np.concatenate((units, np.array(true)))

    def _conjoined(self, values: Values, groups: npt.NDArray[np.int32], owners: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Give (value, predicate) for the conjunctions of which everything was found."""
        begin = np.cumsum(self._width[groups]) - self._width[groups]
        cells = np.zeros(int(begin[-1] + self._width[groups[-1]]) + 1, dtype=np.bool_)
        celled = np.flatnonzero(self._cell[units] >= 0)
        cells[begin[owners[celled]] + self._cell[units[celled]]] = True
        owners, candidates = self._begun.of(owners, units)
        counts = self._needed.counts[candidates]
        rows, needed = self._needed.of(np.arange(len(candidates)), candidates)
        there = cells[begin[owners[rows]] + self._cell[needed]]
        met = np.bincount(rows[there], minlength=len(candidates)) == counts
        met[self._checked[candidates] & met] = [
            _checked(self._conjunctions[candidate], values[owner])
            for owner, candidate in zip(
                owners[met & self._checked[candidates]].tolist(),
                candidates[met & self._checked[candidates]].tolist(),
                strict=True,
            )
        ]
        return owners[met], self._predicate_of[candidates[met]]


class _Some:
    """Some of the values."""

    def __init__(self, values: Values, places: Ints) -> None:
        self._values = values
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: int) -> tuple[str, ...]:
        return self._values[int(self._places[place])]


class _Lists:
    """A list of numbers for each key, all in one array."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self.counts = np.fromiter(map(len, lists), np.int64, len(lists))
        self._first = np.cumsum(self.counts) - self.counts
        self.items = np.array([item for one in lists for item in one], dtype=np.int64)

    def of(self, owners: Ints, keys: Ints) -> tuple[Ints, Ints]:
        """Give (owner, item) for each item of each owner's key."""
        counts = self.counts[keys]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        places = np.repeat(self._first[keys] - (ends - counts), counts) + np.arange(total)
        return np.repeat(owners, counts), self.items[places]


def _checked(one: Conjunction, value: tuple[str, ...]) -> bool:
    return all(any(atom.holds(text) for text in value) for atom in one.checks)
