"""Collects the indicators of a document that is read some rows at a time, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import INDICATORS
from warroom.intel.canonical import Canonical
from warroom.intel.formats.joining import MOST_TAGS, once
from warroom.intel.formats.reading import MOST_REFUSED, Reading, Refused, Told
from warroom.intel.formats.rows import MOST_COMMENT, MOST_ORIGIN, MOST_REFERENCE, for_people
from warroom.intel.formats.wording import printable

_MOST_SHOWN: Final = 160
#: Columns of which the first word is as good as any.
_SAYS_NOTHING: Final = frozenset(("comment", "reference"))
_BOUNDS: Final = {"comment": MOST_COMMENT, "tags": MOST_TAGS, "reference": MOST_REFERENCE}


class Columns:
    """The indicators of one document, and what was refused of it.

    Args:
        format: one of FORMATS.
        told: what the feed says about the document.

    Attributes:
        taken: values that are indicators, so far.
        refused: the first values that are none.
    """

    def __init__(self, format: str, told: Told) -> None:  # noqa: A002 - the word of Reading
        self.taken = 0
        self.refused: list[Refused] = []
        self._refused_count = 0
        self._format = format
        self._default = {"origin": printable(told.origin, MOST_ORIGIN)}
        if told.tlp is not None:
            self._default["tlp"] = str(told.tlp)
        self._pieces: list[pa.Table] = []
        self._said = set[str]()  # names of columns that say something anywhere
        self._same: dict[str, pa.Array] = {}  # columns that say the same in each row: a million nulls are 8 MB

    def add(
        self,
        given: pa.StringArray,
        found: Canonical,
        lines: npt.NDArray[np.int64],
        columns: Mapping[str, pa.Array],
    ) -> None:
        """Take some rows.

        Args:
            given: the values as their author wrote them.
            found: what they are, as long.
            lines: of the document, on which they stand, as long.
            columns: other columns of INDICATORS, as long, of its types or strings; absent ones are null.
        """
        arrays = {"kind": found.kinds, "value": found.values, **columns}
        if found.reasons.null_count < len(given):
            places = np.flatnonzero(np.asarray(found.reasons.is_valid()))
            self._refused_count += len(places)
            self.refused += [
                Refused(_item(lines[place], given[place].as_py()), found.reasons[place].as_py())
                for place in places[: MOST_REFUSED - len(self.refused)].tolist()
            ]
            taken = found.reasons.is_null()
            arrays = {name: array.filter(taken) for name, array in arrays.items()}
        count = len(arrays["value"])
        self.taken += count
        if count:
            self._said.update(name for name in columns if arrays[name].null_count < count)
            if "tlp" in arrays and "tlp" in self._default:
                arrays["tlp"] = pc.fill_null(arrays["tlp"].cast(pa.string()), self._default["tlp"])
            columns_ = [self._column(field, arrays.get(field.name), count) for field in INDICATORS]
            self._pieces.append(pa.Table.from_arrays(columns_, schema=INDICATORS))

    def finish(self, read: int) -> Reading:
        """Give what was collected, once; ``read`` are the items that the document has."""
        return Reading(
            format=self._format,
            read=read,
            tables={"indicators": once(self._pieces, first=self._said <= _SAYS_NOTHING)},
            refused=tuple(self.refused),
            refused_count=self._refused_count,
        )

    def _column(self, field: pa.Field, array: pa.Array | None, count: int) -> pa.Array:
        if array is None:
            return self._constant(field, count)
        if field.name in _BOUNDS:
            return for_people(array, _BOUNDS[field.name]).cast(field.type)
        if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(array.type):
            return array.dictionary_encode().cast(field.type)
        return array.cast(field.type)

    def _constant(self, field: pa.Field, count: int) -> pa.Array:
        """Give a column that says the same in each row: the origin, the marking that the feed tells, or nothing."""
        known = self._same.get(field.name)
        if known is None or len(known) < count:
            word = self._default.get(field.name)
            known = pa.nulls(count, field.type)
            if word is not None:
                known = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([word]))
            self._same[field.name] = known
        return known.slice(0, count)


def _item(line: int, value: str | None) -> str:
    return f"line {line}: {printable(value or '', _MOST_SHOWN)}".removesuffix(": ")
