"""Reads a whole JSON document of a stranger, within bounds of memory, and says where it is broken."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import orjson

from warroom.intel.formats.reading import FormatRefusedError
from warroom.intel.formats.wording import printable

#: What a document may take in memory at most once it is read, by the signs in it.
_MOST_MEMORY: Final = 3 << 30
#: Bytes in memory that each of these signs may stand for: an object, a list, half a text, a number.
_COSTS: Final = {b"{": 240, b"[": 72, b'"': 28, b",": 40}
_MARK: Final = b"\xef\xbb\xbf"


def parse_json(data: bytes) -> object:
    """Read a document.

    Raises:
        FormatRefusedError: it would take too much memory, or is no JSON (line and column are told).
    """
    data = data.removeprefix(_MARK)
    memory = len(data) + sum(data.count(sign) * cost for sign, cost in _COSTS.items())
    if memory > _MOST_MEMORY:
        raise FormatRefusedError(f"the document would take about {memory >> 20:,} MiB of memory: deliver it in parts")
    try:
        with no_collection():
            return orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        reason = printable(problem.msg, 200)
        raise FormatRefusedError(f"no JSON: line {problem.lineno}, column {problem.colno}: {reason}") from None


@contextmanager
def no_collection() -> Iterator[None]:
    """Hold back Python's search for cycles, of which a document has none: it would go through all of it many times."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
