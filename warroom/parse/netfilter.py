"""Packets that Linux's kernel logs: iptables and nftables ``log``, ufw, firewalld, Shorewall, UniFi and VyOS.

Format: Linux's net/netfilter/nf_log_syslog.c (``IN=… OUT=… SRC=… DST=… PROTO=… SPT=… DPT=…``, words without a value for
flags, the packet that an ICMP error quotes in brackets). What stands before is the rule's prefix, which names a verdict
only by its writer's habit: ``[UFW BLOCK]``, ``IPTABLES-DROP:``, ``[WAN_LOCAL-D-2000]``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import syslog
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.shapes import Part, Reject
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

#: Where the packet begins. Prefixes have at most 127 characters; the header before them is short, too.
_PACKET: Final = re.compile(r"(?<![\w.])IN=[^ =]{0,64} OUT=[^ =]{0,64}(?: |$)")
_FRONT: Final = 600
#: A packet is at most some hundred characters.
_LONGEST: Final = 4096
_UPTIME: Final = re.compile(r"\[ *(?P<uptime>[0-9]{1,12}\.[0-9]{1,9})\] ?")
_DESCRIPTION: Final = re.compile(r'DESCR="(?P<descr>[^"]*)" ?')
#: UniFi `[WAN_LOCAL-D-2000]`, VyOS and EdgeOS `[eth0-IN-10-D]`, `[ipv4-NAM-FLT-30-D]`.
_RULE: Final = re.compile(
    r"\[(?:(?P<chain>[^\]]{1,100})-(?P<verdict>[ADR])-(?P<rule>[0-9]{1,12})"
    r"|(?P<chain2>[^\]]{1,100})-(?P<rule2>[0-9]{1,12}|default)-(?P<verdict2>[ADR]))\]"
)
_LETTERS: Final = {"A": "accept", "D": "drop", "R": "reject"}
_WORDS: Final = re.compile(
    r"(?<![a-z])(drop(?:ped)?|block(?:ed)?|den(?:y|ied)|reject(?:ed)?|accept(?:ed)?|allow(?:ed)?|pass(?:ed)?)(?![a-z])",
    re.IGNORECASE,
)
#: The header of a line: syslog's (UniFi writes the host twice), or the kernel's own (`dmesg -T`).
_HEAD: Final = re.compile(
    r"(?:<(?P<priority>[0-9]{1,3})>)?(?:1 )?"
    r"(?P<stamp>[A-Z][a-z]{2} [ 0-9]?[0-9](?: [0-9]{4})? [0-9:]{8}(?:\.[0-9]{1,9})?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?) "
    r"(?P<host>[^ \[\]]{1,255}) (?:(?P=host) )?(?:(?:kernel|ulogd(?:\[[0-9]{1,9}\])?): ?|kernel - - - )?"
    r"|\[(?P<ctime>[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] [0-9:]{8} [0-9]{4})\] "
)
_TWICE: Final = re.compile(r"^((?:<[0-9]{1,3}>)?[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9:]{8} )([^ ]{1,255}) (?=\2 )")


def facts(program: str, message: str) -> dict[str, str | None]:  # noqa: ARG001 - the table of programs asks so
    """Read a message of the kernel; empty where it is about no packet."""
    packet = _PACKET.search(message, 0, _FRONT)
    if packet is None or len(message) > _LONGEST:
        return {}
    front = message[: packet.start()]
    found: dict[str, str | None] = {}
    if uptime := _UPTIME.match(front):
        found["uptime"] = uptime["uptime"]
        front = front[uptime.end() :]
    if described := _DESCRIPTION.search(front):
        found["DESCR"] = described["descr"]
        front = front[: described.start()]
    prefix = front.strip(" :")
    found |= _rule(prefix)
    found |= _pairs(message[packet.start() :])
    found.setdefault("event_action", "packet")
    return found | {
        "rule_name": found.get("DESCR") or prefix.strip("[]") or None,
        "source_ip": found.get("SRC"),
        "source_port": found.get("SPT"),
        "destination_ip": found.get("DST"),
        "destination_port": found.get("DPT"),
        "proto": (found.get("PROTO") or "").lower() or None,
        "bytes": found.get("LEN"),
    }


def _rule(prefix: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {"prefix": prefix or None}
    if rule := _RULE.search(prefix):
        chain = rule["chain"] or rule["chain2"]
        letter = rule["verdict"] or rule["verdict2"]
        source, _, target = chain.partition("_")
        zones = {"src_zone": source, "dst_zone": target} if target else {}
        found |= {"chain": chain, **zones, "rule_number": rule["rule"] or rule["rule2"], "verdict": _LETTERS[letter]}
        return found | verdict(found["verdict"])
    words = _WORDS.findall(prefix.replace("_", " "))
    return found | (verdict(words[-1]) if words else {})


def _pairs(packet: str) -> dict[str, str | None]:
    """Read ``NAME=value`` and flags; of the packet that an ICMP error quotes the names begin with ``inner_``."""
    found: dict[str, str | None] = {}
    flags: list[str] = []
    inner = ""
    for word in packet.split():
        if word.startswith("[") and "=" in word:
            inner, word = "inner_", word[1:]  # noqa: PLW2901
        name, sign, value = word.partition("=")
        if sign:
            name = inner + name
            found[name if name not in found else f"{found.get('PROTO', '')}_{name}"] = value.removesuffix("]")
        elif not inner:
            flags.append(word)
        if word.endswith("]"):
            inner = ""
    if flags:
        found["flags"] = " ".join(flags)
    return found


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read the lines of a firewall built on Linux; what is about no packet is read as a program's syslog message."""
    wall = WallTime(context)
    parts, left = read_lines(text, context, lambda line: _event(line, wall))
    if not left:
        return parts, []
    places = pa.array([reject.row for reject in left], pa.int32())
    lines = pa.array([_TWICE.sub(r"\1", line) for line in text.take(places).to_pylist()], pa.string())
    others, refused = syslog.parse(lines, context)
    rows = [reject.row for reject in refused]
    for part in others:
        named = part.core["process_name"].is_valid()
        rows += part.rows.filter(pc.invert(named)).to_pylist()
        if pc.any(named).as_py():
            parts.append(_some(part, named, places))
    reason = "neither a packet that was logged (`IN=… OUT=… SRC=…`) nor a program's syslog message"
    return parts, [Reject(places[row].as_py(), reason) for row in sorted(rows)]


def _some(part: Part, these: pa.Array, places: pa.Array) -> Part:
    """Give some events of a part, whose rows are indices into ``places``."""
    core, fields = ({name: column.filter(these) for name, column in some.items()} for some in (part.core, part.fields))
    return Part(places.take(part.rows.filter(these)), part.ts.filter(these), core, fields)


def _event(line: str, wall: WallTime) -> Event | str:
    head = _HEAD.match(line)
    message = line[head.end() :] if head else line
    seen = facts("kernel", message)
    if not seen:
        return "about no packet"
    if head is None:
        return event_of({**seen, "message": message})
    stamp = head["stamp"] or head["ctime"]
    told = {"priority": head["priority"], "host_hostname": head["host"], "message": message}
    return event_of({**told, **seen}, wall.iso(stamp))
