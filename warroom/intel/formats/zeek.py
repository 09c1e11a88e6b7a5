"""Reads the files of Zeek's intelligence framework: tabs between columns, a heading ``#fields``, a type to each value.

Described in Zeek's manual, https://docs.zeek.org/en/master/frameworks/intel.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import Kind
from warroom.intel.canonical import Canonical, many
from warroom.intel.formats.columns import Columns
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.lines import PIECE, numbered, strings
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import tag_of
from warroom.intel.formats.wording import printable
from warroom.intel.plain import HEX_DIGITS

#: Zeek's type → kind; hashes are told apart by their looks.
_KINDS: Final[Mapping[str, Kind | None]] = {
    "Intel::ADDR": Kind.IPV4,
    "Intel::SUBNET": Kind.IPV4,
    "Intel::URL": Kind.URL,
    "Intel::SOFTWARE": Kind.USER_AGENT,
    "Intel::EMAIL": Kind.EMAIL,
    "Intel::DOMAIN": Kind.DOMAIN,
    "Intel::FILE_HASH": None,
    "Intel::FILE_NAME": Kind.FILE_NAME,
    "Intel::CERT_HASH": Kind.CERTIFICATE,
    "Intel::PUBKEY_HASH": Kind.CERTIFICATE,
}
_HEADING: Final = "#fields"
_MOST_COLUMNS: Final = 100
_UNSET: Final = "-"
#: Tabs at an end are cells.
_BLANKS: Final = "\r\n"
#: What we call what Zeek knows besides.
_ROLES: Final = {"tags": "meta.source", "comment": "meta.desc", "reference": "meta.url"}
_URL: Final = "Intel::URL"
_HASH: Final = "Intel::FILE_HASH"
_HASHES: Final = [str(kind) for kind in HEX_DIGITS]
_DIGITS: Final = list(HEX_DIGITS.values())


def read_zeek(content: bytes, told: Told, piece: int = PIECE) -> Reading:
    """Read such a file; a value of a type that Zeek does not know, or that is no kind of ours, is refused.

    Raises:
        FormatRefusedError: it has no heading with ``indicator`` and ``indicator_type``.
    """
    text = as_utf8(content)
    names = _names(text, piece)
    collected = Columns("zeek", told)
    read = 0
    for rows in numbered(text, piece, _BLANKS):
        data = rows.filter(~pl.col("line").str.starts_with("#") & (pl.col("line").str.strip_chars() != ""))
        if len(data):
            _take(data, names, collected)
            read += len(data)
    return collected.finish(read)


def _take(data: pl.DataFrame, names: list[str], collected: Columns) -> None:
    """Take what some lines hold."""
    cells = data["line"].str.splitn("\t", len(names) + 1).struct.unnest()
    cells = pl.DataFrame({name: cells.to_series(place).str.strip_chars() for place, name in enumerate(names)})
    types, given = cells["indicator_type"], cells["indicator"]
    said = types.replace_strict(list(_KINDS), [kind and str(kind) for kind in _KINDS.values()], default=None,
                                return_dtype=pl.String)  # fmt: skip
    table = cells.select(
        value=pl.when((types == _URL) & ~given.str.contains("://", literal=True))
        .then(pl.concat_str(pl.lit("http://"), given))
        .otherwise(given),
        said=pl.when(types == _HASH)
        .then(given.str.len_bytes().replace_strict(_DIGITS, _HASHES, default=_HASHES[0], return_dtype=pl.String))
        .otherwise(said),
        strange=pl.when(~types.is_in(list(_KINDS)) | types.is_null()).then(pl.lit("of no type that is known here")),
    )
    found = many(strings(table["said"]), strings(table["value"]))
    if table["strange"].null_count() < len(table):
        strange = strings(table["strange"])
        known = strange.is_null()
        kinds, values = (
            pc.if_else(known, column, pa.scalar(None, column.type)) for column in (found.kinds, found.values)
        )
        found = Canonical(kinds, values, pc.coalesce(strange, found.reasons))
    columns = {role: strings(_held(cells, name)) for role, name in _ROLES.items() if name in names}
    if "tags" in columns:
        words = columns["tags"].dictionary_encode()
        tags = pa.array([tag_of(one) for one in words.dictionary.to_pylist()], pa.string())
        columns["tags"] = tags.take(words.indices)
    collected.add(strings(given), found, data["number"].to_numpy(), columns)


def _names(text: bytes, piece: int) -> list[str]:
    """Give the names of the columns."""
    headings = (
        rows["line"].filter(rows["line"].str.starts_with(_HEADING)).first() for rows in numbered(text, piece, _BLANKS)
    )
    heading = next((one for one in headings if one is not None), None)
    names = [] if heading is None else str(heading).split("\t")[1 : _MOST_COLUMNS + 1]
    if missing := [name for name in ("indicator", "indicator_type") if name not in names]:
        told = ", ".join(printable(name, 40) for name in names[:20]) or "nothing"
        raise FormatRefusedError(f"no file of Zeek's intelligence: its line `#fields` names {told}, not {missing[0]}")
    return list(dict.fromkeys(names))


def _held(cells: pl.DataFrame, name: str) -> pl.Series:
    """Give a column, null where it says nothing."""
    return cells[name].replace({_UNSET: None, "": None})
