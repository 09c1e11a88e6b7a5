"""Reads tables of indicators, parted by commas, semicolons or tabs, as abuse.ch and researchers publish them.

What a column is, the feed says, or the words of the heading, or, where these say nothing, the looks of its values. One
line is one row; only where a line has an odd number of quotation marks are the lines behind it looked at for its rest.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from warroom.indicators import Kind, Tlp
from warroom.intel.canonical import Canonical, many
from warroom.intel.formats.columns import reading
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.headings import KIND_OF, roles, word
from warroom.intel.formats.lines import lines, strings
from warroom.intel.formats.moments import misp_time
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import join_tags, tag_of
from warroom.intel.formats.wording import printable

_DELIMITERS: Final = (",", ";", "\t", "|")
#: Rows by which delimiters and columns are told.
_LOOKED_AT: Final = 200
_MOST_COLUMNS: Final = 200
_LONGEST_LINE: Final = 1 << 16
#: A comment with so many names of columns is a heading.
_KNOWN_WORDS: Final = 2
_ROWS_AT_ONCE: Final = 1 << 16
_EMPTY: Final = pa.array([], pa.string())
#: Lines that a quoted cell may go over.
_MOST_LINES: Final = 50
_LOOKS: Final = 0.5
_MOST_ALIKE: Final = 0.8
#: What people write into a cell that says nothing.
_NOTHING: Final = ("", "-", "n/a", "none", "null", "nan")
_KINDS: Final = frozenset(str(kind) for kind in Kind)
_TLP: Final = {"white": str(Tlp.CLEAR)} | {str(tlp): str(tlp) for tlp in Tlp}
_MOST_CONFIDENCE: Final = 100
_TEXTS: Final = ("comment", "reference")
_TIMES: Final = ("first_seen", "last_seen", "valid_until")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in lines: the names of its columns, what parts them, and ``rows`` (number, line) behind its heading."""

    names: list[str]
    delimiter: str
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Taken:
    """What some rows hold: columns as ``reading`` takes them."""

    given: pa.StringArray
    found: Canonical
    lines: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]


def read_csv(content: bytes, told: Told) -> Reading:
    """Read a table; each cell that holds an indicator is one.

    Raises:
        FormatRefusedError: no column of it holds indicators, or it is no text.
    """
    table = _part(lines(as_utf8(content)), told)
    meaning = roles(table.names, told.columns)
    if not told.columns and not _values(meaning):
        meaning |= dict.fromkeys(_by_looks(_cut(table, table.rows.head(_LOOKED_AT))), "value")
    if not len(table.rows):
        return reading("csv", told, 0, _EMPTY, many(None, _EMPTY), np.empty(0, np.int64), {})
    if not _values(meaning):
        names = ", ".join(printable(name, 40) for name in table.names[:20])
        raise FormatRefusedError(f"no column holds indicators, of: {names}; say in `values.columns` which does")
    parts = [
        _take(_cut(table, rows), rows["number"], meaning, told)
        for rows in table.rows.iter_slices(_ROWS_AT_ONCE)  # all cells at once would take several times as much memory
    ]
    given, lines_ = pa.concat_arrays([part.given for part in parts]), np.concatenate([part.lines for part in parts])
    found = Canonical(*(pa.concat_arrays(list(one)) for one in zip(*map(_fields, parts), strict=True)))
    columns = {name: pa.concat_arrays([part.columns[name] for part in parts]) for name in parts[0].columns}
    if found.values.null_count == len(given):
        first = f"line {lines_[0]}: {printable(given[0].as_py() or '', 80)}"
        count = len(table.rows)
        raise FormatRefusedError(f"none of its {count} rows holds an indicator; {first}: {found.reasons[0].as_py()}")
    return reading("csv", told, len(table.rows), given, found, lines_, columns)


def _fields(part: _Taken) -> tuple[pa.Array, pa.Array, pa.Array]:
    return part.found.kinds, part.found.values, part.found.reasons


def _values(meaning: Mapping[int, str]) -> list[int]:
    """Give the places of the columns that hold indicators."""
    return sorted(place for place, role in meaning.items() if role == "value" or role in _KINDS)


def has_heading(sample: list[str], comments: list[str]) -> bool:
    """Tell whether a comment, or the first of some lines, names at least two columns as tables do."""
    told = Told("")
    delimiter = _delimiter(sample, comments)
    names = _cells(sample[0], delimiter) if sample else []
    return any(_heading(one, delimiter, told) for one in comments) or (
        len(names) >= _KNOWN_WORDS and bool(roles(names, {})) and _is_heading(names)
    )


def is_parted(sample: list[str], delimiters: str) -> bool:
    """Tell whether one of some signs parts most lines into the same number of cells, of which some hold indicators."""
    for delimiter in delimiters:
        rows = [_cells(line, delimiter) for line in sample]
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if 1 < width <= _MOST_COLUMNS and count >= len(rows) * _MOST_ALIKE:
            columns = {str(place): [row[place] for row in rows if len(row) == width] for place in range(width)}
            if _by_looks(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))):
                return True
    return False


def _part(rows: pl.Series, told: Told) -> _Table:
    """Find the heading, the last comment before the rows or the first row, and what parts cells."""
    table = rows.to_frame("line").with_row_index("number", 1).filter(pl.col("line") != "")
    comment = table["line"].str.starts_with("#")
    data = table.filter(~comment)
    first = data["number"].first()
    before = table.filter(comment & (pl.col("number") < first) if first is not None else comment)["line"].tail(
        _LOOKED_AT
    )
    sample = data["line"].head(_LOOKED_AT).to_list()
    delimiter = told.delimiter or _delimiter(sample, before.to_list())
    heading = next((found for line in reversed(before.to_list()) if (found := _heading(line, delimiter, told))), None)
    if heading is None and sample:
        cells = _cells(sample[0].strip("\ufeff"), delimiter)
        if _is_heading(cells):
            heading, data = cells, data.slice(1)
    width = max((len(_cells(line, delimiter)) for line in sample), default=0)
    width = min(max(width, len(heading or ())), _MOST_COLUMNS)
    names = [*(heading or ()), *[""] * width][:width]
    if (data["line"].str.count_matches('"', literal=True) % 2 == 1).any():
        data = _joined(data, delimiter)
    return _Table(names, delimiter, data)


def _delimiter(sample: list[str], before: list[str]) -> str:
    """Tell what parts cells: what parts most lines into the same number of them, the more the better."""
    best, chosen = (0.0, 0), _DELIMITERS[0]
    for delimiter in _DELIMITERS:
        widths = Counter(len(_cells(line, delimiter)) for line in sample or before[-1:])
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        score = (count / widths.total() if width > 1 else 0.0, width)
        if score > best:
            best, chosen = score, delimiter
    return chosen


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        found = next(csv.reader([line[:_LONGEST_LINE]], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a carriage return in the middle
        return [line]
    return [cell.strip() for cell in found]


def _heading(comment: str, delimiter: str, told: Told) -> list[str] | None:
    """Give the names in a comment that is a heading."""
    cells = _cells(comment.lstrip("# \t"), delimiter)
    names = {word(name) for name in told.columns}
    known = sum(word(cell) in names for cell in cells) if names else len(roles(cells, {}))
    return cells if known >= min(_KNOWN_WORDS, len(cells)) > 0 else None


def _is_heading(cells: list[str]) -> bool:
    """Tell a heading from a row: it has words for columns, or at least nothing that a row has."""
    found = many(None, pa.array(cells, pa.string()))
    indicators = len(cells) - int(found.values.null_count)
    if indicators:
        return len(roles(cells, {})) >= indicators
    return bool(roles(cells, {})) or (any(cells) and not any(cell.isdecimal() for cell in cells))


def _cut(table: _Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Cut some lines of a table into cells: strings, null where there is none."""
    line, delimiter, width = rows["line"], table.delimiter, len(table.names)
    if line.str.contains(f'"{delimiter} "', literal=True).any():  # ThreatFox
        line = line.str.replace_all(f'"{delimiter} "', f'"{delimiter}"', literal=True)
    schema = {str(place): pl.String() for place in range(width)}
    try:
        text = line.str.join("\n").item().encode()
        cells = pl.read_csv(text, has_header=False, schema=schema, separator=delimiter, truncate_ragged_lines=True)
    except pl.exceptions.PolarsError:
        cells = None
    if cells is None or len(cells) != len(line):  # quotation marks where none should be
        kept = [(_cells(one, delimiter) + [None] * width)[:width] for one in line]
        cells = pl.DataFrame(kept, schema=schema, orient="row")
    return cells.select(pl.all().str.strip_chars())


def _joined(data: pl.DataFrame, delimiter: str) -> pl.DataFrame:
    """Join lines of which a quoted cell goes over the end; a quotation mark that opens nothing is dropped."""
    sign = re.escape(delimiter)
    opens, closes = re.compile(rf'(?:^|{sign})\s*"[^"]*$'), re.compile(rf'^[^"]*"\s*(?:{sign}|$)')
    texts = data["line"].to_list()
    odd = [text.count('"') % 2 == 1 for text in texts]
    lines_, numbers = data["number"].to_list(), list[int]()
    kept: list[str] = []
    place = 0
    while place < len(texts):
        text, end = texts[place], place
        if odd[place]:
            behind = range(place + 1, min(place + _MOST_LINES, len(texts)))
            end = next((other for other in behind if odd[other]), place) if opens.search(text) else place
            if end > place and closes.search(texts[end]):
                text = "\n".join(texts[place : end + 1])
            else:
                text, end = text.replace('"', ""), place
        numbers.append(lines_[place])
        kept.append(text)
        place = end + 1
    return pl.DataFrame({"number": numbers, "line": kept}, schema=data.schema)


def _by_looks(sample: pl.DataFrame) -> list[int]:
    """Give the places of columns of which at least half of what they hold are indicators."""
    found = []
    for place, column in enumerate(sample.get_columns()):
        held = column.filter(~_is_nothing(column))
        if len(held) and many(None, strings(held)).reasons.null_count >= len(held) * _LOOKS:
            found.append(place)
    return found


def _is_nothing(column: pl.Series) -> pl.Series:
    return column.is_null() | column.str.to_lowercase().is_in(_NOTHING)


def _take(cells: pl.DataFrame, numbers: pl.Series, meaning: Mapping[int, str], told: Told) -> _Taken:
    """Take what some rows hold, column by column."""
    others: dict[str, list[pl.Series]] = {}
    for place, role in meaning.items():
        others.setdefault(role, []).append(cells.to_series(place))
    columns = _columns(others)
    kinds = _kinds(others["kind"][0]) if "kind" in others else pl.Series([None], dtype=pl.String)
    held = {place: ~_is_nothing(cells.to_series(place)) for place in _values(meaning)}
    # a row without any is refused by its first
    held[min(held)] |= ~pl.DataFrame({str(place): mask for place, mask in held.items()}).max_horizontal()
    parts = []
    for place, mask in held.items():
        role = meaning[place]
        said = pl.Series([role], dtype=pl.String) if role in _KINDS else kinds
        said = said if len(said) == len(cells) else said.new_from_index(0, len(cells))
        if told.kind is not None and role == "value":
            said = said.fill_null(str(told.kind))
        part = pl.DataFrame({"value": cells.to_series(place), "said": said, "number": numbers, **columns})
        parts.append(part.filter(mask))
    table = pl.concat(parts)
    given = strings(table["value"])
    arrays = {name: _arrow(table[name]) for name in columns}
    return _Taken(given, many(strings(table["said"]), given), table["number"].to_numpy(), arrays)


def _arrow(column: pl.Series) -> pa.Array:
    return strings(column) if column.dtype == pl.String else column.to_arrow()


def _kinds(column: pl.Series) -> pl.Series:
    words = column.str.to_lowercase().str.replace_all(" ", "_", literal=True)
    return words.replace_strict(list(KIND_OF), list(KIND_OF.values()), default=None, return_dtype=pl.String)


def _columns(others: Mapping[str, list[pl.Series]]) -> dict[str, pl.Series]:
    """Give the columns of INDICATORS that stand in the table besides the values."""
    found: dict[str, pl.Series] = {}
    if "confidence" in others:
        number = others["confidence"][0].str.extract(r"^([0-9]{1,3})\s*%?$").cast(pl.Int16)
        found["confidence"] = pl.select(pl.when(number <= _MOST_CONFIDENCE).then(number)).to_series().cast(pl.Int8)
    if "tlp" in others:
        words = others["tlp"][0].str.to_lowercase().str.strip_prefix("tlp:").str.strip_chars()
        found["tlp"] = words.replace_strict(list(_TLP), list(_TLP.values()), default=None, return_dtype=pl.String)
    for name in _TIMES:
        if name in others:
            found[name] = _times(others[name][0])
    if "tags" in others:
        texts = [_mapped(column, _tags) for column in others["tags"]]
        found["tags"] = _mapped(pl.select(pl.concat_str(texts, separator=" ", ignore_nulls=True)).to_series(), _unique)
    for name in _TEXTS:
        if name in others:
            held = [pl.select(pl.when(~_is_nothing(column)).then(column)).to_series() for column in others[name]]
            found[name] = pl.select(pl.coalesce(held)).to_series()
    return found


def _times(column: pl.Series) -> pl.Series:
    """Read times, most of which are ``2024-05-01 12:00:00`` in UTC."""
    plain = column.str.strip_suffix(" UTC").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    odd = plain.is_null() & ~_is_nothing(column)
    found = plain.dt.replace_time_zone("UTC")
    if odd.any():
        others = column.filter(odd)
        read = {text: misp_time(text) for text in others.unique()}
        micros = pl.Series([read[text] for text in others], dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
        found = found.clone().scatter(odd.arg_true(), micros)
    return found


def _mapped(column: pl.Series, change: Callable[[str], str | None]) -> pl.Series:
    """Change each text of a column, the same ones once."""
    words = column.unique().drop_nulls()
    changed = pl.Series([change(one) for one in words], dtype=pl.String)
    return column.replace_strict(words, changed, default=None, return_dtype=pl.String) if len(words) else column


def _tags(text: str) -> str | None:
    """Part the words of one cell: by commas, or by semicolons, or by bars; a blank within one is no end."""
    words = (tag_of(one) for one in re.split(r"[,;|]", text))
    return join_tags(dict.fromkeys(one for one in words if one.lower() not in _NOTHING)) or None


def _unique(text: str) -> str | None:
    return " ".join(dict.fromkeys(text.split())) or None
