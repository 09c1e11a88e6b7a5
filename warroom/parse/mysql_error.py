r"""The error log of MySQL 5.5 to 9, MariaDB and Percona Server, and the lines of their general log.

Forms: ``161209 14:18:50 [Note] …`` (to 5.6, MariaDB to 10.0), ``2016-12-09 12:08:33 0 [Note] …`` (5.6, MariaDB),
``2016-12-09T12:08:33.335060Z 0 [Note] …`` (5.7), the same with ``[MY-010926] [Server]`` (8); ``time<TAB>id command
argument`` (general log). https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html,
https://mariadb.com/kb/en/error-log/. Lines without a time go on with the message before them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_TIME: Final = re.compile(
    r"(?:(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ] ?|(?P<short>[0-9]{6}) {1,2})"
    r"(?P<clock>[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?(?=\s|$)"
)
_COMMAND: Final = re.compile(
    r"\s+(?P<thread_id>[0-9]{1,18}) (?P<command>Connect|Query|Quit|Prepare|Execute|Close stmt|Init DB|Field List|"
    r"Statistics|Ping|Change user|Reset stmt|Long Data|Binlog Dump(?: GTID)?|Set option|Shutdown|Refresh|Kill|Sleep|"
    r"Debug|Create DB|Drop DB|Processlist|Table Dump|Connect Out|Register Slave|Fetch|Daemon|Error|Delayed insert|Time)"
    r"(?:[\t ]+|$)(?P<query>.*)",
    re.DOTALL,
)
_ENTRY: Final = re.compile(
    r" {1,3}(?:(?P<thread_id>0x[0-9a-f]{1,16}|[0-9a-f]{1,18}) )? ?\[(?P<level>[A-Za-z]{1,12})\] "
    r"(?:\[(?P<error_code>MY-[0-9]{1,9})\] \[(?P<subsystem>[^\]]{1,32})\] ?)?(?P<message>.*)",
    re.DOTALL,
)
_PLAIN: Final = re.compile(
    r" {1,3}(?:(?P<thread_id>[0-9a-f]{8,18}) {1,2})?(?P<message>(?:InnoDB: |mysqld_safe |\S).*)", re.DOTALL
)
#: Plain lines have these first words; others with such a time are another program's.
_WORDS: Final = re.compile(
    r"(?:InnoDB: |mysqld_safe |mysqld |Plugin |/?[^ ]{1,200}(?:mysqld|mariadbd)[^ ]{0,40}: |Error: |.{0,100}\bmysqld\b)"
)

_USER: Final = r"'(?P<user>[^'\n]{0,320})'@'(?P<address>[^'\n]{0,255})'"
_RULES: Final = [
    (re.compile(pattern, re.DOTALL), action, outcome)
    for pattern, action, outcome in (
        (r"Access denied for user " + _USER + r"(?: to database '(?P<db>[^'\n]{0,64})')?"
         r"(?: \(using password: (?P<using_password>YES|NO)\))?.*", "db_login", "failure"),
        ((r"Aborted connection (?P<connection_id>[0-9]{1,18}) to db: '(?P<db>[^'\n]{0,64})' "
         r"user: '(?P<user>[^'\n]{0,320})' host: '(?P<address>[^'\n]{0,255})' \((?P<reason>.*)\)\.?"),
         "db_disconnect", "failure"),
        (r"Host '(?P<address>[^'\n]{0,255})' is (?:not allowed to connect|blocked because of).*",
         "db_connect", "failure"),
        ((r"(?:IP address|Host name) '(?P<address>[^'\n]{0,255})' (?:could not be|has not been) resolved: "
          r"(?P<reason>.*)"),
         None, None),
        (r".*: Forcing close of thread (?P<connection_id>[0-9]{1,18}) +user: '(?P<user>[^'\n]{0,320})'\.?",
         "db_disconnect", None),
        (r".*: ready for connections\..*", "db_started", None),
        (r".*: (?:Shutdown complete|Normal shutdown).*", "db_stopped", None),
        (r"Received SHUTDOWN from user (?P<user>[^ ]{1,320})\..*", "db_shutdown", None),
    )
]  # fmt: skip
#: ``user@host on database using TCP/IP``, of the general log.
_CONNECT: Final = re.compile(
    r"(?P<user>[^\n]{0,320})@(?P<address>[^ @\n]{0,255}) (?:as (?P<account>[^ \n]{0,320}) )?on ?(?P<db>[^ \n]{0,64})"
    r"(?: using (?P<using>[^\n]{1,40}))?"
)
_HEAD: Final = 2048


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def facts(_program: str, message: str) -> dict[str, str | None]:
    """Read one message; see programs.py for the names."""
    head = message[:_HEAD]
    for pattern, action, outcome in _RULES:
        if match := pattern.fullmatch(head):
            return {**match.groupdict(), "action": action, "outcome": outcome}
    return {}


def _record(record: str, context: ParseContext) -> Found:
    stamp = _TIME.match(record)
    if stamp is None:
        return "no time at the beginning: a continued line, or no MySQL error log"
    short = stamp["short"]
    day = stamp["day"] or f"20{short[:2]}-{short[2:4]}-{short[4:]}"
    time = instant(day, stamp["clock"], stamp["zone"], context.timezone)
    if time is None:
        return "there is no such time"
    rest = record[stamp.end() :]
    if command := _COMMAND.match(rest):
        return time, _command(command)
    match = _ENTRY.match(rest) or (_PLAIN.match(rest) if short or stamp["day"] else None)
    if match is None or ("level" not in match.re.groupindex and not _WORDS.match(match["message"])):
        return "no MySQL error log: expected `[Note]`, `[Warning]`, `[ERROR]` … behind the time"
    said = match.groupdict()
    return time, said | {name: value for name, value in facts("", said["message"] or "").items() if value}


def _command(match: re.Match[str]) -> dict[str, str | None]:
    """Read a line of the general log."""
    name, query = match["command"], match["query"]
    said: dict[str, str | None] = {"thread_id": match["thread_id"], "db_command": name, "message": query or name}
    if name == "Connect":
        said |= {"action": "db_login", "outcome": "success"}
        said |= {key: value for key, value in facts("", query).items() if value}
        if connect := _CONNECT.fullmatch(query):
            said |= connect.groupdict()
    elif name in ("Query", "Execute", "Prepare"):
        said |= {"action": "db_statement", "query": query}
    elif name == "Quit":
        said["action"] = "db_disconnect"
    return said
