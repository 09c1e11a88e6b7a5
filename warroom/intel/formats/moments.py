"""Times as threat intelligence writes them → microseconds since 1970 in UTC."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_SECOND_US: Final = 1_000_000
_STIX: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,18}))?Z")
_SECONDS: Final = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
#: Written so, whole columns are read at once; the year 0 and the second 60 are for the others to look at.
_PLAIN_STIX: Final = (
    "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:[.][0-9]{1,18})?Z$"  # no \\d: Unicode has many
)
_PLAIN_SECONDS: Final = "^[0-9]{1,11}$"
_TO_SECONDS: Final = len("2020-10-25T16:22:00")
_LONGEST: Final = 40
#: Seconds from here on are beyond the year 9999.
_END: Final = 253_402_300_800


@functools.lru_cache(1 << 16)
def stix_time(text: str) -> int:
    """Read a time of STIX, ``2020-10-25T16:22:00.000Z``; what is finer than a microsecond is dropped.

    Raises ValueError where it is none (STIX 2.1 §2.16: RFC 3339 in UTC).
    """
    found = _STIX.fullmatch(text)
    if found is None:
        raise ValueError("not a time such as 2020-10-25T16:22:00.000Z")
    whole = (datetime.fromisoformat(f"{found[1]}+00:00") - _EPOCH) // _MICRO
    return whole + int((found[2] or "0")[:6].ljust(6, "0"))


def stix_times(texts: pl.Series) -> pl.Series:
    """Read a column of times as ``stix_time`` does; null where one is none, or is not written plainly."""
    plain = texts.str.contains(_PLAIN_STIX)
    whole = texts.str.slice(0, _TO_SECONDS).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    parts = texts.str.slice(_TO_SECONDS + 1, 6).str.strip_chars_end("Z").str.pad_end(6, "0")
    found = whole.cast(pl.Int64) + parts.cast(pl.Int64, strict=False)
    return pl.select(pl.when(plain).then(found).alias(texts.name)).to_series()


@functools.lru_cache(1 << 16)
def misp_time(value: str | float) -> int | None:
    """Read a time of MISP, seconds since 1970 or ISO 8601; None where it is neither, or 0: MISP's word for none.

    ISO 8601 without a zone is UTC.
    """
    text = str(value).strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
        return round(seconds * _SECOND_US) if 0 < seconds < _END else None
    try:
        found = datetime.fromisoformat(text if len(text) <= _LONGEST else "")
        return ((found if found.tzinfo is not None else found.replace(tzinfo=UTC)) - _EPOCH) // _MICRO
    except (ValueError, OverflowError):
        return None


def misp_times(texts: pl.Series) -> pl.Series:
    """Read a column of times as ``misp_time`` does; 0 where it gives None, null where one is not plainly seconds."""
    seconds = texts.str.strip_chars(" ")
    found = pl.when(seconds.str.contains(_PLAIN_SECONDS)).then(seconds.cast(pl.Int64, strict=False))
    return pl.select((found.clip(upper_bound=_END) % _END * _SECOND_US).alias(texts.name)).to_series()
