"""One way to write a value, and its SHA-256: what is hashed or signed cannot be read in two ways.

Canonical JSON here: keys sorted, no blanks, UTF-8, integers only (no floats). Every hash is taken over a JSON array
that begins with the name of what it is, so that a hash of one kind is never valid as another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


def canonical(value: Json) -> str:
    """Write a value as canonical JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encoded(kind: str, value: Json) -> bytes:
    """Give the bytes that are hashed or signed for a value of a kind; a stray surrogate has bytes of its own."""
    return canonical([kind, value]).encode("utf-8", "surrogatepass")


def digest(kind: str, value: Json) -> str:
    """Give the SHA-256 of a value of a kind, in hexadecimal."""
    return hashlib.sha256(encoded(kind, value)).hexdigest()
