"""Searches keywords in every text of a batch's events, column by column, without looking at values one by one.

What is plain ASCII is read where it lies, all values of a column as one text, by Hyperscan; hits are rare, and one
that reaches over the end of a value is none. Only ASCII is caseless in this way, so other values are folded and
searched as the values of fields are.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import hyperscan
import numpy as np

from warroom.detect.classes import Classes
from warroom.detect.decoding import further_readings
from warroom.detect.literals import BEGIN, END
from warroom.detect.value_groups import Group, Units

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from warroom.detect.banks import Banks
    from warroom.detect.encoded import Texts
    from warroom.detect.predicates import Predicate

    Ints = npt.NDArray[np.int64]

#: Bytes read at once: bounds the hits that hostile values can cause.
_CHUNK: Final = 64 << 10
_FIRST_BEYOND_ASCII: Final = 128
_NOTHING: Final = np.zeros(0, dtype=np.int64)
#: The only characters beyond ASCII that case folding makes ASCII: ſ and the Kelvin sign.
_LONG_S: Final = "ſ".encode()
_KELVIN: Final = "\u212a".encode()


class Keywords:
    """Predicates without a field; a row's class says which of them are true."""

    def __init__(self, predicates: Sequence[tuple[int, Predicate]], banks: Banks) -> None:
        units = Units()
        self._group = Group(0, encoded=False, few=True)
        for number, predicate in predicates:
            self._group.add(number, predicate, units)
        for place, (_, atom) in enumerate(units.others):
            self._group.put(len(units.literals) + place, atom)
        self._banks = banks
        self.classes = Classes([self._group], units, banks)
        bare = [literal.removeprefix(BEGIN).removesuffix(END) for literal in units.literals]
        self._lengths = np.fromiter(map(len, bare), np.int64, len(bare))
        self._begins = np.array([literal.startswith(BEGIN) for literal in units.literals], dtype=np.bool_)
        self._ends = np.array([literal.endswith(END) for literal in units.literals], dtype=np.bool_)
        self._plain = [(place, literal) for place, literal in enumerate(bare) if literal and literal.isascii()]
        self._all_ascii = all(literal.isascii() for literal in bare)
        self._empty = [place for place, literal in enumerate(bare) if not literal]

    @property
    def contents(self) -> list[frozenset[int]]:
        """The true predicates of each class."""
        return self.classes.contents[0]

    @functools.cached_property
    def _database(self) -> hyperscan.Database | None:
        if not self._plain:
            return None
        database = hyperscan.Database()
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in literal.encode()) for _, literal in self._plain],
            ids=[place for place, _ in self._plain],
            flags=[hyperscan.HS_FLAG_CASELESS] * len(self._plain),
        )
        return database

    def classify(self, rows: int, columns: Iterable[Texts]) -> npt.NDArray[np.int32]:
        """Give each row's class."""
        texts = list(columns)
        found = [self._found(column) for column in texts]
        owners = np.concatenate([_NOTHING, *(one for one, _ in found)])
        units = np.concatenate([_NOTHING, *(one for _, one in found)])
        return self.classes.settle(owners, units, _Rows(rows, texts), np.zeros(rows, dtype=np.int32))

    def _found(self, column: Texts) -> tuple[Ints, Ints]:
        """Give (row, unit) of a column, each pair once or more."""
        pairs = [self._read(column)]
        beyond = self._beyond(column.data)
        if len(beyond):
            places = np.unique(np.searchsorted(column.starts, beyond, side="right") - 1)
            pairs.append(self._folded(places, column.at(places)))
        if column.encoded:
            pairs.append(self._folded(*further_readings(column)))
        if self._group.one_by_one or self._empty:
            pairs.append(self._tested(column))
        found = [column.rows_of(places, units) for places, units in pairs if len(places)]
        if not found:
            return _NOTHING, _NOTHING
        return np.concatenate([rows for rows, _ in found]), np.concatenate([units for _, units in found])

    def _beyond(self, data: npt.NDArray[np.uint8]) -> Ints:
        """Give places of what has to be folded before it can be compared."""
        if not len(data) or data.max() < _FIRST_BEYOND_ASCII:
            return _NOTHING
        places = np.flatnonzero(data >= _FIRST_BEYOND_ASCII)
        if self._all_ascii:  # then only what folds to ASCII can make a difference
            first = data[places]
            following = [data[np.minimum(places + step, len(data) - 1)] for step in (1, 2)]
            places = places[
                ((first == _LONG_S[0]) & (following[0] == _LONG_S[1]))
                | ((first == _KELVIN[0]) & (following[0] == _KELVIN[1]) & (following[1] == _KELVIN[2]))
            ]
        return places

    def _read(self, column: Texts) -> tuple[Ints, Ints]:
        """Give (value, literal) of the values as they lie."""
        numbers: list[int] = []
        ends: list[int] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            numbers.append(number)
            ends.append(end)

        size = len(column.data)
        if self._database is None or not size:
            return _NOTHING, _NOTHING
        begin = 0
        while begin < size:
            end = size
            if size - begin > _CHUNK:  # as many whole values as that holds, one at least
                end = int(column.starts[np.searchsorted(column.starts, begin + _CHUNK, side="right") - 1])
                end = end if end > begin else int(column.starts[np.searchsorted(column.starts, begin, side="right")])
            before = len(ends)
            self._database.scan(column.data[begin:end].tobytes(), note)
            ends[before:] = [end + begin for end in ends[before:]]
            begin = end
        if not numbers:
            return _NOTHING, _NOTHING
        found = np.array(numbers, dtype=np.int64)
        stops = np.array(ends, dtype=np.int64)
        begins = stops - self._lengths[found]
        starts = column.starts
        places = np.searchsorted(starts, begins, side="right") - 1
        whole = (stops <= starts[places + 1]) & (~self._begins[found] | (begins == starts[places]))
        whole &= ~self._ends[found] | (stops == starts[places + 1])
        return places[whole], found[whole]

    def _folded(self, places: Ints, texts: Sequence[str] | pa.Array) -> tuple[Ints, Ints]:
        if not len(texts):
            return _NOTHING, _NOTHING
        found, units = self.classes.literals.hits(texts, np.zeros(len(texts), dtype=np.int32))
        return places[found], units

    def _tested(self, column: Texts) -> tuple[Ints, Ints]:
        """Test the texts one by one, as few keywords need."""
        places: list[int] = []
        units: list[int] = []
        for place, text in column.all():
            found = self._group.tested(text, self._banks) + ([] if text else self._empty)
            places += [place] * len(found)
            units += found
        return np.array(places, dtype=np.int64), np.array(units, dtype=np.int64)


class _Rows:
    """The texts of each row, looked up only where a keyword needs the whole text."""

    def __init__(self, count: int, columns: Sequence[Texts]) -> None:
        self._count = count
        self._columns = columns

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> tuple[str, ...]:
        return tuple(text for column in self._columns for text in column.of_row(row))
