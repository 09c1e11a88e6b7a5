"""QRadar's Log Event Extended Format: ``LEEF:2.0|vendor|product|version|event id|delimiter|key=value…``.

Format: https://www.ibm.com/docs/en/dsm?topic=leef-overview (versions 1.0 and 2.0). The pairs of 1.0 stand apart by
tabs, those of 2.0 by the character that its header names, as it is or as ``x5E``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.parse.cef import split_header
from warroom.parse.line_heads import LONGEST, Head, read_head
from warroom.parse.records import Event, read_lines
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MARK: Final = re.compile(r"(?:^|(?<=[ :]))LEEF: ?(?=[0-9])")
_HEADER: Final = ("LEEFVersion", "Vendor", "Product", "Version", "EventID")
_CODE: Final = re.compile(r"(?:\\|0)?x([0-9A-Fa-f]{2,4})")
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("msg", "message", "reason"),
    "event_reason": ("reason",),
    "source_ip": ("src", "identSrc"),
    "source_address": ("srcHost", "identHostName", "src"),
    "source_port": ("srcPort",),
    "destination_ip": ("dst",),
    "destination_address": ("dstHost", "dst"),
    "destination_port": ("dstPort",),
    "user_name": ("usrName", "accountName", "user"),
    "host_hostname": ("devName", "hostname"),
    "http_request_method": ("method", "requestMethod"),
    "http_request_referrer": ("referrer", "referer"),
    "url_original": ("url", "request"),
    "user_agent_original": ("userAgent", "agent"),
    "file_path": ("filePath", "fileName", "filename"),
    "rule_name": ("policy", "rule", "ruleName", "EventID"),
}
#: Parts of Java's SimpleDateFormat and the signs of strptime for them.
_SIGNS: Final = {
    "yyyy": "%Y", "yy": "%y", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H",
    "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%f", "Z": "%z", "XXX": "%z", "X": "%z", "a": "%p", "EEE": "%a",
}  # fmt: skip
#: Of a time and its pattern.
_LONGEST: Final = 64
_LETTERS: Final = re.compile(r"'([^']*)'|([A-Za-z])\2*")
_EXPECTED: Final = "no LEEF: expected `LEEF:1.0|vendor|product|version|event id|key=value<tab>key=value`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        values = split_header(line[mark.end() :], len(_HEADER)) if mark else None
        if head is None or values is None:
            return _EXPECTED
        return _event(dict(zip(_HEADER, values, strict=False)), values[-1], head, wall)

    return read_lines(text, context, read)


def _event(header: dict[str, str], body: str, head: Head, wall: WallTime) -> Event:
    delimiter, body = _delimiter(body) if header["LEEFVersion"].startswith("2") else ("\t", body)
    pairs = (pair.partition("=") for pair in body.split(delimiter))
    found = header | {name.strip(): value.strip() for name, sign, value in pairs if sign and name.strip()}
    core = {column: next((found[key] for key in keys if found.get(key)), None) for column, keys in _CORE.items()}
    core["host_hostname"] = core["host_hostname"] or head.host
    core |= verdict(found.get("action")) or {"event_action": header["EventID"]}
    if outcome := found.get("outcome") or found.get("result"):
        core["event_outcome"] = outcome
    names = {"nat_ip": "srcPostNAT", "nat_port": "srcPostNATPort", "bytes": "totalBytes", "severity": "sev"}
    fields = {**head.fields, **found, **{name: found[key] for name, key in names.items() if found.get(key)}}
    return Event(fields, core, _time(found, wall) or head.time)


def _delimiter(body: str) -> tuple[str, str]:
    """Take the delimiter off the pairs of version 2.0, where one is named."""
    named, bar, rest = body.partition("|")
    if not bar or "=" in named[1:]:
        return "\t", body
    code = _CODE.fullmatch(named)
    return (chr(int(code[1], 16)) if code else named or "\t"), rest


def _time(found: Mapping[str, str], wall: WallTime) -> str | None:
    written = found.get("devTime", "")
    return _by_pattern(written, found.get("devTimeFormat", "")) or (wall.iso(written) if written else None)


def _by_pattern(written: str, pattern: str) -> str | None:
    """Read a time by the pattern that the sender tells; None where it does not fit, or no pattern can be so."""
    signs: list[str] = []

    def sign(part: re.Match[str]) -> str:
        if part[1] is not None:
            return part[1]
        signs.append(_SIGNS.get(part[0], part[0]))
        return signs[-1]

    if not written or not pattern or len(written) > _LONGEST or len(pattern) > _LONGEST:
        return None
    form = _LETTERS.sub(sign, pattern.replace("%", "%%"))
    if len(set(signs)) < len(signs):
        return None
    try:
        time = datetime.strptime(written, form)  # noqa: DTZ007  a zone where the format has one
        return (time.astimezone(UTC) if time.tzinfo else time).isoformat()
    except (ValueError, OverflowError):
        return None
