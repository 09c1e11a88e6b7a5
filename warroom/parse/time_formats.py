"""Times in a feed's own notation become ISO 8601: years left out, of two digits or of the Buddhist era, Thai months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from warroom.errors import UsageError
from warroom.parse.eras import AHEAD, FIRST, THAI_DIGITS
from warroom.parse.wall_time import WallTime
from warroom.time_notation import MONTHS, expression

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

#: Of years with two digits, those from here on are of the century before.
_CENTURY: Final = 69
_ZONES: Final = {"Z": "Z", "UTC": "Z", "GMT": "Z"}


def iso_texts(texts: pa.Array, notation: str, context: ParseContext) -> pa.Array:
    """Write times as ISO 8601, or as counts since 1970; what is not in the notation becomes null."""
    try:
        written = expression(notation)
    except UsageError:  # a feed with such a notation is not loaded
        return pa.nulls(len(texts), pa.string())
    plain = pl.Series(texts, dtype=pl.String).str.strip_chars().str.replace_many(list(THAI_DIGITS), list("0123456789"))
    parts = pl.DataFrame(plain.str.extract_groups(written).struct.unnest())
    if "count" in parts.columns:
        return parts["count"].to_arrow().cast(pa.string())
    number = {name: parts[name].str.strip_chars().cast(pl.Int64) for name in parts.columns if name in _NUMBERS}
    month = number["month"] if "month" in number else _month(parts["name"])
    year = _year(number, month, context)
    hour = number.get("hour", month * 0)
    if "half" in parts.columns:
        late = parts["half"].str.to_lowercase().str.starts_with("p")
        hour = hour % 12 + late.cast(pl.Int64) * 12
    second = number.get("second", month * 0).clip(upper_bound=59)  # the clock has no 60th, which leap seconds are
    clock = (_two(hour), _two(number.get("minute", month * 0)), _two(second))
    iso = year.cast(pl.String).str.zfill(4) + "-" + _two(month) + "-" + _two(number["day"]) + "T"
    iso = iso + clock[0] + ":" + clock[1] + ":" + clock[2]
    if "fraction" in parts.columns:
        iso = iso + "." + parts["fraction"]
    if "zone" in parts.columns:
        iso = iso + _zone(parts["zone"])
    return iso.to_arrow().cast(pa.string())


_NUMBERS: Final = ("year", "short_year", "month", "day", "hour", "minute", "second")


def _two(number: pl.Series) -> pl.Series:
    return number.cast(pl.String).str.zfill(2)


def _month(names: pl.Series) -> pl.Series:
    return names.str.to_lowercase().replace_strict(list(MONTHS), list(MONTHS.values()), default=None).cast(pl.Int64)


def _zone(zones: pl.Series) -> pl.Series:
    signs = zones.str.slice(0, 3) + ":" + zones.str.slice(3).str.strip_chars_start(":").str.pad_end(2, "0")
    named = zones.replace_strict(list(_ZONES), list(_ZONES.values()), default=None).cast(pl.String)
    return named.zip_with(named.is_not_null(), signs)


def _year(number: dict[str, pl.Series], month: pl.Series, context: ParseContext) -> pl.Series:
    """Give years of the common era; where none is written, the last in which the date is not ahead of now."""
    if "year" in number:
        year = number["year"]
        return (year - AHEAD).zip_with(year >= FIRST, year)
    if "short_year" in number:
        year = number["short_year"]
        if context.options.era == "buddhist":
            return year + (2500 - AHEAD)
        return (year + 1900).zip_with(year >= _CENTURY, year + 2000)
    wall = WallTime(context)
    found: dict[tuple[int | None, int | None], int | None] = {}
    days = list(zip(month.to_list(), number["day"].to_list(), strict=True))
    for one in days:
        if one not in found:
            iso = wall.dated(None, str(one[0]), str(one[1]), "00:00:00") if None not in one else None
            found[one] = int(iso[:4]) if iso else None
    return pl.Series([found[one] for one in days], dtype=pl.Int64)
