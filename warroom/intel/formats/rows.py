"""Collects the indicators of a document, as readers come upon them, into columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import INDICATORS, Kind, Tlp
from warroom.intel.canonical import Canonical, NotThatError, many, one
from warroom.intel.formats.reading import MOST_REFUSED, Reading, Refused, Told
from warroom.intel.formats.wording import printable

#: Characters of what people read.
MOST_COMMENT: Final = 500
MOST_ORIGIN: Final = 200
MOST_REFERENCE: Final = 500
MOST_TAGS: Final = 2_000
#: Characters of a pattern; what is a part of a longer one is refused.
MOST_PATTERN: Final = 8_192
_MOST_ITEM: Final = 200
_MOST_SHOWN: Final = 80
_MOST_REASON: Final = 300
#: Types of a stranger that are counted each by itself; the others are counted together.
_MOST_TYPES: Final = 1_000
_OTHERS: Final = "others"
#: Values that are made canonical one by one.
_FEW: Final = 500
#: Rows that wait before they become columns.
_CHUNK: Final = 1 << 16
_STRICTNESS: Final = {str(tlp): rank for rank, tlp in enumerate(Tlp)}
#: Signs that are not plainly printable, and blanks at an end.
_ODD: Final = "[^ -~]|^ | $"
_BEST: Final[Mapping[str, Callable[..., Any]]] = {
    "first_seen": min, "last_seen": max, "valid_from": min, "confidence": max,
}  # fmt: skip
#: What has no end, compared with ends.
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


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

    def refuse(self, item: str, reason: str) -> None:
        """Note an item that is not taken: what it is, and why."""
        self._refused_count += 1
        if len(self._refused) < MOST_REFUSED:
            self._refused.append(Refused(printable(item, _MOST_ITEM), printable(reason, _MOST_REASON)))

    def count(self, name: str) -> None:
        """Count something besides indicators by the name of its type."""
        if name not in self._counts and len(self._counts) >= _MOST_TYPES:
            name = _OTHERS
        self._counts[name] += 1

    def withdraw(self, origin: str) -> None:
        """Note that an origin is no more; without effect where it has rows."""
        self._withdrawn[printable(origin, MOST_ORIGIN)] = None

    def finish(self) -> Reading:
        """Give what was collected."""
        self._settle()
        table = pa.concat_tables(self._tables) if self._tables else INDICATORS.empty_table()
        table = once(table.unify_dictionaries().combine_chunks())
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
        columns = {name: waiting[place :: len(_ROW)] for place, name in enumerate(_ROW)}
        found = _canonical(columns["kind"], columns["value"])
        for place in np.flatnonzero(found.reasons.is_valid().to_numpy(zero_copy_only=False)).tolist():
            item, value = columns["item"][place] or columns["origin"][place], columns["value"][place]
            name = printable(item, _MOST_ITEM - _MOST_SHOWN - 2)
            self.refuse(f"{name}: {printable(value, _MOST_SHOWN)}", str(found.reasons[place]))
            if columns["origin"][place] != self._origin:
                self.withdraw(columns["origin"][place])
        bounded = {"origin": MOST_ORIGIN, "tags": MOST_TAGS, "comment": MOST_COMMENT, "reference": MOST_REFERENCE}
        arrays: dict[str, pa.Array] = {"kind": found.kinds, "value": found.values}
        for field in INDICATORS:
            name = field.name
            if name in bounded:
                arrays[name] = for_people(columns[name], bounded[name])
            elif name == "added_at":
                arrays[name] = pa.nulls(count, field.type)
            elif name not in arrays and pa.types.is_dictionary(field.type):
                arrays[name] = pa.array(columns[name], pa.string()).dictionary_encode()
            elif name not in arrays:
                arrays[name] = pa.array(columns[name], field.type)
        table = pa.Table.from_arrays([arrays[name].cast(INDICATORS.field(name).type) for name in INDICATORS.names],
                                     schema=INDICATORS)  # fmt: skip
        self._tables.append(table if found.reasons.null_count == count else table.filter(found.reasons.is_null()))


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


def once(table: pa.Table) -> pa.Table:
    """Join the rows of what is the same indicator (kind, value, pattern) of the same origin, at its first place."""
    doubtful = _doubtful(table)
    if not len(doubtful):
        return table
    part = table.take(pa.array(doubtful))
    codes = _codes(part["value"])
    for name in ("kind", "pattern", "origin"):
        codes = np.unique(codes * (len(part) + 1) + _codes(part[name]), return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    rows = part.take(pa.array(order)).to_pylist()
    joined = [_joined(rows[start:end]) for start, end in pairwise((*starts.tolist(), len(rows)))]
    single = np.setdiff1d(np.arange(len(table)), doubtful, assume_unique=True)
    places = np.concatenate((single, doubtful[order[starts]]))
    whole = pa.concat_tables([table.take(pa.array(single)), pa.Table.from_pylist(joined, schema=table.schema)])
    return whole.unify_dictionaries().take(pa.array(np.argsort(places))).combine_chunks()


def _doubtful(table: pa.Table) -> npt.NDArray[np.int64]:
    """Give the places of the rows that are not alone, and perhaps, as hashes may be the same, of others."""
    names = ("kind", "pattern", "origin")
    keys = {"value": table["value"], **{name: _codes(table[name]) for name in names}}
    hashes = pl.DataFrame(keys).hash_rows()
    return hashes.is_duplicated().arg_true().cast(pl.Int64).to_numpy()


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Give each value a number below the count of rows; null has one, too."""
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    return np.asarray(pc.add(pc.fill_null(encoded.indices, -1), 1).cast(pa.int64()))


def _joined(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Give one row for several of the same indicator: the widest times, the strictest marking, all tags."""
    row = dict(rows[0])
    for name, best in _BEST.items():
        row[name] = best((one[name] for one in rows if one[name] is not None), default=None)
    row["valid_until"] = max(one["valid_until"] or _NEVER for one in rows)
    row["valid_until"] = None if row["valid_until"] == _NEVER else row["valid_until"]
    row["tlp"] = max((one["tlp"] for one in rows if one["tlp"] is not None), key=_STRICTNESS.__getitem__, default=None)
    row["tags"] = join_tags(dict.fromkeys(tag for one in rows for tag in (one["tags"] or "").split())) or None
    for name in ("comment", "reference"):
        row[name] = next((one[name] for one in rows if one[name] is not None), None)
    return row


def join_tags(tags: Iterable[str]) -> str:
    """Write tags, parted by blanks, as many as fit."""
    kept: list[str] = []
    left = MOST_TAGS
    for tag in tags:
        left -= len(tag) + 1
        if left < 0:
            break
        kept.append(tag)
    return " ".join(kept)


def tag_of(text: str) -> str:
    """Write a text as one tag: its blanks are underscores."""
    return "_".join(printable(text, 200).split())
