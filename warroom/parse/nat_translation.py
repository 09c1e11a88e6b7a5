"""Address translations of carriers and firewalls: who had which public address, port or block of ports, and when.

Readers of what conntrack and ulogd (Linux), Juniper's session and port-block logs, Cisco IOS's NAT logs, MikroTik and
A10 write. The public end is always ``nat_ip`` with ``nat_port``, or ``nat_port`` to ``nat_port_end`` for a block.
Sources: conntrack(8), ulogd's XML-free LOGEMU output, Juniper's System Log Explorer (RT_FLOW, RT_SRC_NAT_PBA), Cisco's
NAT syslog messages, RFC 6302 on what has to be kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.key_values import pairs
from warroom.parse.line_heads import LONGEST, read_head
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_IP: Final = r"[0-9A-Fa-f.:]{2,45}"
_V4: Final = r"[0-9.]{7,15}"
_PORT: Final = r"[0-9]{1,5}"
_CONNTRACK: Final = re.compile(
    rf"(?:\[(?P<time>[0-9]{{9,11}}\.[0-9]{{1,9}})\]\s+)?\[(?P<event>NEW|UPDATE|DESTROY)\]\s+"
    rf"(?:ipv[46]\s+[0-9]{{1,3}}\s+)?"
    rf"(?P<proto>[a-z0-9]{{1,12}})\s+(?P<protonum>[0-9]{{1,3}})\s+(?:[0-9]{{1,9}}\s+)?(?:(?P<state>[A-Z_0-9]{{2,16}})"
    rf"\s+)?"
    rf"src=(?P<src>{_IP}) dst=(?P<dst>{_IP})(?: sport=(?P<src_port>{_PORT}) dport=(?P<dst_port>{_PORT}))?"
    rf"(?P<counts>[^=\[]{{0,4}}(?:packets=[0-9]{{1,18}} bytes=(?P<bytes>[0-9]{{1,18}}) )?)(?:\[UNREPLIED\] )?"
    rf"(?:type=[0-9]{{1,3}} code=[0-9]{{1,3}} id=[0-9]{{1,5}} )?(?:\[UNREPLIED\] )?"
    rf"src={_IP} dst=(?P<nat_ip>{_IP})(?: sport={_PORT} dport=(?P<nat_port>{_PORT}))?.*"
)
_ULOGD: Final = re.compile(
    rf"(?:\[(?P<event>NEW|UPDATE|DESTROY)\] )?ORIG: SRC=(?P<src>{_IP}) DST=(?P<dst>{_IP}) PROTO=(?P<proto>\S{{1,10}})"
    rf"(?: SPT=(?P<src_port>{_PORT}) DPT=(?P<dst_port>{_PORT}))?(?: TYPE=[0-9]{{1,3}} CODE=[0-9]{{1,3}})?"
    rf"(?: PKTS=[0-9]{{1,18}} BYTES=(?P<bytes>[0-9]{{1,18}}))? ?, REPLY: SRC={_IP} DST=(?P<nat_ip>{_IP})"
    rf" PROTO=\S{{1,10}}"
    rf"(?: SPT={_PORT} DPT=(?P<nat_port>{_PORT}))?.*"
)
_SRX: Final = re.compile(
    rf"RT_FLOW(?:_SESSION_\w{{1,20}})?: (?:RT_FLOW_SESSION_(?P<kind>CREATE|CLOSE|DENY)(?:_LS)?: )?session "
    rf"(?P<event>created|closed|denied)"
    rf"(?P<why>[^:]{{0,80}}:)? (?P<src>{_IP})/(?P<src_port>{_PORT})->(?P<dst>{_IP})/(?P<dst_port>{_PORT}) "
    rf"(?:0x[0-9a-f]{{1,8}} )?"
    rf"(?P<service>\S{{1,64}}) (?:(?P<nat_ip>{_IP})/(?P<nat_port>{_PORT})->(?P<nat_dst>{_IP})/"
    rf"(?P<nat_dst_port>{_PORT}))?.*"
)
_BLOCK: Final = re.compile(
    rf"RT_SRC_NAT_PBA_(?P<kind>ALLOC|RELEASE|INTERIM): Subscriber (?P<src>{_IP}) used/maximum \["
    rf"(?P<used>[0-9]{{1,9}})/[0-9]{{1,9}}\] blocks, "
    rf"(?P<event>\w{{1,16}}) port block \[(?P<nat_port>{_PORT})-(?P<nat_port_end>{_PORT})\] from (?P<nat_ip>{_IP}) in"
    rf" source pool (?P<pool>\S{{1,64}}).*"
)
_IOS: Final = re.compile(
    rf"%(?:IOSXE-6-PLATFORM|NAT-6-(?:LOG_TRANSLATION|ADDR_ALLOC\w{{0,20}})|FMANFP-6-IPNAT\w{{0,20}}):.{{0,80}}?"
    rf"(?P<event>Created|Deleted) "
    rf"(?:Translation )?(?P<proto>tcp|udp|icmp|TCP|UDP|ICMP)\s+(?P<src>{_V4}):(?P<src_port>{_PORT})\s+"
    rf"(?P<nat_ip>{_V4}):(?P<nat_port>{_PORT})"
    rf"(?:\s+(?P<dst>{_V4}):(?P<dst_port>{_PORT})\s+{_V4}:{_PORT})?.*"
)
_MIKROTIK: Final = re.compile(
    rf"(?:\S{{1,64}} )?(?P<chain>srcnat|dstnat|forward|input|output|prerouting|postrouting): in:(?P<in>[^,]{{1,80}})"
    rf",? out:(?P<out>[^,]{{1,80}}),"
    rf"(?: connection-(?:state|mark):[^ ]{{1,40}})*(?: src-mac (?P<src_mac>[0-9A-Fa-f:]{{17}}),)? proto "
    rf"(?P<proto>[A-Za-z0-9-]{{1,16}})(?: \([^()]{{1,40}}\))?, "
    rf"(?P<src>{_V4})(?::(?P<src_port>{_PORT}))?->(?P<dst>{_V4})(?::(?P<dst_port>{_PORT}))?,"
    rf"(?: NAT \({_V4}(?::{_PORT})?->(?P<nat_ip>{_V4})(?::(?P<nat_port>{_PORT}))?\)->{_V4}(?::{_PORT})?,)?.*?(?: len "
    rf"(?P<bytes>[0-9]{{1,6}}))?"
)
_A10: Final = re.compile(
    rf"(?:NAT-(?P<proto>TCP|UDP|ICMP)-(?P<event>[CNF])|(?P<kind>PORT-BATCH|PB)-\w{{1,12}}):? (?P<src>{_IP}?):"
    rf"(?P<src_port>{_PORT}) ?(?:->|<-->|=>) ?"
    rf"(?P<nat_ip>{_V4}):(?P<nat_port>{_PORT})(?: ?(?:to|->|-) ?(?P<dst>{_V4}):(?P<dst_port>{_PORT}))?.*"
)
#: Structured data of Juniper, whose names are these.
_STRUCTURED: Final = {
    "src": "source-address", "src_port": "source-port", "dst": "destination-address", "dst_port": "destination-port",
    "nat_ip": "nat-source-address", "nat_port": "nat-source-port", "proto": "protocol-id", "bytes": "bytes-from-client",
    "rule_name": "policy-name", "service": "service-name",
}  # fmt: skip
_ENDS: Final = ("DESTROY", "closed", "releases", "Deleted", "F")
_MARK: Final = re.compile(
    r"(?:^|(?<=[ \]>:]))(?:(?=\[[0-9]{9,11}\.[0-9]{1,9}\]\s+\[(?:NEW|UPD|DES))|(?=\[(?:NEW|UPDATE|DESTROY)\])|"
    r"(?=ORIG: SRC=)|(?=RT_(?:FLOW|SRC_NAT))"
    r"|(?=%(?:IOSXE|NAT|FMANFP)-6-)|(?=(?:srcnat|dstnat|forward|input|output|prerouting|postrouting): in:)|(?=NAT-"
    r"(?:TCP|UDP|ICMP)-))"
)
_LONGEST: Final = 4096
_EXPECTED: Final = (
    "no translation: expected a line of conntrack, ulogd, Juniper, Cisco IOS, MikroTik or A10 that names both addresses"
)


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read translations, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        seen = facts("", line[mark.start() :]) if mark else {}
        if head is None or not seen:
            return _EXPECTED
        time = seen.pop("time", None)
        return event_of({**head.fields, "host_hostname": head.host, **seen}, time or head.time)

    return read_lines(text, context, read)


def facts(program: str, message: str) -> dict[str, str | None]:  # noqa: ARG001 - the table of programs asks so
    """Read a message; empty where it is no translation."""
    if len(message) > _LONGEST:
        return {}
    patterns = (_CONNTRACK, _ULOGD, _SRX, _BLOCK, _IOS, _MIKROTIK, _A10)
    found = next((found for pattern in patterns if (found := pattern.fullmatch(message))), None)
    if found is not None:
        return _facts({name: value for name, value in found.groupdict().items() if value and value.strip()}, message)
    if message.startswith("RT_FLOW") and "source-address=" in message:
        told = pairs(message)
        named = {name: told.pop(key) for name, key in _STRUCTURED.items() if told.get(key)}
        event = message[:40].partition(" ")[0].rpartition("_")[2].lower()
        return _facts({**told, **named, "event": {"close": "closed", "deny": "denied"}.get(event, "created")}, message)
    return {}


def _facts(found: dict[str, str], message: str) -> dict[str, str | None]:
    event = found.get("event", "")
    denied = event == "denied"
    state = "end" if event in _ENDS else "start"
    action = "block" if denied else f"nat_translation_{state}" if found.get("nat_ip") else f"connection_{state}"
    found.pop("counts", None)
    return {
        **found,
        "proto": found.get("proto", "").lower() or None,
        "message": message,
        "event_action": action,
        "event_outcome": "failure" if denied else "success",
        "source_ip": found.get("src"),
        "source_port": found.get("src_port"),
        "destination_ip": found.get("dst"),
        "destination_port": found.get("dst_port"),
    }
