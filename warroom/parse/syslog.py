"""Syslog lines: RFC 3164 and what is written in its name, RFC 5424, and ISO 8601 times (rsyslog, ChromeOS).

Sources: RFC 3164 section 4, RFC 5424 section 6, rsyslog's templates RSYSLOG_TraditionalFileFormat,
RSYSLOG_FileFormat and RSYSLOG_SyslogProtocol23Format.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse import programs, timestamps
from warroom.parse.eras import common_year
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

# (?s): a message whose octets were counted may have several lines.
_PRIORITY: Final = r"(?s)^(?:<(?P<priority>[0-9]{1,3})>)?"
_BSD: Final = (
    _PRIORITY + r"(?P<stamp>[A-Z][a-z]{2} [ 0-9]?[0-9](?: [0-9]{4})? [0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?):? "
    r"(?:(?P<host>[^ ]*[^ :]) )?(?P<rest>.*)$"
)
_RFC5424: Final = (
    r"(?s)^<(?P<priority>[0-9]{1,3})>1 (?P<stamp>[^ ]+) (?P<host>[^ ]+) (?P<program>[^ ]+) (?P<pid>[^ ]+) "
    r'(?P<msgid>[^ ]+) (?P<structured_data>-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])+)(?: \x{FEFF}?(?P<message>.*))?$'
)
_ISO: Final = (
    _PRIORITY + r"(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?) (?P<host>[^ ]+) (?P<rest>.*)$"
)
_TAG: Final = (
    r"(?s)^ *(?P<program>[^ \[\]:()]+)(?:\[(?P<pid>[0-9]{1,9})\])?"
    r"(?: \([^)]*\)| <[A-Za-z]+>)?: *(?P<message>.*)$"
)
# macOS: program names with blanks, always with a process id.
_TAG_BLANKS: Final = (
    r"(?s)^(?P<program>[^\[\]:()]+)\[(?P<pid>[0-9]{1,9})\]"
    r"(?: \([^)]*\)| <[A-Za-z]+>)?: *(?P<message>.*)$"
)
_LEVELS: Final = ("EMERG", "ALERT", "CRIT", "ERR", "ERROR", "WARNING", "WARN", "NOTICE", "INFO", "DEBUG", "VERBOSE1")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_STAMP: Final = re.compile(
    r"([A-Z][a-z]{2}) +([0-9]{1,2})(?: ([0-9]{4}))? ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,9}))?"
)
#: A line whose date lies further ahead than this was written last year.
_AHEAD: Final = timedelta(days=1)
#: Years to go back at most for a 29th of February.
_LEAP: Final = 8


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read syslog lines; rows are indices into ``text``."""
    rows = pa.arange(0, len(text), 1).cast(pa.int32())
    parts: list[Part] = []
    for pattern in (_BSD, _RFC5424, _ISO):
        if not len(text):
            break
        found = _extract(text, pattern)
        times = _times(found.pop("stamp"), pattern, context)
        good = times.is_valid()
        if not pc.any(good).as_py():
            continue
        columns = {name: column.filter(good) for name, column in found.items()}
        if "rest" in columns:
            columns |= _tags(columns.pop("rest"))
        parts.append(_part(rows.filter(good), times.filter(good), columns))
        bad = pc.invert(good)
        text, rows = text.filter(bad), rows.filter(bad)
    return parts, [Reject(row, _reason(line)) for row, line in zip(rows.to_pylist(), text.to_pylist(), strict=True)]


def _reason(line: str) -> str:
    if line[:1].isspace():
        return "no time at the beginning: a continued line of the message before it"
    return "no syslog line: expected `Mon day time host program: message`, RFC 5424 or an ISO 8601 time"


def _extract(text: pa.Array, pattern: str) -> dict[str, pa.Array]:
    groups = pl.Series(text, dtype=pl.String).str.extract_groups(pattern).to_arrow()
    return {kind.name: groups.field(number).cast(pa.string()) for number, kind in enumerate(groups.type)}


def _tags(rest: pa.Array) -> dict[str, pa.Array]:
    """Split program and process id from the message; a line without them is message from its start."""
    tags = _extract(rest, _TAG)
    if tags["program"].null_count:
        blanks = _extract(rest, _TAG_BLANKS)
        tags = {name: pc.coalesce(column, blanks[name]) for name, column in tags.items()}
    return tags | {"message": pc.coalesce(tags["message"], rest)}


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array]) -> Part:
    none = pa.scalar(None, pa.string())
    found = {name: pc.if_else(pc.equal(column, "-"), none, column) for name, column in found.items()}
    host = pc.if_else(pc.equal(found["host"], "---"), none, found["host"])
    level = pc.is_in(host, pa.array(_LEVELS))
    program = found["program"]
    digits = pc.match_substring_regex(found["pid"], "^[0-9]{1,18}$")
    core = {
        "message": found["message"],
        "host_hostname": pc.if_else(level, none, host),
        "process_name": program,
        "process_pid": pc.if_else(digits, found["pid"], none).cast(pa.int64()),
    }
    fields = {"level": pc.if_else(level, host, none)}
    fields |= {name: found[name] for name in ("priority", "msgid", "structured_data") if name in found}
    facts, more = programs.read(program, found["message"])
    return Part(rows, ts, core | _over(core, facts), fields | _over(fields, more))


def _over(columns: dict[str, pa.Array], better: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Fill the gaps of what a program itself says with what stands around its message."""
    return {name: pc.coalesce(found, columns[name]) if name in columns else found for name, found in better.items()}


def _times(stamps: pa.Array, pattern: str, context: ParseContext) -> pa.Array:
    if pattern is not _BSD:
        return timestamps.any_time(stamps, context.timezone)
    coded = stamps.dictionary_encode()
    zone = ZoneInfo(context.timezone)
    known = [_bsd_time(stamp, zone, context.now) for stamp in coded.dictionary.to_pylist()]
    return pa.array(known, UTC_MICROSECONDS).take(coded.indices)


def _bsd_time(stamp: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Read ``Feb  9 21:19:40``; the year is the last one in which that is not ahead of ``now``."""
    match = _STAMP.fullmatch(stamp)
    if match is None or match[1] not in _MONTHS:
        return None
    month, day, hour, minute, second = _MONTHS[match[1]], int(match[2]), int(match[4]), int(match[5]), int(match[6])
    micros = int((match[7] or "")[:6].ljust(6, "0"))
    this_year = now.astimezone(zone).year
    years = (common_year(int(match[3])),) if match[3] else range(this_year + 1, this_year - _LEAP, -1)
    for year in years:
        try:
            time = datetime(year, month, day, hour, minute, min(second, 59), micros, tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if match[3] or time <= now + _AHEAD:
            return time
    return None
