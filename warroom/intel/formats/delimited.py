"""Reads tables of indicators, parted by commas, semicolons or tabs, as abuse.ch and researchers publish them.

What a column is, the feed says, or the words of the heading, or, where these say nothing, the looks of its values. One
line is one row; only where a line has an odd number of quotation marks are the lines behind it looked at for its rest.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import pyarrow as pa

from warroom.indicators import Kind, Tlp
from warroom.intel.canonical import many
from warroom.intel.formats.columns import Columns
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.headings import KIND_OF, roles, word
from warroom.intel.formats.joining import join_tags
from warroom.intel.formats.lines import PIECE, numbered, strings
from warroom.intel.formats.moments import misp_time
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import tag_of
from warroom.intel.formats.wording import printable

_DELIMITERS: Final = (",", ";", "\t", "|")
#: Rows by which delimiters and columns are told.
_LOOKED_AT: Final = 200
_MOST_COLUMNS: Final = 200
_LONGEST_LINE: Final = 1 << 16
#: A comment with so many names of columns is a heading.
_KNOWN_WORDS: Final = 2
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
class _Layout:
    """How a table is written: the names of its columns, what parts them, and the number of its heading's line or 0."""

    names: list[str]
    delimiter: str
    heading: int


def read_csv(content: bytes, told: Told, piece: int = PIECE) -> Reading:
    """Read a table; each cell that holds an indicator is one.

    Raises:
        FormatRefusedError: no column of it holds indicators, or it is no text.
    """
    text = as_utf8(content)
    layout = _layout(text, told, piece)
    meaning = roles(layout.names, told.columns)
    collected = Columns("csv", told)
    sample = _first(_rows(text, layout, piece), _LOOKED_AT)
    if sample is None:
        return collected.finish(0)
    if not told.columns and not _values(meaning):
        meaning |= dict.fromkeys(_by_looks(_cut(layout, sample)), "value")
    if not _values(meaning):
        names = ", ".join(printable(name, 40) for name in layout.names[:20])
        raise FormatRefusedError(f"no column holds indicators, of: {names}; say in `values.columns` which does")
    read = 0
    for rows in _rows(text, layout, piece):
        _take(_cut(layout, rows), rows["number"], meaning, told, collected)
        read += len(rows)
    if not collected.taken:
        first = collected.refused[0]
        raise FormatRefusedError(
            f"none of its {read} rows holds an indicator; {printable(first.item, 90)}: {first.reason}"
        )
    return collected.finish(read)


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


def _layout(text: bytes, told: Told, piece: int) -> _Layout:
    """Find the heading, the last comment before the rows or the first row, and what parts cells."""
    before = deque[str](maxlen=_LOOKED_AT)
    sample = list[str]()
    first = 0
    for lines in numbered(text, piece):
        data = _data(lines)
        if not sample:
            first = int(data["number"][0]) if len(data) else 0
            comments = lines.filter(pl.col("number") < first)["line"] if first else lines["line"]
            before.extend(comments.filter(comments.str.starts_with("#")))
        sample.extend(data["line"].head(_LOOKED_AT - len(sample)))
        if len(sample) == _LOOKED_AT:
            break
    delimiter = told.delimiter or _delimiter(sample, list(before))
    heading = next((found for line in reversed(before) if (found := _heading(line, delimiter, told))), None)
    own = 0
    if heading is None and sample:
        cells = _cells(sample[0].strip("\ufeff"), delimiter)
        if _is_heading(cells):
            heading, own = cells, first
    width = max((len(_cells(line, delimiter)) for line in sample), default=0)
    width = min(max(width, len(heading or ())), _MOST_COLUMNS)
    return _Layout([*(heading or ()), *[""] * width][:width], delimiter, own)


def _data(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter((pl.col("line") != "") & ~pl.col("line").str.starts_with("#"))


def _rows(text: bytes, layout: _Layout, piece: int) -> Iterator[pl.DataFrame]:
    """Give the rows behind the heading some at a time: the number of each one's first line, and all its text."""
    waiting: pl.DataFrame | None = None  # a row that began at the end of a piece
    for lines in numbered(text, piece):
        data = _data(lines.filter(pl.col("number") > layout.heading))
        data = data if waiting is None else pl.concat([waiting, data])
        waiting = None
        if (data["line"].str.count_matches('"', literal=True) % 2 == 1).any():
            data, waiting = _joined(data, layout.delimiter, last=False)
        if len(data):
            yield data
    if waiting is not None:
        yield _joined(waiting, layout.delimiter, last=True)[0]


def _first(rows: Iterator[pl.DataFrame], count: int) -> pl.DataFrame | None:
    """Give the first of some rows, None where there is none."""
    found: pl.DataFrame | None = None
    for some in rows:
        found = some if found is None else pl.concat([found, some])
        if len(found) >= count:
            break
    return None if found is None else found.head(count)


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


def _cut(layout: _Layout, rows: pl.DataFrame) -> pl.DataFrame:
    """Cut some lines of a table into cells: strings, null where there is none."""
    line, delimiter, width = rows["line"], layout.delimiter, len(layout.names)
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


def _joined(data: pl.DataFrame, delimiter: str, *, last: bool) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Join lines of which a quoted cell goes over the end; a quotation mark that opens nothing is dropped.

    Unless they are the last, there may be too few lines to tell where a cell ends: these are given besides.
    """
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
            found = None
            if opens.search(text):
                behind = range(place + 1, min(place + _MOST_LINES, len(texts)))
                found = next((other for other in behind if odd[other]), None)
                if found is None and not last and place + _MOST_LINES > len(texts):
                    break
            if found is not None and closes.search(texts[found]):
                end = found
                text = "\n".join(texts[place : end + 1])
            else:
                text = text.replace('"', "")
        numbers.append(lines_[place])
        kept.append(text)
        place = end + 1
    whole = pl.DataFrame({"number": numbers, "line": kept}, schema=data.schema)
    return whole, (data.slice(place) if place < len(texts) else None)


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


def _take(cells: pl.DataFrame, numbers: pl.Series, meaning: Mapping[int, str], told: Told, collected: Columns) -> None:
    """Take what some rows hold, row by row."""
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
    if len(parts) > 1:
        table = table.sort("number", maintain_order=True)
    given = strings(table["value"])
    arrays = {name: _arrow(table[name]) for name in columns}
    collected.add(given, many(strings(table["said"]), given), table["number"].to_numpy(), arrays)


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
