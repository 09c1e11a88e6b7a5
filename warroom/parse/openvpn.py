"""OpenVPN's own log: who connected from where, got which address, was refused, and left.

Wording: OpenVPN 2.4 to 2.6, src/openvpn/multi.c, ssl.c, ssl_verify.c and forward.c. Lines begin with a time
(``2026-11-22 10:00:00``, or with the day's name before 2.5) or are syslog messages of the program ``openvpn``. Names
are chosen by clients until their certificate is verified.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.line_heads import read_head
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_TIME: Final = re.compile(
    r"(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}) "
    r"(?:us=[0-9]{1,9} )?"
)
_SYSLOG: Final = re.compile(r"(?<= )(?:ovpn-|openvpn)[^\s:\[]{0,80}(?:\[[0-9]{1,9}\])?: ")
_PEER: Final = re.compile(
    r"(?:(?P<user>[^/\s][^/]{0,200})/)?(?:(?:tcp|udp)[46]?(?:-server)?:)?\[?(?P<address>[0-9A-Fa-f.:]{2,45}?)\]?:"
    r"(?P<port>[0-9]{1,5}) "
)
_PEER_INFO: Final = re.compile(r"peer info: (?P<name>IV_[A-Z_]{1,30}|UV_\w{1,60})=(?P<value>.{0,300})")
_Rule = tuple[re.Pattern[str], str, str | None]
_RULES: Final[tuple[_Rule, ...]] = tuple(
    (re.compile(pattern), action, outcome)
    for pattern, action, outcome in (
        (r"\[(?P<user>[^\]]{0,200})\] Peer Connection Initiated with (?:\[AF_INET6?\])?\S+", "vpn_connect", "success"),
        (r"MULTI: primary virtual IP for \S+: (?P<assigned_ip>[0-9A-Fa-f.:]{2,45})", "vpn_address_assigned", "success"),
        (
            r"MULTI_sva: pool returned IPv4=(?P<assigned_ip>[^, ]{2,45})(?:, IPv6=(?P<assigned_ipv6>.{0,60}))?",
            "vpn_address_assigned",
            "success",
        ),
        (
            r"TLS: Username/Password authentication succeeded for username '(?P<user>.{0,200}?)'.*",
            "vpn_login",
            "success",
        ),
        (r"TLS Auth Error: (?P<reason>.*)", "vpn_login", "failure"),
        (r"(?:AUTH: Received control message: |SENT CONTROL \[[^\]]{0,200}\]: ')AUTH_FAILED.*", "vpn_login", "failure"),
        (r"VERIFY ERROR: depth=\d{1,2}, error=(?P<reason>[^:]{0,200}): (?P<subject>.*)", "vpn_certificate", "failure"),
        (r"VERIFY OK: depth=0, (?P<subject>.*)", "vpn_certificate", "success"),
        (r"TLS Error: (?P<reason>.*)", "vpn_connect", "failure"),
        (r"(?:Authenticate/Decrypt packet error|TLS_ERROR): (?P<reason>.*)", "vpn_connect", "failure"),
        (r"SIGTERM\[soft,(?P<reason>[^\]]{0,100})\] received, client-instance exiting", "vpn_disconnect", None),
        (r"SIGUSR1\[soft,(?P<reason>[^\]]{0,100})\] received, client-instance restarting", "vpn_disconnect", None),
        (r"\[(?P<user>[^\]]{0,200})\] Inactivity timeout \(--ping-(?:restart|exit)\), .*", "vpn_disconnect", None),
        (
            r"TCP connection established with (?:\[AF_INET6?\])?(?P<address>[0-9A-Fa-f.:]{2,45}):(?P<port>[0-9]{1,5})",
            "vpn_connection_attempt",
            None,
        ),
    )
)
_LONGEST: Final = 4096
_EXPECTED: Final = "no line of OpenVPN: expected a time and a message, as `2026-11-22 10:00:00 user/192.0.2.1:1194 …`"


def facts(program: str, message: str) -> dict[str, str | None]:  # noqa: ARG001 - the table of programs asks so
    """Read a message of OpenVPN; the peer it begins with is the source."""
    if len(message) > _LONGEST:
        return {}
    peer = _PEER.match(message)
    words = message[peer.end() :] if peer else message
    found: dict[str, str | None] = dict(peer.groupdict()) if peer else {}
    if info := _PEER_INFO.fullmatch(words):
        found |= {info["name"]: info["value"], "event_action": "vpn_client_information"}
    for pattern, action, outcome in _RULES:
        if match := pattern.fullmatch(words):
            found |= {name: value for name, value in match.groupdict().items() if value}
            found |= {"event_action": action, "event_outcome": outcome}
            break
    return {
        **{name: value for name, value in found.items() if name not in _OWN},
        **{column: found.get(name) for name, column in _OWN.items()},
        "source_ip": found.get("address"),
    }


_OWN: Final = {
    "user": "user_name", "address": "source_address", "port": "source_port", "reason": "event_reason",
}  # fmt: skip


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read log lines; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        if stamp := _TIME.match(line):
            message = line[stamp.end() :]
            return event_of({**facts("openvpn", message), "message": message}, wall.iso(stamp[0].partition(" us=")[0]))
        mark = _SYSLOG.search(line, 0, 300)
        head = read_head(line[: mark.end() - 1], wall) if mark else None
        if mark is None or head is None:
            return _EXPECTED
        message = line[mark.end() :]
        told = {**head.fields, "host_hostname": head.host, **facts("openvpn", message), "message": message}
        return event_of(told, head.time)

    return read_lines(text, context, read)
