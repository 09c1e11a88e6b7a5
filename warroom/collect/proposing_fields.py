"""Proposes which of a log's fields fill core columns, in which notation its times are, and what the fields hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import orjson
import pyarrow as pa

from warroom.collect.proposing_text import quoted
from warroom.collect.trying import kind_of
from warroom.parse import ParseContext
from warroom.parse.native import NAMES
from warroom.parse.time_formats import iso_texts

#: Of several times, the one that says when it happened.
_ORDER: Final = ("@timestamp", "ts", "timestamp", "time", "event_time", "datetime", "date")
#: What fields are called in Thai logs.
_THAI: Final[Mapping[str, tuple[str, ...]]] = {
    "user_name": ("ชื่อผู้ใช้", "ชื่อผู้ใช้งาน", "ผู้ใช้", "ผู้ใช้งาน", "รหัสผู้ใช้"),
    "event_action": ("การกระทำ", "กิจกรรม", "เหตุการณ์", "รายการ"),
    "event_outcome": ("ผลลัพธ์", "ผล", "ผลการทำงาน", "สถานะ"),
    "event_reason": ("เหตุผล", "สาเหตุ"),
    "message": ("ข้อความ", "รายละเอียด"),
    "host_hostname": ("ชื่อเครื่อง", "เครื่อง"),
}
#: Notations of days, those of Thai logs first: of 01/02/2569 the first is the day. Of two digits no year is made.
_DAYS: Final = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d",
    "%m/%d/%Y",
)  # fmt: skip
_CLOCKS: Final = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%H.%M.%S", "%H.%M", "%I:%M:%S %p", "%I:%M %p")
_CLOCK_ENDS: Final = ("", " น.", " %z")
_BETWEEN: Final = (" ", ", ", ":")
#: Values of a column that are looked at, and columns that may be times.
_VALUES: Final = 50
_MOST_COLUMNS: Final = 40
#: Characters of the shortest day, of the shortest hour, and of both: 1/1/2569 9.5 is read, too.
_DAY_LENGTH: Final = 8
_CLOCK_LENGTH: Final = 3
_BOTH_LENGTH: Final = _DAY_LENGTH + 1 + _CLOCK_LENGTH
#: A day that takes the place of none where only a clock is tried.
_SOME_DAY: Final = "2026-01-01 "


def fields(columns: Mapping[str, pa.Array]) -> list[str]:
    """Give the lines under ``parse`` that say what the fields mean: ``fields``, ``time_format``, ``kinds``."""
    core = {
        name: found for name, names in NAMES.items() if (found := next((one for one in names if one in columns), ""))
    }
    core |= {
        name: found
        for name, names in _THAI.items()
        if name not in core and (found := next((one for one in names if one in columns), ""))
    }
    singles = {name: column.drop_null() for name, column in columns.items() if pa.types.is_string(column.type)}
    kinds = {name: kind_of(column) for name, column in singles.items() if len(column)}
    notation = ""
    if times := [name for name, kind in kinds.items() if kind == "time"]:
        core = {"ts": min(times, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))} | core
    elif not any(kinds.get(name) in ("integer", "number") for name in _ORDER):  # seconds since 1970
        texts = {name: column for name, column in singles.items() if kinds.get(name) == "text"}
        source, notation = _noted(texts)
        core = ({"ts": source} if source else {}) | core
    if "source_ip" not in core and (first := next((name for name, kind in kinds.items() if kind == "address"), None)):
        core["source_ip"] = first
    told = [f"  time_format: {orjson.dumps(notation).decode()}"] if notation else []
    told += ["  fields:", *(f"    {name}: {quoted(field)}" for name, field in core.items())] if core else []
    others = {name: kind for name, kind in kinds.items() if kind in ("time", "address")}
    return told + (["  kinds:", *(f"    {quoted(name)}: {kind}" for name, kind in others.items())] if others else [])


def _noted(columns: Mapping[str, pa.Array]) -> tuple[str, str]:
    """Give the field whose texts are times in a usual notation, or two that are day and hour, and the notation."""
    some = {name: column.slice(0, _VALUES) for name, column in list(columns.items())[:_MOST_COLUMNS]}
    clocks = [clock + end for end in _CLOCK_ENDS for clock in _CLOCKS]
    dates: list[tuple[str, str]] = []
    for name, column in some.items():
        if not _may_be(column, _DAY_LENGTH):
            continue
        if day := _first(column, _DAYS):
            dates.append((name, day))
        elif _may_be(column, _BOTH_LENGTH) and (
            both := _first(column, (f"{day}{sign}{clock}" for sign in _BETWEEN for day in _DAYS for clock in clocks))
        ):
            return name, both
    for name, day in dates:
        for other, column in some.items():
            if not _may_be(column, _CLOCK_LENGTH):
                continue
            hours = pa.array([_SOME_DAY + text for text in column.to_pylist()], pa.string())
            if clock := _first(hours, (f"%Y-%m-%d {clock}" for clock in clocks)):
                return f"{name} + {other}", f"{day} {clock.removeprefix('%Y-%m-%d ')}"
    return dates[0] if dates else ("", "")


def _may_be(column: pa.Array, length: int) -> bool:
    """Say whether every text begins with a digit and has so many characters: to try all notations takes seconds."""
    texts = [text.strip() for text in column.to_pylist()]
    return all(len(text) >= length and text[0].isdigit() for text in texts)


def _first(column: pa.Array, notations: Iterator[str] | tuple[str, ...]) -> str:
    return next((notation for notation in notations if _reads(column, notation)), "")


def _reads(column: pa.Array, notation: str) -> bool:
    """Say whether every text is a time in this notation."""
    context = ParseContext("csv", "UTC", datetime.now(UTC))
    return all(text is not None and _is_time(text) for text in iso_texts(column, notation, context).to_pylist())


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
