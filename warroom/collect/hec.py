"""Events as Splunk's HTTP Event Collector takes them: many senders speak it.

One JSON object behind the other, each with ``event`` and what is told about it: ``time``, ``host``, ``source``,
``sourcetype``, ``index``, ``fields``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from warroom.collect.push_bodies import Records, Shape

_BLANKS: Final = re.compile(r"[\s,]*")
_ABOUT: Final = ("time", "host", "source", "sourcetype", "index")
#: What stands beside an event that has a name of its own for it, too.
_OWN: Final = "hec"


def read(body: bytes, shape: Shape) -> Records:
    """Read a body's events as a feed's format has them: JSON objects, or the text that each is.

    What is no such object is a reject, up to the end of the body.
    """
    rejects: list[tuple[bytes, str]] = []
    texts = list(_texts(body.decode("utf-8", "replace"), shape, rejects))
    kept = shape.each(texts)
    return Records(kept.lines, rejects + kept.rejects)


def _texts(text: str, shape: Shape, rejects: list[tuple[bytes, str]]) -> Iterator[bytes]:
    decoder = json.JSONDecoder()
    at = _after_blanks(text, 0)
    while at < len(text):
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found, end = None, len(text)
        try:
            event = found["event"]
            yield _line(found, event) if shape.json else _plain(event)
        except (KeyError, TypeError, UnicodeEncodeError):  # no object, no event; no such number or character in JSON
            reason = "no object with an `event`, as the HTTP Event Collector takes it"
            rejects.append((text[at : min(end, at + shape.limit)].encode(), reason))
        at = _after_blanks(text, end)


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _plain(event: object) -> bytes:
    return event.encode() if isinstance(event, str) else orjson.dumps(event)


def _line(found: dict[str, Any], event: object) -> bytes:
    """Put an event and what is told about it into one object; what the event says itself counts."""
    record: dict[str, object] = dict(event) if isinstance(event, dict) else {"message": event}
    fields = found.get("fields")
    about = {name: found[name] for name in _ABOUT if name in found} | (fields if isinstance(fields, dict) else {})
    record |= {name: value for name, value in about.items() if name not in record}
    if hidden := {name: value for name, value in about.items() if record[name] != value}:
        record.setdefault(_OWN, hidden)
    return orjson.dumps(record)
