"""Keycloak as JSON objects: its JSON log, and its events as the admin API and event listeners write them.

The log's object has ``timestamp``, ``loggerName``, ``level`` and ``message``; an event has ``time`` (milliseconds),
``type``, ``realmId``, ``clientId``, ``userId``, ``ipAddress``, ``error`` and ``details``, an administrator's has
``operationType``, ``resourceType``, ``resourcePath`` and ``authDetails``.
https://www.keycloak.org/docs-api/latest/rest-api/#EventRepresentation
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from warroom.parse.each import Found, instant, read_each
from warroom.parse.flatten import as_json
from warroom.parse.keycloak import event, named

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MOST: Final = 200
_DEEPEST: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_OBJECT: Final = "no object of Keycloak: expected `loggerName` and `message`, or `type` and `realmId`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    return read_each(text, lambda record: _record(record, context))


def _record(record: str, context: ParseContext) -> Found:
    try:
        value = orjson.loads(record)
    except orjson.JSONDecodeError as problem:
        return f"no JSON object: {problem}"
    if not isinstance(value, dict):
        return _NO_OBJECT
    flat: dict[str, str | None] = {}
    _flatten(value, "", flat, 0)
    if "loggerName" in flat and "message" in flat:
        time = _iso(flat.pop("timestamp", None), context)
        return (time, flat | event(flat["message"] or "")) if time else "`timestamp` is no time"
    if "realmId" not in flat or not ("type" in flat or "operationType" in flat):
        return _NO_OBJECT
    time = _millis(flat.get("time")) or _iso(flat.get("time"), context)
    if time is None:
        return "`time` is no time"
    for name in ("username", "auth_method", "redirect_uri"):
        flat.setdefault(name, flat.get(f"details.{name}"))
    flat.setdefault("userId", flat.get("authDetails.userId"))
    flat.setdefault("ipAddress", flat.get("authDetails.ipAddress"))
    return time, named({name: one for name, one in flat.items() if name not in ("time", "id")})


def _flatten(value: dict[str, Any], before: str, into: dict[str, str | None], depth: int) -> None:
    for name, one in value.items():
        if len(into) >= _MOST:
            return
        if isinstance(one, dict) and depth < _DEEPEST:
            _flatten(one, f"{before}{name}.", into, depth + 1)
        else:
            into[before + name] = one if one is None or isinstance(one, str) else as_json(one)


def _millis(text: str | None) -> datetime | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 14:  # noqa: PLR2004 - the year 5138
        return None
    return _EPOCH + timedelta(milliseconds=int(text))


def _iso(text: str | None, context: ParseContext) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if time.tzinfo is None:
        return instant(time.date().isoformat(), time.time().isoformat(), None, context.timezone)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None
