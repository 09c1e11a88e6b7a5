"""The log of Windows Firewall, ``pfirewall.log``: values in columns that a ``#Fields:`` line names.

Format: https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/configure-logging
and https://www.w3.org/TR/WD-logfile. Times are local unless ``#Time Format:`` says otherwise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.records import Event, read_lines
from warroom.parse.shapes import HEADER_LINE

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

#: What Windows writes since XP: these names stand where the header has passed.
_FIELDS: Final[tuple[str, ...]] = (
    "date", "time", "action", "protocol", "src-ip", "dst-ip", "src-port", "dst-port", "size", "tcpflags", "tcpsyn",
    "tcpack", "tcpwin", "icmptype", "icmpcode", "info", "path", "pid",
)  # fmt: skip
_ACTIONS: Final = {
    "ALLOW": ("allow", "success"), "OPEN": ("allow", "success"), "OPEN-INBOUND": ("allow", "success"),
    "DROP": ("block", "failure"), "CLOSE": ("close", None), "INFO-EVENTS-LOST": ("events_lost", None),
}  # fmt: skip
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
#: Date, time, action, protocol: a line has at least these.
_LEAST: Final = 4


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``."""
    names, zone = _FIELDS, ""

    def look(line: str) -> None:
        nonlocal names, zone
        name, _, value = line.partition(":")
        if name == "#Fields" and value.split()[:3] == ["date", "time", "action"]:
            names = tuple(value.split()[:64])
        elif name == "#Time Format":
            zone = "" if value.strip().lower() == "local" else "Z"

    def read(line: str) -> Event | str:
        if line.startswith("#"):
            look(line)
            return HEADER_LINE
        values = line.split(None, len(names))
        if not _DATE.match(line) or not _LEAST <= len(values) <= len(names) or values[2] not in _ACTIONS:
            return f"no line of Windows Firewall: expected `{' '.join(names)}`"
        return _event({name: value for name, value in zip(names, values, strict=False) if value != "-"}, zone)

    for line in context.header.decode("utf-8", "replace").splitlines():
        look(line)
    return read_lines(text, context, read)


def _event(named: dict[str, str], zone: str) -> Event:
    action, outcome = _ACTIONS[named["action"]]
    core = {
        "event_action": action,
        "event_outcome": outcome,
        "source_ip": named.get("src-ip"),
        "source_port": named.get("src-port"),
        "destination_ip": named.get("dst-ip"),
        "destination_port": named.get("dst-port"),
        "process_pid": named.get("pid"),
    }
    proto = {"proto": named["protocol"].lower()} if "protocol" in named else {}
    size = {"bytes": named["size"]} if "size" in named else {}
    return Event({**named, **proto, **size}, core, f"{named['date']}T{named['time']}{zone}")
