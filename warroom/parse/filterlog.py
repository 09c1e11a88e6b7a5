"""Packets that pf logs on pfSense and OPNsense: the program ``filterlog`` with comma-separated values.

Format: https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.line_heads import read_head
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_COMMON: Final = (
    "rule", "subrule", "anchor", "tracker", "interface", "reason", "verdict", "direction", "ip_version",
)  # fmt: skip
_IPV4: Final = ("tos", "ecn", "ttl", "ip_id", "offset", "flags", "protocol_id", "protocol", "length", "src", "dst")
_IPV6: Final = ("class", "flow_label", "hop_limit", "protocol", "protocol_id", "length", "src", "dst")
_PROTOCOLS: Final = {
    "tcp": ("srcport", "dstport", "data_length", "tcp_flags", "sequence", "ack", "window", "urg", "options"),
    "udp": ("srcport", "dstport", "data_length"),
    "carp": ("carp_type", "carp_ttl", "vhid", "version", "advskew", "advbase"),
    "icmp": ("icmp_type", "icmp_id", "icmp_sequence"),
}
_BY_VERSION: Final = {"4": _IPV4, "6": _IPV6}
_MARK: Final = re.compile(r"(?:^|(?<=[ \]:-]))(?=[0-9]{1,9},[^,]{0,20},[^,]{0,80},[^,]{0,40},[^,]{1,40},)")
_LONGEST: Final = 4096
_EXPECTED: Final = (
    "no packet of filterlog: expected `rule,subrule,anchor,tracker,interface,reason,action,direction,4|6,…`"
)


def facts(program: str, message: str) -> dict[str, str | None]:  # noqa: ARG001 - the table of programs asks so
    """Read a message of filterlog; empty where it is none."""
    values = message.split(",", 40) if len(message) <= _LONGEST else []
    names = _BY_VERSION.get(values[8]) if len(values) > len(_COMMON) else None
    if names is None or not values[0].isdecimal():
        return {}
    named = dict(zip((*_COMMON, *names), values, strict=False))
    protocol = named.get("protocol", "").lower()
    rest = values[len(_COMMON) + len(names) :]
    named |= zip(_PROTOCOLS.get(protocol, ()), rest, strict=False)
    if not _PROTOCOLS.get(protocol) and rest:
        named["protocol_values"] = ",".join(rest)
    return {
        **{f"pf_{name}" if name == "reason" else name: value for name, value in named.items()},
        **verdict(named["verdict"]),
        "event_reason": named["reason"],
        "rule_name": named["tracker"] or named["rule"],
        "source_ip": named.get("src"),
        "source_port": named.get("srcport"),
        "destination_ip": named.get("dst"),
        "destination_port": named.get("dstport"),
        "proto": protocol,
        "bytes": named.get("length"),
    }


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read filterlog's lines, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, 500)
        head = read_head(line[: mark.start()], wall) if mark else None
        message = line[mark.start() :] if mark else ""
        seen = facts("filterlog", message)
        if head is None or not seen:
            return _EXPECTED
        return event_of({**head.fields, "host_hostname": head.host, "message": message, **seen}, head.time)

    return read_lines(text, context, read)
