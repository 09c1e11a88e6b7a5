"""PostgreSQL's log as CSV (log_destination = csvlog; 9.0 to 17), in the columns of its documentation.

https://www.postgresql.org/docs/17/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each
from warroom.parse.postgresql_messages import completed

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

#: As PostgreSQL's JSON log calls them; the last three came with 13 and 14.
_COLUMNS: Final = (
    "timestamp", "user", "dbname", "process_pid", "connection_from", "session_id", "line_num", "ps", "session_start",
    "vxid", "txid", "error_severity", "state_code", "message", "detail", "hint", "internal_query", "internal_position",
    "context", "statement", "cursor_position", "location", "application_name", "backend_type", "leader_pid", "query_id",
)  # fmt: skip
_FEWEST: Final = 23
_VALUE: Final = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^",\n]*+))(,|\Z)')
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)(?: ([A-Za-z0-9+:-]{1,8}))?"
)


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def _record(record: str, context: ParseContext) -> Found:
    if _TIME.match(record) is None:
        return "no line of a PostgreSQL csvlog: expected it to begin with the time"
    values = _values(record)
    if values is None:
        return "quotes without an end: the statement in it was cut, or its lines were not joined"
    if not _FEWEST <= len(values) <= len(_COLUMNS):
        return f"no line of a PostgreSQL csvlog: it has {len(values)} columns, not {_FEWEST} to {len(_COLUMNS)}"
    named: dict[str, str | None] = dict(zip(_COLUMNS, values, strict=False))
    return of_columns(named, context)


def of_columns(named: dict[str, str | None], context: ParseContext) -> Found:
    """Give the event of a record by the names of its columns."""
    match = _TIME.fullmatch(named.pop("timestamp") or "")
    time = instant(match[1], match[2], match[3], context.timezone) if match else None
    if time is None:
        return "the first column is no time"
    peer = named.pop("connection_from", None)
    if peer == "[local]":
        named["remote_host"] = peer
    elif peer:
        host, _, port = peer.rpartition(":")
        named["address"], named["port"] = (host, port) if host and port.isdigit() else (peer, None)
    return time, completed(named)


def _values(record: str) -> list[str] | None:
    """Split a record into its values; None where that is impossible."""
    values: list[str] = []
    at = 0
    while len(values) <= len(_COLUMNS):
        match = _VALUE.match(record, at)
        if match is None:
            return None
        values.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        if not match[3]:
            break
        at = match.end()
    return values
