"""Formats that are read one record at a time: what the records say becomes columns.

For formats of little volume. A reader gives of one record its time and its values by name (columns of model.CORE, their
short words, or names of fields: see programs.py), or a reason why it is no event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from warroom.model import UTC_MICROSECONDS
from warroom.parse.programs import columns_of
from warroom.parse.shapes import Part, Reject

#: A record's time and values, or why it is none.
Found = tuple[datetime, Mapping[str, str | None]] | str

#: Abbreviations of zones as PostgreSQL's own default set has them: hours ahead of UTC.
_ZONES: Final[Mapping[str, float]] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "MSD": 4, "PKT": 5, "IST": 2, "IDT": 3, "MMT": 6.5, "ICT": 7, "WIB": 7, "WITA": 8, "WIT": 9,
    "SGT": 8, "HKT": 8, "PHT": 8, "MYT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13, "NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "SAST": 2, "EAT": 3, "BRT": -3,
    "BRST": -2, "ART": -3, "CLT": -4, "CLST": -3,
}  # fmt: skip


def read_each(text: pa.Array, read: Callable[[str], Found]) -> tuple[list[Part], list[Reject]]:
    """Read records one by one."""
    rows: list[int] = []
    times: list[datetime] = []
    columns: dict[str, list[str | None]] = {}
    rejects: list[Reject] = []
    for row, record in enumerate(text.to_pylist()):
        found = read(record)
        if isinstance(found, str):
            rejects.append(Reject(row, found))
            continue
        for name, value in found[1].items():
            if value:
                filled = columns.setdefault(name, [])
                filled.extend([None] * (len(rows) - len(filled)))
                filled.append(value)
        rows.append(row)
        times.append(found[0])
    for column in columns.values():
        column.extend([None] * (len(rows) - len(column)))
    if not rows:
        return [], rejects
    core, fields = columns_of(columns)
    return [Part(pa.array(rows, pa.int32()), pa.array(times, UTC_MICROSECONDS), core, fields)], rejects


def instant(day: str, clock: str, zone: str | None, home: str) -> datetime | None:
    """Give the time of ``2024-05-01``, ``23:59:60.123456``; None where there is no such time.

    Args:
        day: ISO 8601.
        clock: hours of one or two digits, minutes, seconds; fractions behind a point or comma are cut at microseconds.
        zone: an offset (``+07``, ``-03:30``) or an abbreviation; None, and what is not known: ``home``.
        home: name of the zone whose clock the source keeps.
    """
    whole, _, fraction = clock.replace(",", ".").partition(".")
    hour, _, rest = whole.partition(":")
    minute, _, second = rest.partition(":")
    try:
        here = datetime(
            int(day[:4]), int(day[5:7]), int(day[8:10]), int(hour), int(minute), min(int(second), 59),
            int(fraction[:6].ljust(6, "0")), ZoneInfo(home),
        )  # fmt: skip
        if zone is not None and zone[:1] in "+-" and zone[1:]:
            return here.replace(tzinfo=UTC) - _offset(zone)
        if zone is None or zone not in _ZONES or here.tzname() == zone:
            return here.astimezone(UTC)
        return here.replace(tzinfo=UTC) - timedelta(hours=_ZONES[zone])
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    return -size if zone[0] == "-" else size
