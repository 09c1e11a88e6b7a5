"""Percent-decoding of web text, as a server would read it: at most two rounds, never longer than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

    from warroom.detect.encoded import Texts

#: Twice-encoded attacks are common (`%2527`); a third round has no reader behind it.
_ROUNDS: Final = 2


def readings(value: str) -> tuple[str, ...]:
    """Give the text as logged and each further reading: decoded once (``+`` is a blank), and once more."""
    if "%" not in value:
        return (value, value.replace("+", " ")) if "+" in value else (value,)
    found = [value]
    for number in range(_ROUNDS):
        decoded = (unquote if number else unquote_plus)(found[-1], errors="replace")
        if decoded == found[-1]:
            break
        found.append(decoded)
    return tuple(found)


def further_readings(column: Texts) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Give each reading of texts but the first, and the place of the text that it is a reading of."""
    percent = _having(column, b"%")
    plus = np.setdiff1d(_having(column, b"+"), percent, assume_unique=True)
    blank = pc.replace_substring(column.array.take(pa.array(plus)).cast(pa.binary()), b"+", b" ")
    places: list[int] = []
    texts: list[bytes] = []
    for place, text in zip(percent.tolist(), column.at(percent), strict=True):
        further = readings(text)[1:]
        texts += [one.encode() for one in further]
        places += [place] * len(further)
    return np.concatenate((plus, np.array(places, dtype=np.int64))), pa.concat_arrays(
        [blank, pa.array(texts, pa.binary())]
    )


def _having(column: Texts, byte: bytes) -> npt.NDArray[np.int64]:
    """Give the texts that hold a byte."""
    found = np.flatnonzero(column.data == byte[0])
    places = np.searchsorted(column.starts, found, side="right") - 1
    return places[np.flatnonzero(np.diff(places, prepend=-1))]
