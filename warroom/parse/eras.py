"""Years of the Buddhist era, as Thai systems write them, and Thai digits: 2567 is 2024.

No log is from the year 2400 or later of the common era, so years from there on are never ambiguous.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS

if TYPE_CHECKING:
    import polars as pl

    from warroom.parse.shapes import Part

#: The Buddhist era is this much ahead of the common one.
AHEAD: Final = 543
FIRST: Final = 2400
_LAST: Final = 3000
#: Where these years begin, in microseconds since 1970.
_MICROS: Final = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for year in (FIRST, _LAST))
THAI_DIGITS: Final = "๐๑๒๓๔๕๖๗๘๙"
#: `2569-11-22T…`, `25691122T…`, `21/Nov/2569:…`.
_WRITTEN: Final = (
    r"^(?P<before>(?:[0-9]{1,2}[/ -][A-Za-z]{3}[/ -])?)(?P<year>2[4-9][0-9]{2})(?P<behind>(?:[-/. :]|[0-9]{4}T).*)$"
)


def common_year(year: int) -> int:
    """Give the year of the common era."""
    return year - AHEAD if FIRST <= year < _LAST else year


def in_common_era(texts: pl.Series) -> pl.Series:
    """Write times with Arabic digits and years of the common era, wherever they begin with a date."""
    if texts.str.contains(f"[{THAI_DIGITS}]").any():
        texts = texts.str.replace_many(list(THAI_DIGITS), list("0123456789"))
    if not texts.str.contains(_WRITTEN).any():
        return texts
    parts = texts.str.extract_groups(_WRITTEN).struct
    year = (parts.field("year").cast(int) - AHEAD).cast(str)
    written = parts.field("before") + year + parts.field("behind")
    return written.zip_with(written.is_not_null(), texts)


def in_this_era(part: Part, timezone: str) -> Part:
    """Take 543 years off times of events that can only be of the Buddhist era; for all others one look at the latest.

    The day is that of ``timezone``: a 1 March there may be a February in UTC.
    """
    ts = part.ts
    if not len(ts) or (latest := pc.max(ts.cast(pa.int64())).as_py()) is None or latest < _MICROS[0]:
        return part
    import polars as pl  # noqa: PLC0415  a fifth of a second, for such logs only

    written = pl.Series(ts.cast(UTC_MICROSECONDS))
    local = written.dt.convert_time_zone(timezone).dt.replace_time_zone(None).dt.offset_by(f"-{AHEAD}y")
    meant = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    meant = meant.zip_with(meant.is_not_null(), written.dt.offset_by(f"-{AHEAD}y"))
    of_era = written.dt.epoch("us").is_between(_MICROS[0], _MICROS[1], closed="left")
    return replace(part, ts=meant.zip_with(of_era, written).to_arrow().cast(UTC_MICROSECONDS))
