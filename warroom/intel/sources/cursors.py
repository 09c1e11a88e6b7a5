"""Where a next poll begins, as text: JSON of what was there. One that cannot be read is none."""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def read_cursor(text: str) -> Mapping[str, object]:
    """Read a cursor; empty where there is none."""
    try:
        told = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        told = {}
    return told if isinstance(told, dict) else {}


def write_cursor(told: Mapping[str, object]) -> str:
    """Write a cursor."""
    return orjson.dumps(told).decode()


def text_of(cursor: Mapping[str, object], name: str) -> str:
    """Give a text of a cursor, "" where there is none."""
    told = cursor.get(name)
    return told if isinstance(told, str) else ""


def numbers_of(cursor: Mapping[str, object], name: str) -> dict[str, int]:
    """Give the whole numbers of a cursor by their names."""
    told = cursor.get(name)
    return {key: value for key, value in told.items() if isinstance(value, int)} if isinstance(told, dict) else {}
