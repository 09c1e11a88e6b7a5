"""Makes a reading of columns, for formats that are read a column at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import INDICATORS, MATCHED, Kind
from warroom.intel.canonical import Canonical
from warroom.intel.formats.reading import MOST_REFUSED, Reading, Refused, Told
from warroom.intel.formats.rows import MOST_COMMENT, MOST_ORIGIN, MOST_REFERENCE, MOST_TAGS, for_people, once
from warroom.intel.formats.wording import printable

_MOST_SHOWN: Final = 160
#: Columns of which the first word is as good as any.
_SAYS_NOTHING: Final = frozenset(("comment", "reference"))
#: What one value cannot be two of; and null.
_PLAIN: Final = (MATCHED - {Kind.USER_AGENT}) | {Kind.CVE, None}
_BOUNDS: Final = {"comment": MOST_COMMENT, "tags": MOST_TAGS, "reference": MOST_REFERENCE}


def reading(
    format: str,  # noqa: A002 - the word of Reading
    told: Told,
    read: int,
    given: pa.StringArray,
    found: Canonical,
    lines: npt.NDArray[np.int64],
    columns: Mapping[str, pa.Array],
) -> Reading:
    """Make a reading of indicators.

    Args:
        format: one of FORMATS.
        told: what the feed says about the document.
        read: items that the document has.
        given: the values as their author wrote them.
        found: what they are, as long.
        lines: of the document, on which they stand, as long.
        columns: other columns of INDICATORS, as long, of its types or strings; absent ones are null.
    """
    refused = np.flatnonzero(np.asarray(pc.is_valid(found.reasons)))
    taken, repeated = _told_apart(found, columns)
    arrays = {"kind": found.kinds, "value": found.values, **columns}
    if taken is not None:
        arrays = {name: array.filter(taken) for name, array in arrays.items()}
    count = len(arrays["value"])
    arrays["origin"] = _constant(printable(told.origin, MOST_ORIGIN), count)
    if told.tlp is not None:
        default = _constant(str(told.tlp), count)
        arrays["tlp"] = (
            pc.coalesce(arrays["tlp"].cast(pa.string()), default.cast(pa.string())) if "tlp" in arrays else default
        )
    table = pa.Table.from_arrays(
        [_column(field, arrays.get(field.name), count) for field in INDICATORS], schema=INDICATORS
    )
    return Reading(
        format=format,
        read=read,
        tables={"indicators": once(table) if repeated else table},
        refused=tuple(
            Refused(_item(lines[place], given[place].as_py()), found.reasons[place].as_py())
            for place in refused[:MOST_REFUSED].tolist()
        ),
        refused_count=len(refused),
    )


def _item(line: int, value: str | None) -> str:
    return f"line {line}: {printable(value or '', _MOST_SHOWN)}".removesuffix(": ")


def _told_apart(found: Canonical, columns: Mapping[str, pa.Array]) -> tuple[pa.BooleanArray | None, bool]:
    """Give which rows are kept, None for all, and whether there may be others of the same indicator among them.

    Those that say nothing beyond the first of the kind are not kept.
    """
    values = pl.Series(found.values)
    taken = values.is_not_null()
    first = values.is_first_distinct()
    if (first | ~taken).all():
        return (None if taken.all() else taken.to_arrow()), False
    if columns.keys() <= _SAYS_NOTHING and _PLAIN.issuperset(pc.unique(found.kinds).to_pylist()):
        return (taken & first).to_arrow(), False
    return taken.to_arrow(), True


def _constant(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def _column(field: pa.Field, array: pa.Array | None, count: int) -> pa.Array:
    if array is None:
        return pa.nulls(count, field.type)
    if field.name in _BOUNDS:
        return for_people(array, _BOUNDS[field.name]).cast(field.type)
    if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(array.type):
        return array.dictionary_encode().cast(field.type)
    return array.cast(field.type)
