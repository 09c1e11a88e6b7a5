r"""The slow query log of MySQL 5.5 to 9, MariaDB and Percona Server: one event a query.

A record begins with ``# User@Host:``: lines of comment, each with ``Name: value`` pairs, then ``use database;``,
``SET timestamp=…;``, which is its time, and the query. All names in the comments become fields. ``# Time:`` is not
written before every query, and says no more than ``SET timestamp``: it stands at the end of the record before.
https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html, https://mariadb.com/kb/en/slow-query-log/,
https://docs.percona.com/percona-server/8.0/slow-extended.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_TIME: Final = re.compile(
    r"# Time: +(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]|([0-9]{6}) +)([0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_USER: Final = re.compile(
    r"# User@Host: (?P<user>[^\n]{0,320}?)\[(?P<current_user>[^\]\n]{0,320})\] @ +"
    r"(?:(?P<host>[^ \[\n]{1,255}) +)?\[(?P<ip>[^\]\n]{0,64})\]"
)
_PAIR: Final = re.compile(r"(?<!\S)([A-Za-z][A-Za-z0-9_]{0,63}):(?: {1,12}([^\s]{0,255}[^\s:]))?(?=\s|$)")
_SET: Final = re.compile(r"SET timestamp=([0-9]{1,10})(?:\.([0-9]{1,6}))?;")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_USE: Final = re.compile(r"use `?([^`;\n]{1,64})`?;")
_STARTED: Final = re.compile(r"(?P<program>\S{1,200}), Version: (?P<version>[^\n]{1,300}?)\.? started with:")
_SERVER: Final = "Tcp port: "
_HEADER: Final = re.compile(r"Time +\t*\s*Id +Command\t* +Argument|Time\s+Id\s+Command\s+Argument")
_KEYS: Final = {"Id": "thread_id", "Thread_id": "thread_id", "Schema": "schema"}
#: Of a line of comment so much is looked at.
_LOOKED_AT: Final = 4096
#: More names than all servers together write: what else looks like a pair is none.
_NAMES: Final = 100


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def _record(record: str, context: ParseContext) -> Found:
    if not record.startswith("# "):
        return _start(record, context)
    comments, rest = _split(record)
    said, logged = _comments(comments, context)
    if not said:
        return "nothing but the time of the query that follows, which says it itself"
    time = logged or context.now
    lines = rest.split("\n")
    while lines:
        if match := _USE.fullmatch(lines[0]):
            said["schema"] = said.get("schema") or match[1]
        elif match := _SET.fullmatch(lines[0]):
            micros = int((match[2] or "").ljust(6, "0"))
            time = datetime.fromtimestamp(int(match[1]), UTC) + timedelta(microseconds=micros)
        else:
            break
        lines.pop(0)
    while lines and (not lines[-1] or _TIME.match(lines[-1])):
        lines.pop()
    said["query"] = said["message"] = "\n".join(lines).strip() or None
    if (taken := said.get("Query_time")) and _SECONDS.fullmatch(taken):
        said["event_duration"] = str(round(float(taken) * 1_000_000_000))
    return time, said | {"action": "db_statement"}


def _comments(lines: list[str], context: ParseContext) -> tuple[dict[str, str | None], datetime | None]:
    """Read the lines of comment: what they name, and when the record was written."""
    said: dict[str, str | None] = {}
    explained: list[str] = []
    logged = None
    for line in lines:
        if line.startswith("# Time:") and (stamp := _TIME.match(line)):
            logged = _logged(stamp, context)
        elif user := _USER.match(line):
            said |= {"user": user["user"].rstrip(), "current_user": user["current_user"], "host": user["host"]}
            said["address"] = user["ip"] or user["host"]
            _pairs(line[user.end() :], said)
        elif line.startswith("# explain:"):
            explained.append(line.removeprefix("# explain: "))
        else:
            _pairs(line, said)
    if explained:
        said["explain"] = "\n".join(explained)
    return said, logged


def _split(record: str) -> tuple[list[str], str]:
    """Give the lines of comment at the top, and the rest."""
    lines = record.split("\n")
    top = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return lines[:top], "\n".join(lines[top:])


def _pairs(line: str, said: dict[str, str | None]) -> None:
    for name, value in _PAIR.findall(line[:_LOOKED_AT]):
        if value and len(said) < _NAMES:
            said.setdefault(_KEYS.get(name, name), value)


def _logged(stamp: re.Match[str], context: ParseContext) -> datetime | None:
    short = stamp[2]
    day = stamp[1] or f"20{short[:2]}-{short[2:4]}-{short[4:]}"
    return instant(day, stamp[3], stamp[4], context.timezone)


def _start(record: str, context: ParseContext) -> Found:
    """Read the head that a server writes when it opens its log; it has no time."""
    first = record.partition("\n")[0]
    if match := _STARTED.match(first):
        said = {"action": "db_started", "server_version": match["version"], "process_executable": match["program"]}
        return context.now, said | {"message": record}
    if first.startswith(_SERVER) or _HEADER.match(first):
        return "a part of the head that a server writes when it opens its log"
    return "no slow query: expected `# Time:` or `# User@Host:`"
