"""Packets as tcpdump prints them, one a line: ``time IP source.port > destination.port: what it carries``.

Format: https://www.tcpdump.org/manpages/tcpdump.1.html (OUTPUT FORMAT). A time without a date (no ``-tttt``) is that
of the last day on which it is not ahead of the time of reading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.address import address
from warroom.parse.records import Event, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_LINE: Final = re.compile(
    r"(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}) )?(?:(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,9})"
    r"|(?P<epoch>[0-9]{9,11}\.[0-9]{1,9})) (?:(?P<interface>[\w.:-]{1,64}) +(?P<way>In|Out|B|M|P) +)?"
    r"(?P<family>IP6?) (?:\([^()]{0,300}(?:\([0-9]{1,3}\)[^()]{0,200})?\) )?"
    r"(?P<src>[^ ]{1,300}) > (?P<dst>[^ ]{1,300}): (?P<what>.*)"
)
_FLAGS: Final = re.compile(r"Flags \[(?P<flags>[A-Za-z.]{1,12}|none)\]")
_LENGTH: Final = re.compile(r"length (?P<length>[0-9]{1,9})")
_PAIR: Final = re.compile(r"\b(seq|ack|win) ([0-9:]{1,24})")
_UDP: Final = re.compile(r"UDP\b|[0-9]{1,5}[*+%|-]{0,4} |NTP|SIP|quic|VXLAN|BOOTP", re.IGNORECASE)
#: More of a line is what the packet carries, in words.
_LOOK: Final = 400


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read packets; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        found = _LINE.fullmatch(line)
        if found is None:
            return "no packet of tcpdump: expected `time IP source > destination: …`"
        clock, epoch = found["clock"], found["epoch"]
        time = epoch or (f"{found['date']}T{clock}" if found["date"] else wall.today(clock))
        return _event(found, time)

    return read_lines(text, context, read)


def _event(found: re.Match[str], time: str) -> Event:
    what = found["what"][:_LOOK]
    source, sport = _endpoint(found["src"])
    target, dport = _endpoint(found["dst"])
    fields = {name: found[name] for name in ("interface", "way", "family")}
    fields |= {f"tcp_{name}": value for name, value in _PAIR.findall(what)}
    flags, length = _FLAGS.search(what), _LENGTH.search(what)
    if flags:
        fields |= {"tcpflags": flags["flags"], "proto": "tcp"}
    elif what.startswith("ICMP"):
        fields["proto"] = "icmp"
    elif sport and _UDP.match(what):
        fields["proto"] = "udp"
    if length:
        fields["bytes"] = length["length"]
    core = {
        "message": found["what"],
        "event_action": "connection_start" if flags and flags["flags"] == "S" else "packet",
        "source_ip": source,
        "source_address": source,
        "source_port": sport,
        "destination_ip": target,
        "destination_address": target,
        "destination_port": dport,
    }
    return Event(fields, core, time)


def _endpoint(text: str) -> tuple[str, str | None]:
    """Split a port, which may be a service's name, from an address or a host's name."""
    if address(text):
        return text, None
    host, _, port = text.rpartition(".")
    if host and (port.isdecimal() or address(host)):
        return host, port
    return text, None
