"""Times as threat intelligence writes them → microseconds since 1970 in UTC."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_SECOND_US: Final = 1_000_000
_STIX: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,18}))?Z")
_SECONDS: Final = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
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
