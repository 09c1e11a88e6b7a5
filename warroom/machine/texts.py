"""The bytes of a column of text and where each value stands in them, as compiled functions take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Spans(NamedTuple):
    """Some bytes, and from where to where each text stands in them; ``begins`` of -1: there is none."""

    data: npt.NDArray[np.uint8]
    begins: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]


def spans(texts: pa.Array) -> Spans:
    """Give the texts of a column of strings; a null is some text or none: whoever counts it asks the column."""
    _, offsets, content = texts.buffers()
    count = len(texts)
    if not count or offsets is None:
        nothing = fixed(np.zeros(0, np.int32))
        return Spans(fixed(np.zeros(1, np.uint8)), nothing, nothing)
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + count + 1]
    data = np.frombuffer(content, np.uint8) if content is not None and content.size else np.zeros(1, np.uint8)
    return Spans(fixed(data), fixed(places[:-1]), fixed(places[1:]))


def fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Let an array be written no more: of one kind of array there is one compiled function."""
    array.flags.writeable = False
    return array
