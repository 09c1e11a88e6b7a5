"""Text becomes points in time: vectorised, each distinct text once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse.eras import in_common_era
from warroom.parse.iso_times import iso_times

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from warroom.parse.shapes import ParseContext

_COMMON_LOG: Final = "%d/%b/%Y:%H:%M:%S %z"
_ISO_ZONED: Final = "%Y-%m-%dT%H:%M:%S%.f%#z"
_ISO_LOCAL: Final = "%Y-%m-%dT%H:%M:%S%.f"
_EPOCH: Final = r"^-?[0-9]{1,19}(\.[0-9]{1,9})?$"
# Microseconds since 1970 of the years 1 to 9999: outside of them it is no time, and Python has none.
_FIRST: Final = -62_135_596_800_000_000
_LAST: Final = 253_402_300_799_000_000
# A count since 1970 this large cannot be in the unit before: 10^11 seconds are the year 5138.
_UNITS: Final = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (float("inf"), 1e-3))


def common_log(text: pa.Array) -> pa.Array:
    """Read ``10/Oct/2000:13:55:36 -0700``; what is no time becomes null."""
    return _each(
        text, lambda distinct: in_common_era(distinct).str.to_datetime(_COMMON_LOG, time_unit="us", strict=False)
    )


def any_time(text: pa.Array, timezone: str) -> pa.Array:
    """Read ISO 8601 (RFC 3339) and counts of seconds, ms, µs or ns since 1970; anything else becomes null.

    A time without a zone is local time of ``timezone``.
    """
    micros, read = iso_times(text, local=timezone == "UTC")
    times = pa.array(micros, UTC_MICROSECONDS, mask=~read)
    left = np.flatnonzero(~read & text.is_valid().to_numpy(zero_copy_only=False))
    if not len(left):
        return times
    odd = _each(text.take(pa.array(left)), lambda distinct: _any(distinct, timezone))
    places = np.full(len(text), -1, np.int64)
    places[left] = np.arange(len(left))
    return pc.coalesce(times, odd.take(pa.array(places, mask=places < 0)))


def reader(context: ParseContext) -> Callable[[pa.Array], pa.Array]:
    """Give what reads a source's times: in the notation that its feed names, or in those that everyone knows."""
    form = context.options.time_format

    def read(text: pa.Array) -> pa.Array:
        if not form:
            return any_time(text, context.timezone)
        from warroom.parse import time_formats  # noqa: PLC0415  as above

        coded = text.dictionary_encode()
        told = any_time(time_formats.iso_texts(coded.dictionary, form, context), context.timezone)
        return pc.coalesce(told, any_time(coded.dictionary, context.timezone)).take(coded.indices)

    return read


def _each(text: pa.Array, read: Callable[[pl.Series], pl.Series]) -> pa.Array:
    import polars as pl  # noqa: PLC0415  a fifth of a second, for odd times only

    coded = text.dictionary_encode()
    times = read(pl.Series(coded.dictionary, dtype=pl.String))
    sane = times.dt.epoch("us").is_between(_FIRST, _LAST).fill_null(value=False)
    if not sane.all():
        times = times.zip_with(sane, pl.Series([None] * len(times), dtype=times.dtype))
    return times.to_arrow().cast(UTC_MICROSECONDS).take(coded.indices)


def _any(distinct: pl.Series, timezone: str) -> pl.Series:
    import polars as pl  # noqa: PLC0415

    iso = plain = in_common_era(distinct.str.strip_chars())
    if iso.str.contains(" ", literal=True).any():
        iso = iso.str.replace(r"^(\d{4}-\d{2}-\d{2}) ", "${1}T")
    if iso.str.contains(",", literal=True).any():
        iso = iso.str.replace(r"(:\d{2}),(\d)", "${1}.${2}")
    times = iso.str.to_datetime(_ISO_ZONED, time_unit="us", strict=False).dt.convert_time_zone("UTC")
    if times.null_count():
        local = iso.str.to_datetime(_ISO_LOCAL, time_unit="us", strict=False)
        zoned = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
        times = times.zip_with(times.is_not_null(), zoned.dt.convert_time_zone("UTC"))
    if times.null_count():
        times = times.zip_with(times.is_not_null(), _epoch(plain))
    if times.null_count():
        rest = [
            _odd(value, timezone) if missing and value is not None else None
            for value, missing in zip(plain.to_list(), times.is_null().to_list(), strict=True)
        ]
        times = times.zip_with(times.is_not_null(), pl.Series(rest, dtype=pl.Datetime("us", "UTC")))
    return times


def _epoch(plain: pl.Series) -> pl.Series:
    import polars as pl  # noqa: PLC0415

    count = plain.str.extract(_EPOCH.replace("(", "(?:").replace("^", "^(", 1).replace("$", ")$")).cast(pl.Float64)
    micros = pl.Series([None] * len(plain), dtype=pl.Float64)
    for least, factor in reversed(_UNITS):
        micros = (count * factor).zip_with(count.abs() < least, micros)
    sane = micros.is_between(_FIRST, _LAST).fill_null(value=False)
    micros = micros.zip_with(sane, pl.Series([None] * len(plain), dtype=pl.Float64))
    return micros.cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _odd(value: str, timezone: str) -> datetime | None:
    """Read the rarer notations of ISO 8601 (week dates, no seconds, no separators)."""
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            time = time.replace(tzinfo=ZoneInfo(timezone))
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fill(times: pa.Array, now: datetime) -> pa.Array:
    """Give events without a time of their own the time of reading."""
    return pc.fill_null(times, pa.scalar(now, UTC_MICROSECONDS))
