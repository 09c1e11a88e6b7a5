"""PostgreSQL's log as JSON objects (log_destination = jsonlog; 15 to 17).

https://www.postgresql.org/docs/17/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from warroom.parse.each import Found, read_each
from warroom.parse.flatten import as_json
from warroom.parse.postgresql_csv import of_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_CORE: Final = {"pid": "process_pid", "remote_port": "port"}
#: More names than any version writes: a record with more is not of PostgreSQL.
_MOST: Final = 100


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def _record(record: str, context: ParseContext) -> Found:
    try:
        value = orjson.loads(record)
    except orjson.JSONDecodeError as problem:
        return f"no JSON object: {problem}"
    if not isinstance(value, dict) or "error_severity" not in value or len(value) > _MOST:
        return "no object of a PostgreSQL jsonlog: expected `timestamp` and `error_severity`"
    named: dict[str, str | None] = {_CORE.get(str(name), str(name)): _text(one) for name, one in value.items()}
    if (host := named.get("remote_host")) and host != "[local]":
        named["address"] = named.pop("remote_host")
    named.setdefault("timestamp", None)
    return of_columns(named, context)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return as_json(value)
