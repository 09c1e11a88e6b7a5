"""Flows as nfdump writes them: NetFlow and IPFIX as CSV (``-o csv``) or JSON (``-o json``, ``-o ndjson``).

Format: https://github.com/phaag/nfdump (nfdump(1), output formats; the names of CSV columns stand in its first line).
Times are those of the machine that ran nfdump.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from warroom.parse.records import Event, read_lines, read_objects
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

#: nfdump 1.6's columns; 1.7 writes other names, in its first line.
_NAMES: Final[tuple[str, ...]] = (
    "ts", "te", "td", "sa", "da", "sp", "dp", "pr", "flg", "fwd", "stos", "ipkt", "ibyt", "opkt", "obyt", "in", "out",
    "sas", "das", "smk", "dmk", "dtos", "dir", "nh", "nhb", "svln", "dvln", "ismc", "odmc", "idmc", "osmc", "mpls1",
    "mpls2", "mpls3", "mpls4", "mpls5", "mpls6", "mpls7", "mpls8", "mpls9", "mpls10", "cl", "sl", "al", "ra", "eng",
    "exid", "tr",
)  # fmt: skip
#: What an event needs, and the names it may have in CSV and JSON.
_ALIKE: Final[Mapping[str, tuple[str, ...]]] = {
    "source_ip": ("sa", "srcAddr", "src4_addr", "src6_addr"),
    "source_port": ("sp", "srcPort", "src_port"),
    "destination_ip": ("da", "dstAddr", "dst4_addr", "dst6_addr"),
    "destination_port": ("dp", "dstPort", "dst_port"),
    "nat_ip": ("nsa", "xsa", "srcXlateIP", "src4_xlt_ip", "src6_xlt_ip"),
    "nat_port": ("nsp", "xsp", "srcXlatePort", "src_xlt_port"),
    "proto": ("pr", "proto"),
    "bytes": ("ibyt", "bytes", "inBytes", "in_bytes"),
    "duration": ("td", "duration"),
    "start": ("ts", "firstSeen", "first"),
}
_PROTOCOLS: Final = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "icmpv6", "132": "sctp"}
_CSV: Final = "no flow of nfdump: expected comma-separated values of at least time, addresses, ports and protocol"
_LEAST: Final = 7
_LONGEST: Final = 16_384
#: What stands where nothing was translated.
_NONE: Final = (None, "0.0.0.0", "::")  # noqa: S104


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read flows; rows are indices into ``text``. Of lines and objects mixed the lines are refused, or the objects."""
    wall = WallTime(context)
    if context.format == "nfdump_json":
        return read_objects(
            text, context, lambda flow: _event(flow, wall) or "no flow of nfdump: no two addresses in it"
        )
    names = _NAMES
    header = context.header.decode("utf-8", "replace").splitlines()
    for line in header:
        names = _header(line) or names

    def read(line: str) -> Event | str:
        nonlocal names
        if told := _header(line):
            names = told
            return "the line that names the columns: no event"
        values = _split(line)
        if not _LEAST <= len(values) <= len(names):
            return _CSV
        return _event(dict(zip(names, values, strict=False)), wall) or _CSV

    return read_lines(text, context, read)


def _split(line: str) -> list[str]:
    if len(line) > _LONGEST:
        return []
    try:
        return [value.strip() for value in next(csv.reader([line]), [])]
    except csv.Error:  # a control character where none may be
        return []


def _header(line: str) -> tuple[str, ...] | None:
    names = (
        tuple(_split(line.lstrip("#")))[:200]
        if line.lstrip("#")[:10].startswith(("ts,", "firstSeen,", "first,"))
        else ()
    )
    return names if len(names) >= _LEAST else None


def _event(flow: dict[str, Any], wall: WallTime) -> Event | None:
    told = {name: _text(flow, names) for name, names in _ALIKE.items()}
    time = wall.iso(told["start"] or "")
    if not told["source_ip"] or not told["destination_ip"] or time is None:
        return None
    core = {name: told[name] for name in ("source_ip", "source_port", "destination_ip", "destination_port")}
    core |= {"event_action": "flow", "event_duration": _nanoseconds(told["duration"])}
    proto = (told["proto"] or "").lower()
    more = {"nat_ip": told["nat_ip"], "nat_port": told["nat_port"], "bytes": told["bytes"]}
    more["proto"] = _PROTOCOLS.get(proto, proto) or None
    own = {name: value for name, value in flow.items() if value != ""}
    return Event(own | {name: value for name, value in more.items() if value not in _NONE}, core, time)


def _text(flow: dict[str, Any], names: tuple[str, ...]) -> str | None:
    value = next((flow[name] for name in names if flow.get(name) not in (None, "")), None)
    return str(value) if isinstance(value, str | int | float) else None


def _nanoseconds(seconds: str | None) -> str | None:
    """Read seconds with a point, as nfdump writes how long a flow lasted."""
    whole, _, part = (seconds or "").partition(".")
    if not whole.isdecimal() or len(whole) > 8 or not (part.isdecimal() or not part):  # noqa: PLR2004 - three years
        return None
    return str(int(whole) * 1_000_000_000 + int(part[:9].ljust(9, "0")))
