"""Reads the indicators of STIX that are plain, a column at a time: most of a large document are.

One is plain that has no fault, a pattern of one comparison, and a value that is one. What is not plain is not refused
here: it is for ``check`` and ``read_version`` to look at, object by object, and both ways give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import numpy as np
import orjson
import polars as pl
import pyarrow as pa

from warroom.indicators import Kind
from warroom.intel.canonical import many
from warroom.intel.formats.moments import stix_times
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.stix_context import Context, markings, techniques
from warroom.intel.formats.stix_indicator import (
    Version,
    address,
    all_tags,
    confidence,
    is_misps,
    phases_of,
    words,
)
from warroom.intel.formats.stix_objects import VERSIONS
from warroom.intel.formats.stix_values import PLAIN, Value, plain_kind

#: Objects that are looked at together; fewer that are alike are quicker one by one.
TOGETHER: Final = 8_192
_FEW: Final = 64
_NEEDED: Final = frozenset(("id", "created", "modified", "valid_from", "pattern"))
#: What is looked at: texts, and what may be anything.
_TEXTS: Final = (
    "id", "created", "modified", "valid_from", "valid_until", "pattern", "spec_version", "pattern_type", "name",
    "description",
)  # fmt: skip
_OTHERS: Final = (
    "revoked", "confidence", "labels", "indicator_types", "kill_chain_phases", "external_references",
    "object_marking_refs", "granular_markings",
)  # fmt: skip
#: What these come to.
_OF_WORDS: Final[Mapping[str, type[pl.DataType]]] = {
    "tags": pl.String,
    "marks": pl.Int32,
    "misps": pl.Boolean,
    "revoked": pl.Boolean,
    "confidence": pl.Int8,
    "reference": pl.String,
}
#: Times that an indicator has no use for, but may be faulty.
_SELDOM: Final = frozenset(("first_seen", "last_seen", "published"))
_ID: Final = "^indicator--[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
#: What is kept of one: as in Version, but that ``marks`` is a number, and the value is canonical.
_KEPT: Final[Mapping[str, type[pl.DataType]]] = {
    "number": pl.Int64,
    "id": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "modified": pl.Int64,
    "first": pl.Int64,
    "last": pl.Int64,
    "start": pl.Int64,
    "until": pl.Int64,
    "confidence": pl.Int8,
    "marks": pl.Int32,
    "tags": pl.String,
    "comment": pl.String,
    "reference": pl.String,
}


class Plain:
    """The plain indicators of a document: filled with ``take``, then given to the rows with ``settle``."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self._marks: dict[tuple[str, ...], int] = {}

    def take(self, objects: Sequence[object], number: int) -> Iterator[tuple[int, object]]:
        """Take the plain ones of some objects; the others are given back, with their numbers.

        Args:
            objects: at most TOGETHER, for these are in memory twice.
            number: of the first of them in the document.
        """
        alike: dict[tuple[str, ...], list[int]] = {}
        for place, one in enumerate(objects if len(objects) >= _FEW else ()):
            if isinstance(one, dict) and one.get("type") == "indicator":
                alike.setdefault(tuple(one), []).append(place)
        taken: set[int] = set()
        for names, places in alike.items():
            if len(places) >= _FEW and _NEEDED.issubset(names) and _SELDOM.isdisjoint(names):
                found = self._plain([objects[place] for place in places], names)
                if found is not None:
                    numbers = pl.Series(places, dtype=pl.Int64).gather(found["number"])
                    taken.update(numbers)
                    self._frames.append(found.with_columns(numbers + number))
        return ((number + place, one) for place, one in enumerate(objects) if place not in taken)

    def settle(self, rows: Rows, context: Context, others: set[str]) -> list[tuple[int, str, Version]]:
        """Add to the rows what stands by itself; the rest is given back: number in the document, id, version.

        Args:
            rows: where they go.
            context: whose sightings, reports and relationships speak of what does not stand by itself.
            others: ids of indicators that are not plain, which may be other versions of these.
        """
        if not self._frames:
            return []
        frame = pl.concat(self._frames)
        self._frames.clear()
        ids = frame["id"]
        spoken_of = pl.Series(list(context.spoken_of() | others), dtype=pl.String)
        apart = ids.is_duplicated() | ids.is_in(spoken_of.implode())
        marks = list(self._marks)
        back = [_version(row, marks) for row in frame.filter(apart).iter_rows(named=True)]
        self._add(rows, context, frame.filter(~apart) if back else frame)
        return back

    def _plain(self, objects: list[Any], names: tuple[str, ...]) -> pl.DataFrame | None:
        """Give the plain ones of indicators that have the same names, numbered by their places; None: there are none.

        What stands in a column is not of the type that it should be: then none of them is taken for plain.
        """
        asked = [name for name in _TEXTS if name in names]
        said = zip(*map(itemgetter(*asked), objects), strict=True)
        try:
            texts = pl.DataFrame(
                {name: pl.Series(found, dtype=pl.String) for name, found in zip(asked, said, strict=True)}
            )
            others = self._of_words(objects, [name for name in _OTHERS if name in names])
        except TypeError:
            return None
        frame = texts.with_columns(_times(texts))
        frame = frame.with_columns(texts["pattern"].str.extract_groups(PLAIN).struct.unnest())
        frame = frame.with_columns(others.get_columns()).with_row_index("number")
        frame = frame.filter(_faultless(frame)).with_columns(
            pl.col("number").cast(pl.Int64),
            pl.col("path").replace_strict(_kinds(frame["path"]), return_dtype=pl.String).alias("kind"),
        )
        frame = frame.filter(pl.col("kind").is_not_null())
        found = many(_strings(frame["kind"]), _strings(frame["value"]))
        frame = frame.with_columns(pl.Series("kind", found.kinds.cast(pa.string())), pl.Series("value", found.values))
        return frame.filter(pl.col("value").is_not_null()).select(_kept(frame.columns))

    def _of_words(self, objects: list[Any], names: Sequence[str]) -> pl.DataFrame:
        """Give the columns of what is no text; what many objects say alike is looked at once.

        Raises TypeError where something is nested too deeply to be compared.
        """
        first: dict[bytes, int] = {}
        said = map(itemgetter("type", *names), objects)
        alike = [first.setdefault(orjson.dumps(words_), place) for place, words_ in enumerate(said)]
        firsts = list(first.values())
        rows = [self._words_of(objects[place]) for place in firsts]
        frame = pl.DataFrame(rows, schema=_OF_WORDS, orient="row")
        return frame[np.searchsorted(firsts, alike)]

    def _words_of(self, one: dict[str, Any]) -> tuple[object, ...]:
        labels, references = words(one.get("labels")), one.get("external_references")
        tags = all_tags(
            words(one.get("indicator_types")), labels, phases_of(one.get("kill_chain_phases")), techniques(references)
        )
        marks = self._marks.setdefault(markings(one), len(self._marks))
        revoked = one.get("revoked") is True
        return tags, marks, is_misps(labels), revoked, confidence(one.get("confidence")), address(references)

    def _add(self, rows: Rows, context: Context, frame: pl.DataFrame) -> None:
        """Give indicators to the rows of which nothing else in the document speaks."""
        tlps = [context.tlp("", marks) for marks in self._marks]
        seen_by_author = pl.when(pl.col("last") > 0).then("last")
        # each of its own, and short and printable
        origin = pa.DictionaryArray.from_arrays(np.arange(len(frame), dtype=np.int32), _strings(frame["id"]))
        own = frame["reference"] == ""
        reference = origin if own.all() else _strings(frame["reference"].zip_with(~own, frame["id"]))
        columns = frame.select(
            "kind",
            "value",
            "confidence",
            *(pl.when(pl.col(name) != "").then(name).alias(name) for name in ("tags", "comment")),
            tlp=pl.col("marks").replace_strict(dict(enumerate(tlps)), return_dtype=pl.String),
            first_seen="first",
            # without a sighting its author's last word about it counts
            last_seen=seen_by_author.otherwise(pl.max_horizontal("start", "modified")),
            valid_from="start",
            valid_until="until",
        )
        texts = {name: _strings(columns[name]) for name in ("kind", "value", "tags", "comment", "tlp")}
        others = {name: columns[name].to_arrow() for name in columns.columns if name not in texts}
        rows.add_columns({**texts, **others, "origin": origin, "reference": reference}, len(frame))


def _faultless(frame: pl.DataFrame) -> pl.Series:
    """Tell which are not revoked, have a plain pattern, and are as ``check`` wants them."""
    rules = [
        pl.col("id").str.contains(_ID),
        pl.col("path").is_not_null(),
        ~pl.col("revoked"),
        pl.col("valid_from").is_not_null(),
        pl.col("created") <= pl.col("modified"),
    ]
    if "valid_until" in frame.columns:
        rules.append(pl.col("valid_from") <= pl.col("valid_until"))
    if "spec_version" in frame.columns:
        rules.append(pl.col("spec_version").is_in(VERSIONS))
    if "pattern_type" in frame.columns:
        rules.append(pl.col("pattern_type") == "stix")
    return frame.select(pl.all_horizontal(rules).fill_null(value=False)).to_series()


def _times(texts: pl.DataFrame) -> list[pl.Series]:
    """Read the times; most were changed, and are valid, from when they were made."""
    created = stix_times(texts["created"])
    found = [created]
    for name in ("modified", "valid_from", "valid_until"):
        if name in texts:
            same = texts[name].equals(texts["created"])
            found.append(created.alias(name) if same else stix_times(texts[name]))
    return found


def _strings(series: pl.Series) -> pa.StringArray:
    return series.to_arrow().cast(pa.string())


def _kinds(paths: pl.Series) -> dict[str, str | None]:
    return {path: plain_kind(path) for path in paths.drop_nulls().unique()}


def _kept(names: Sequence[str]) -> list[pl.Expr]:
    """Give the columns that are kept, of those that there are."""
    nothing = {name: pl.lit(None, kind) for name, kind in _KEPT.items()}
    said = {name: pl.col(name) for name in names}
    until = said.get("valid_until", nothing["until"])
    # MISP's exporter puts there when it was last seen, and knows no end
    own = {
        "start": pl.col("valid_from"),
        "first": pl.when(pl.col("valid_from") < pl.col("created")).then("valid_from"),
        "last": pl.when("misps").then(until),
        "until": pl.when(~pl.col("misps")).then(until),
        "comment": _comment(said.get("name", pl.lit("")), said.get("description", pl.lit(""))),
    }
    return [{**nothing, **said, **own}[name].cast(kind).alias(name) for name, kind in _KEPT.items()]


def _comment(name: pl.Expr, description: pl.Expr) -> pl.Expr:
    name, description = name.fill_null(""), description.fill_null("")
    parted = pl.when((name != "") & (description != "")).then(pl.lit(": ")).otherwise(pl.lit(""))
    return pl.concat_str(name, parted, description)


def _version(row: Mapping[str, Any], marks: Sequence[tuple[str, ...]]) -> tuple[int, str, Version]:
    found = Version(
        modified=row["modified"],
        values=[Value(Kind(row["kind"]), row["value"])],
        problem="",
        sort="",
        first=row["first"],
        last=row["last"],
        start=row["start"],
        until=row["until"],
        confidence=row["confidence"],
        markings=marks[row["marks"]],
        tags=row["tags"],
        comment=row["comment"],
        reference=row["reference"],
    )
    return row["number"], row["id"], found
