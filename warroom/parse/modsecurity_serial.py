"""ModSecurity's serial audit log: one transaction is a record of sections, ``--1a2b3c4d-A--`` to ``--1a2b3c4d-Z--``.

Format: https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats (Audit Log). A is the time and
the connection, B the request's headers, C its body, E the answer's body, F its headers, H what the engine says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.modsecurity import facts
from warroom.parse.records import Event, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_SECTION: Final = re.compile(r"^--([0-9A-Za-z]{4,40})-([A-Z])--\r?$", re.MULTILINE)
_HEAD: Final = re.compile(
    r"\[(?P<time>[0-9]{1,2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:.]{8,18} [+-][0-9]{4})\] (?P<unique_id>\S{1,64}) "
    r"(?P<client>\S{2,64}) (?P<client_port>[0-9]{1,5}) (?P<host>\S{2,64}) (?P<host_port>[0-9]{1,5})"
)
_REQUEST: Final = re.compile(r"(?P<method>\S{1,40}) (?P<url>.*?)(?: HTTP/(?P<version>[0-9.]{1,4}))?\r?")
_STATUS: Final = re.compile(r"HTTP/[0-9.]{1,4} (?P<status>[0-9]{3})\b")
_RULE: Final = re.compile(r"^(?:Message|Apache-Error): (.{1,20000})$|^(ModSecurity: .{1,20000})$", re.MULTILINE)
#: Of one request; more are an attack on the reader.
_MOST: Final = 1000
_NAMES: Final = {
    "B": "request_headers",
    "C": "request_body",
    "E": "response_body",
    "F": "response_headers",
    "H": "trailer",
}
_EXPECTED: Final = "no transaction of ModSecurity: expected a record from `--id-A--` to `--id-Z--`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read transactions; rows are indices into ``text``."""
    wall = WallTime(context)
    return read_lines(text, context, lambda record: _event(record, wall))


def _event(record: str, wall: WallTime) -> Event | str:
    marks = list(_SECTION.finditer(record))
    if not marks or marks[0].start() or marks[0][2] != "A":
        return _EXPECTED
    own = [mark for mark in marks if mark[1] == marks[0][1]]  # a body may hold what looks like a section
    ends = [mark.start() for mark in own[1:]] + [len(record)]
    parts = {mark[2]: record[mark.end() : end].strip() for mark, end in zip(own, ends, strict=True)}
    head = _HEAD.match(parts["A"])
    if head is None:
        return "no transaction of ModSecurity: its section A has no time, id, addresses and ports"
    lines = parts.get("B", "").splitlines() or [""]
    request, headers = _REQUEST.fullmatch(lines[0]), _headers(lines[1:])
    status = _STATUS.match(parts.get("F", ""))
    rules = _rules(parts.get("H", ""))
    blocked = any(rule.get("result") == "Access denied" for rule in rules)
    core = {
        "message": str(rules[0]["message"]) if rules else None,
        "rule_name": str(rules[0]["rule_name"]) if rules else None,
        "event_action": "request_blocked" if blocked else "rule_matched" if rules else "request",
        "event_outcome": "failure" if blocked else None,
        "source_ip": head["client"],
        "source_address": head["client"],
        "source_port": head["client_port"],
        "destination_ip": head["host"],
        "destination_port": head["host_port"],
        "http_request_method": request and request["method"],
        "url_original": request and request["url"],
        "http_version": request and request["version"],
        "http_response_status_code": status and status["status"],
        "url_domain": headers.get("host", "").partition(":")[0],
        "user_agent_original": headers.get("user-agent"),
        "http_request_referrer": headers.get("referer"),
    }
    told = {
        f"rule_{name}": values
        for name in ("id", "msg", "severity")
        if (values := [str(rule[name]) for rule in rules if rule.get(name)])
    }
    found = {_NAMES[letter]: part for letter, part in parts.items() if letter in _NAMES and part}
    return Event({**found, "unique_id": head["unique_id"], **told}, core, wall.iso(head["time"]))


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found.setdefault(name.lower(), value.strip())
    return found


def _rules(trailer: str) -> list[dict[str, str | list[str]]]:
    """Read the messages of the trailer: version 2 leaves out the word that the error log has before them."""
    texts = [found[1] or found[2] for found in list(_RULE.finditer(trailer))[:_MOST]]
    whole = (text if text.startswith("ModSecurity: ") else f"ModSecurity: {text}" for text in texts)
    return [seen for text in whole if (seen := facts(text)) is not None and seen.get("id")]
