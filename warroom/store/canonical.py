"""One way to write a value, and its SHA-256: what is hashed or signed cannot be read in two ways.

Canonical JSON here: keys sorted, no blanks, UTF-8, integers only (no floats). Every hash is taken over a JSON array
that begins with the name of what it is, so that a hash of one kind is never valid as another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import orjson

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
#: One for all: `json.dumps` makes a new one at each call that says how.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
#: What a fast encoder writes exactly as the slow one does.
_SIMPLE: Final = frozenset({str, int, bool, type(None)})


def canonical(value: Json) -> str:
    """Write a value as canonical JSON."""
    return _ENCODER.encode(value)


def encoded(kind: str, value: Json) -> bytes:
    """Give the bytes that are hashed or signed for a value of a kind; a stray surrogate has bytes of its own."""
    if isinstance(value, list) and _SIMPLE.issuperset(map(type, value)):  # rows of tables: by the 10,000
        try:
            return orjson.dumps([kind, value])
        except orjson.JSONEncodeError:  # a stray surrogate, or an integer of more than 64 bits
            pass
    return canonical([kind, value]).encode("utf-8", "surrogatepass")


def digest(kind: str, value: Json) -> str:
    """Give the SHA-256 of a value of a kind, in hexadecimal."""
    return hashlib.sha256(encoded(kind, value)).hexdigest()
