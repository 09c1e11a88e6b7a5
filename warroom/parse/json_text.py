"""Texts as JSON has them between quotes: whole columns at once."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np
import orjson
import pyarrow as pa

from warroom.machine.compiling import LARGE, can_compile

_BEYOND: Final = 64


def escaped(texts: pa.Array) -> pa.Array:
    """Escape a column of strings; null stays null."""
    loaded = "warroom.parse.json_strings" in sys.modules
    large = loaded or (texts.nbytes >= LARGE and can_compile())
    return by_kernel(texts) if large and not texts.null_count else one_by_one(texts)


def one_by_one(texts: pa.Array) -> pa.Array:
    """Escape each text alone."""
    return pa.array([None if text is None else orjson.dumps(text)[1:-1] for text in texts.to_pylist()], pa.string())


def by_kernel(texts: pa.Array) -> pa.Array:
    """Escape all texts, none of them null, in one compiled pass."""
    from warroom.parse.json_strings import escape  # noqa: PLC0415  loads a compiler

    _, ends, content = texts.buffers()
    places = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    lines = places.astype(np.int64) - places[0]
    data = np.zeros(int(lines[-1]) + _BEYOND, np.uint8)
    data[: lines[-1]] = np.frombuffer(content or b"", np.uint8)[places[0] : places[-1]]
    offsets = np.zeros(len(lines), np.int32)
    size = len(data) + len(data) // 2
    while (used := escape(data, lines, written := np.empty(size, np.uint8), offsets)) < 0:
        size = min(size - used, 6 * len(data) + _BEYOND)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(written[:used])])
