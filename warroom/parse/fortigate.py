"""Fortinet FortiGate's logs: traffic, security events, VPN and administration as ``name=value`` pairs.

Format: https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference (default syslog format).
``trandisp`` says how an address was translated; ``transip`` and ``transport`` are what became of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.key_values import pairs
from warroom.parse.line_heads import LONGEST, Head, read_head
from warroom.parse.records import Event, read_lines
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MARK: Final = re.compile(r"(?:^|(?<=[ >:]))(?=(?:logver=|timestamp=|date=[0-9]{4}-[0-9]{2}-[0-9]{2} time=))")
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("msg", "logdesc", "attack", "action"),
    "event_reason": ("reason", "error", "crlevel"),
    "source_ip": ("srcip", "remip", "src"),
    "source_port": ("srcport", "src_port"),
    "source_address": ("srcname",),
    "destination_ip": ("dstip", "dst"),
    "destination_port": ("dstport", "dst_port"),
    "destination_address": ("dstname", "hostname"),
    "user_name": ("user", "unauthuser", "xauthuser", "dstuser", "initiator"),
    "host_hostname": ("devname",),
    "device_id": ("devid",),
    "http_request_method": ("httpmethod",),
    "http_request_referrer": ("referralurl",),
    "url_original": ("url",),
    "url_domain": ("hostname",),
    "user_agent_original": ("agent",),
    "process_name": ("app",),
    "file_path": ("filename",),
    "file_hash_sha256": ("filehash",),
    "dns_question_name": ("qname",),
    "rule_name": ("attack", "virus", "policyname", "policyid", "logdesc"),
}
_PROTOCOLS: Final = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "icmpv6"}
#: What a session's end is called where it was let through: `close`, a reset or time out, or an answer that was wrong.
_ENDED: Final = ("close", "timeout", "server-rst", "client-rst", "dns", "ip-conn")
_VPN: Final = {
    "tunnel-up": ("vpn_connect", "success"), "tunnel-down": ("vpn_disconnect", None),
    "ssl-new-con": ("vpn_connection_attempt", None), "ssl-login": ("vpn_login", "success"),
    "ssl-login-fail": ("vpn_login", "failure"), "ssl-exit-error": ("vpn_disconnect", "failure"),
    "ssl-exit-fail": ("vpn_disconnect", "failure"), "ssl-alert": ("vpn_alert", "failure"),
    "tunnel-stats": ("vpn_statistics", None), "negotiate": ("vpn_negotiate", None),
}  # fmt: skip
#: FortiOS cuts its logs at 16 KiB.
_LONGEST: Final = 32_768
_EXPECTED: Final = "no FortiGate log: expected `date=… time=… devname=… logid=… type=… subtype=…`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        found = pairs(line[mark.start() :]) if mark and len(line) <= _LONGEST else {}
        if head is None or not {"type", "devid"} & found.keys():
            return _EXPECTED
        return _event(found, head, wall)

    return read_lines(text, context, read)


def _event(found: dict[str, str], head: Head, wall: WallTime) -> Event:
    core = {column: next((found[key] for key in keys if found.get(key)), None) for column, keys in _CORE.items()}
    core["host_hostname"] = core["host_hostname"] or head.host
    core["event_duration"] = f"{found['duration']}000000000" if found.get("duration", "").isdecimal() else None
    core |= _verdict(found)
    more = {
        "nat_ip": found.get("transip"),
        "nat_port": found.get("transport") if found.get("transip") else None,
        "assigned_ip": found.get("tunnelip"),
        "sid": found.get("attackid"),
        "protocol": _PROTOCOLS.get(found.get("proto", "")),
    }
    sizes = [found[name] for name in ("sentbyte", "rcvdbyte") if found.get(name, "").isdecimal()]
    if sizes and all(len(size) < 19 for size in sizes):  # noqa: PLR2004 - what fits 64 bits
        more["bytes"] = str(sum(map(int, sizes)))
    return Event({**head.fields, **found, **more}, core, _time(found, wall) or head.time)


def _verdict(found: Mapping[str, str]) -> dict[str, str | None]:
    action = found.get("action", "")
    if found.get("subtype") in ("vpn", "ipsec") and action in _VPN:
        name, outcome = _VPN[action]
        return {"event_action": name, "event_outcome": found.get("status") if action == "negotiate" else outcome}
    if found.get("subtype") in ("system", "user") and action in ("login", "authentication", "logout"):
        return {"event_action": action, "event_outcome": found.get("status")}
    if found.get("type") == "traffic" and action in _ENDED:
        return {"event_action": "close", "event_outcome": "success"}
    return verdict(action or found.get("logdesc")) | ({"event_outcome": found["status"]} if "status" in found else {})


def _time(found: Mapping[str, str], wall: WallTime) -> str | None:
    """Put date, time and zone together; where no zone is told, the count since 1970 says when it was."""
    zone = found.get("tz", "")
    if found.get("date") and found.get("time") and zone:
        return wall.iso(f"{found['date']} {found['time']} {zone}")
    count = found.get("eventtime") or found.get("timestamp") or ""
    return wall.iso(count) or wall.iso(f"{found.get('date')} {found.get('time')}")
