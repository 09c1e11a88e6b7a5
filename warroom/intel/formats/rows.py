"""Collects the indicators of a document, as readers come upon them, into columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import INDICATORS, Kind, Tlp
from warroom.intel.canonical import Canonical, NotThatError, many, one
from warroom.intel.formats.joining import MOST_TAGS, once
from warroom.intel.formats.reading import MOST_REFUSED, Reading, Refused, Told
from warroom.intel.formats.wording import printable

#: Characters of what people read.
MOST_COMMENT: Final = 500
MOST_ORIGIN: Final = 200
MOST_REFERENCE: Final = 500
#: Characters of a pattern; what is a part of a longer one is refused.
MOST_PATTERN: Final = 8_192
_MOST_ITEM: Final = 200
_MOST_SHOWN: Final = 80
_MOST_REASON: Final = 300
#: Types of a stranger that are counted each by itself; the others are counted together.
_MOST_TYPES: Final = 1_000
_OTHERS: Final = "others"
_BOUNDED: Final = {
    "origin": MOST_ORIGIN, "tags": MOST_TAGS, "comment": MOST_COMMENT, "reference": MOST_REFERENCE,
}  # fmt: skip
#: Values that are made canonical one by one.
_FEW: Final = 500
#: Rows that wait before they become columns.
_CHUNK: Final = 1 << 16
#: Signs that are not plainly printable, and blanks at an end.
_ODD: Final = "[^ -~]|^ | $"


#: What a reader gives of an indicator, in this order.
_ROW: Final = (
    "kind", "value", "origin", "confidence", "tlp", "first_seen", "last_seen", "valid_from", "valid_until",
    "pattern", "tags", "comment", "reference", "item",
)  # fmt: skip


class Rows:
    """The indicators of one document, what was refused of it, and what else is in it.

    Args:
        format: one of FORMATS.
        told: what the feed says about the document.

    Attributes:
        read: items of the document; readers count them.
    """

    def __init__(self, format: str, told: Told) -> None:  # noqa: A002 - the word of Reading
        self.read = 0
        self._format = format
        self._told = told
        self._origin = printable(told.origin, MOST_ORIGIN)
        self._waiting: list[Any] = []  # flat: no object of its own for each row
        self._tables: list[pa.Table] = []
        self._refused: list[Refused] = []
        self._refused_count = 0
        self._counts: Counter[str] = Counter()
        self._withdrawn: dict[str, None] = {}

    def add(  # noqa: PLR0913 - the columns of an indicator
        self,
        kind: Kind,
        value: str,
        *,
        origin: str = "",
        confidence: int | None = None,
        tlp: Tlp | None = None,
        first_seen: int | None = None,
        last_seen: int | None = None,
        valid_from: int | None = None,
        valid_until: int | None = None,
        pattern: str | None = None,
        tags: str = "",
        comment: str = "",
        reference: str = "",
        item: str = "",
    ) -> None:
        """Take an indicator; whether its value is one shows when the rows are finished.

        Args:
            kind: what its author says it is.
            value: as its author wrote it.
            origin: "" for the document's.
            confidence: 0 to 100.
            tlp: None for what the feed says.
            first_seen: microseconds since 1970, as the other times.
            last_seen: by its author.
            valid_from: as its author says.
            valid_until: likewise.
            pattern: of which it is only a part.
            tags: parted by blanks.
            comment: for people.
            reference: likewise.
            item: what it is called where it is refused; "" for its origin.
        """
        row = (
            kind, value, origin or self._origin, confidence, tlp or self._told.tlp, first_seen, last_seen,
            valid_from, valid_until, pattern or None, tags or None, comment or None, reference or None, item,
        )  # fmt: skip
        self._waiting.extend(row)
        if len(self._waiting) >= _CHUNK * len(_ROW):
            self._settle()

    def add_columns(self, columns: Mapping[str, pa.Array], count: int) -> None:
        """Take indicators whose values are canonical.

        Args:
            columns: of INDICATORS, kind, value and origin at least; texts are not empty, and those in a dictionary
                are fit for people. Times are in microseconds.
            count: of rows.
        """
        self._settle()
        if self._told.tlp is not None:
            tlps = columns.get("tlp", pa.nulls(count, pa.string()))
            columns = {**columns, "tlp": tlps.cast(pa.string()).fill_null(str(self._told.tlp))}
        self._tables.append(_table(columns, count))

    def refuse(self, item: str, reason: str) -> None:
        """Note an item that is not taken: what it is, and why."""
        self._refused_count += 1
        if len(self._refused) < MOST_REFUSED:
            self._refused.append(Refused(printable(item, _MOST_ITEM), printable(reason, _MOST_REASON)))

    def count(self, name: str, times: int = 1) -> None:
        """Count something besides indicators by the name of its type."""
        if name not in self._counts and len(self._counts) >= _MOST_TYPES:
            name = _OTHERS
        self._counts[name] += times

    def withdraw(self, origin: str) -> None:
        """Note that an origin is no more; without effect where it has rows."""
        self._withdrawn[printable(origin, MOST_ORIGIN)] = None

    def finish(self) -> Reading:
        """Give what was collected."""
        self._settle()
        table = once(self._tables)
        withdrawn = list(self._withdrawn)
        if withdrawn:
            present = set(pc.unique(table["origin"]).to_pylist())
            withdrawn = [origin for origin in withdrawn if origin not in present]
        return Reading(
            format=self._format,
            read=self.read,
            tables={"indicators": table},
            refused=tuple(self._refused),
            refused_count=self._refused_count,
            counts={printable(name, _MOST_SHOWN): number for name, number in sorted(self._counts.items())},
            withdrawn=tuple(withdrawn),
        )

    def _settle(self) -> None:
        """Make columns of the rows that wait, and refuse those whose value is not what it is said to be."""
        waiting, self._waiting = self._waiting, []
        count = len(waiting) // len(_ROW)
        if not count:
            return
        self._take({name: waiting[place :: len(_ROW)] for place, name in enumerate(_ROW)}, count)

    def add_many(self, columns: Mapping[str, Any], count: int) -> None:
        """Take indicators as ``add`` does, in columns of its parameters' names; where none is said: null, or absent.

        Args:
            columns: kind, value, origin, tlp and item are lists, the others may be arrays.
            count: of rows.
        """
        self._settle()
        if count:
            said = {**columns, "origin": [origin or self._origin for origin in columns["origin"]]}
            self._take({**said, "tlp": [tlp or self._told.tlp for tlp in columns["tlp"]]}, count)

    def _take(self, columns: Mapping[str, Any], count: int) -> None:
        found = _canonical(columns["kind"], columns["value"])
        for place in np.flatnonzero(found.reasons.is_valid().to_numpy(zero_copy_only=False)).tolist():
            item, value = columns["item"][place] or columns["origin"][place], columns["value"][place]
            name = printable(item, _MOST_ITEM - _MOST_SHOWN - 2)
            self.refuse(f"{name}: {printable(value, _MOST_SHOWN)}", str(found.reasons[place]))
            if columns["origin"][place] != self._origin:
                self.withdraw(columns["origin"][place])
        table = _table({**columns, "kind": found.kinds, "value": found.values}, count)
        self._tables.append(table if found.reasons.null_count == count else table.filter(found.reasons.is_null()))


def _table(columns: Mapping[str, Sequence[Any] | pa.Array], count: int) -> pa.Table:
    """Make rows of columns of INDICATORS; absent ones are null, and texts are made fit for people."""
    arrays: list[pa.Array] = []
    for field in INDICATORS:
        given = columns.get(field.name)
        if given is None:
            array = pa.nulls(count, field.type)
        elif field.name in _BOUNDED and not isinstance(given, pa.DictionaryArray):
            array = for_people(given, _BOUNDED[field.name])
        else:
            coded = pa.types.is_dictionary(field.type)
            array = given if isinstance(given, pa.Array) else pa.array(given, pa.string() if coded else field.type)
            if coded and not isinstance(array, pa.DictionaryArray):
                array = array.cast(pa.string()).dictionary_encode()
        arrays.append(array.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=INDICATORS)


def _canonical(kinds: list[Kind], values: list[str]) -> Canonical:
    """Give what ``many`` gives; one by one where they are so few that this is quicker."""
    if len(values) > _FEW:
        return many(pa.array(kinds, pa.string()), pa.array(values, pa.string()))
    answers: list[tuple[str | None, str | None, str | None]] = []
    for kind, value in zip(kinds, values, strict=True):
        try:
            answers.append((*one(kind, value), None))
        except NotThatError as problem:
            answers.append((None, None, str(problem)))
    found, written, reasons = (pa.array(column, pa.string()) for column in zip(*answers, strict=True))
    return Canonical(found.dictionary_encode(), written, reasons)


def for_people(texts: Sequence[str | None] | pa.Array, most: int) -> pa.Array:
    """Encode texts, each of which is made fit for people once."""
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    words = encoded.dictionary
    odd = pc.or_(pc.match_substring_regex(words, _ODD), pc.greater(pc.binary_length(words), most))
    if not pc.any(odd).as_py():
        return encoded
    mended = [printable(text, most) for text in words.filter(odd).to_pylist()]
    again = pc.replace_with_mask(words, odd, pa.array(mended, pa.string())).dictionary_encode()
    return pa.DictionaryArray.from_arrays(again.indices.take(encoded.indices), again.dictionary)


def tag_of(text: str) -> str:
    """Write a text as one tag: its blanks are underscores."""
    return "_".join(printable(text, 200).split())
