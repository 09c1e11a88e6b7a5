"""Keycloak's log: JBoss logging lines, of which org.keycloak.events has sign-ins and what administrators do.

A line is ``time LEVEL [logger] (thread) message``; an event's message is ``type=LOGIN_ERROR, realmId=…`` with values in
quotes from Keycloak 22 on. https://www.keycloak.org/docs/latest/server_admin/#_login-logging
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_LINE: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[ T](?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}[.,][0-9]{1,9})"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})? +(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +"
    r"\[(?P<logger>[^\]\n]{1,200})\] \((?P<thread>[^)\n]{0,200})\) ?(?P<message>.*)",
    re.DOTALL,
)
_EVENT: Final = re.compile(r'(?:operationType|type)="?[A-Z_]{1,64}"?(?:, |$)')
_PAIR: Final = re.compile(
    r'([A-Za-z_][A-Za-z0-9_.-]{0,63})=(?:"((?:[^"\\\n]|\\.)*+)"|\'([^\'\n]*+)\'|([^,\n]*+))(?:, |$)'
)
_NAMES: Final = {"ipAddress": "address", "error": "reason"}
_ERROR: Final = "_ERROR"
_MOST: Final = 100


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def _record(record: str, context: ParseContext) -> Found:
    match = _LINE.fullmatch(record)
    if match is None:
        return "no Keycloak line: expected `time LEVEL [logger] (thread) message`"
    time = instant(match["day"], match["clock"], match["zone"], context.timezone)
    if time is None:
        return "there is no such time"
    said = {name: match[name] for name in ("level", "logger", "thread", "message")}
    return time, said | event(match["message"])


def event(message: str) -> dict[str, str | None]:
    """Read the pairs of an event's message; nothing where it is none."""
    if _EVENT.match(message) is None:
        return {}
    pairs: dict[str, str | None] = {}
    at = 0
    while (match := _PAIR.match(message, at)) and len(pairs) < _MOST:
        value = next((one for one in match.groups()[1:] if one is not None), "")
        pairs.setdefault(match[1], None if value == "null" else value)
        at = match.end()
        if at == len(message):
            break
    return named(pairs)


def named(pairs: dict[str, str | None]) -> dict[str, str | None]:
    """Give the values of an event by the names of programs.py; every one also keeps its own where that says more."""
    kind = pairs.get("type") or pairs.get("operationType") or ""
    said = {_NAMES.get(name, name): value for name, value in pairs.items()}
    said["action"] = kind.removesuffix(_ERROR).lower()
    said["outcome"] = "failure" if kind.endswith(_ERROR) or pairs.get("error") else "success"
    said["user"] = pairs.get("username") or pairs.get("userId")
    said["id"] = pairs.get("userId")
    return said
