"""Alerts of one line: Suricata's ``fast.log`` and Snort's ``alert_fast``, versions 2 and 3.

Format: https://docs.suricata.io/en/latest/output/ (line based alerts log) and Snort 3's alert_fast; Snort writes no
year unless it is told to (``-y``), with two digits before or behind the month and day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.address import address
from warroom.parse.line_heads import read_head
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_ALERT: Final = re.compile(
    r"(?:(?P<action>\[(?:Drop|wDrop|Reject|Block|would_drop|drop|block|reject|allow|pass)\]) +)?"
    r"\[\*\*\] \[(?P<gid>[0-9]{1,10}):(?P<sid>[0-9]{1,10}):(?P<rev>[0-9]{1,10})\] (?P<signature>.{0,2000}?) \[\*\*\]"
    r"(?P<late>(?: \[[A-Z][^\[\]]{0,300}\]){0,4}) *(?:\{(?P<proto>[^{}]{1,40})\} (?P<src>[^ ]{1,80}) -> "
    r"(?P<dst>[^ ]{1,80}))?.*"
)
_TAG: Final = re.compile(r"\[(Classification|Priority|AppID|Xref): ?([^\[\]]*)\]")
_DATE: Final = re.compile(
    r"(?P<a>[0-9]{2})/(?P<b>[0-9]{2})(?:/(?P<c>[0-9]{2,4}))?-(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)"
)
#: Snort to syslog: no marks, and the time is syslog's.
_SYSLOG: Final = re.compile(
    r"\[(?P<gid>[0-9]{1,10}):(?P<sid>[0-9]{1,10}):(?P<rev>[0-9]{1,10})\] (?P<signature>.{0,2000}?)"
    r"(?P<late>(?: \[[A-Z][^\[\]]{0,300}\]){0,4}):? *\{(?P<proto>[^{}]{1,40})\} (?P<src>[^ ]{1,80}) -> "
    r"(?P<dst>[^ ]{1,80})"
)
_LONGEST: Final = 4096
_EXPECTED: Final = "no alert: expected `time [**] [gid:sid:rev] signature [**] … {protocol} source -> destination`"


def facts(program: str, message: str) -> dict[str, str | None]:  # noqa: ARG001 - the table of programs asks so
    """Read an alert that Suricata or Snort sent by syslog; empty where it is none."""
    found = _SYSLOG.fullmatch(message) if len(message) <= _LONGEST else None
    return _facts(found) if found else {}


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read alerts; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        found = _DATE.search(line, 0, 500)
        alert = _ALERT.fullmatch(line[found.end() :].lstrip()) if found and len(line) <= _LONGEST else None
        head = read_head(line[: found.start()], wall) if found else None
        if found is None or alert is None or head is None:
            return _EXPECTED
        return event_of({**head.fields, "host_hostname": head.host, **_facts(alert)}, _time(found, wall))

    return read_lines(text, context, read)


def _time(found: re.Match[str], wall: WallTime) -> str | None:
    """Two digits of a year stand before the date or behind it: where both can be, the later time is meant."""
    first, second, third, clock = found["a"], found["b"], found["c"], found["clock"]
    if third is None or len(third) == 4:  # noqa: PLR2004
        return wall.dated(third, first, second, clock)
    return wall.latest([wall.dated(f"20{third}", first, second, clock), wall.dated(f"20{first}", second, third, clock)])


def _facts(found: re.Match[str]) -> dict[str, str | None]:
    tags = dict(_TAG.findall(found["late"]))
    source, sport = _endpoint(found["src"] or "")
    target, dport = _endpoint(found["dst"] or "")
    action = (found.groupdict().get("action") or "").strip("[]")
    stopped = action.lower() in ("drop", "block", "reject")
    signature = found["signature"].removeprefix('"').removesuffix('"').strip()
    return {
        "gid": found["gid"],
        "sid": found["sid"],
        "rev": found["rev"],
        "signature": signature,
        "classification": tags.get("Classification"),
        "priority": tags.get("Priority"),
        "severity": tags.get("Priority"),
        "app_id": tags.get("AppID"),
        "verdict": action or None,
        "proto": (found["proto"] or "").lower() or None,
        "message": signature,
        "rule_name": signature,
        "event_action": "intrusion_blocked" if stopped else "intrusion_alert",
        "event_outcome": "failure" if stopped else None,
        "source_ip": source,
        "source_port": sport,
        "destination_ip": target,
        "destination_port": dport,
    }


#: Eight groups of an IPv6 address that is written in full; a ninth is the port.
_GROUPS: Final = 8


def _endpoint(text: str) -> tuple[str | None, str | None]:
    host, sign, port = text.rpartition(":")
    if not sign:
        return text or None, None
    whole = text.count(":")
    if whole in (1, _GROUPS) or text.startswith("[") or ("::" in text and not address(text)):
        return host.strip("[]"), port
    return text.strip("[]"), None
