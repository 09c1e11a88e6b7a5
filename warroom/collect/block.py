"""A block: some records of a file, ready for a parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a file, the line number of each, and (line number, bytes, reason) of what could not be read.

    What is no text of lines has records in their place: those of an EVTX file, the elements of an array. ``header``
    is what stands at the top of the file and says how its lines are to be read. Of ``clean`` lines it is known that
    they are UTF-8 without control characters other than tabs.
    """

    path: str
    lines: pa.BinaryArray
    numbers: npt.NDArray[np.int64]
    rejects: list[tuple[int, bytes, str]]
    header: bytes = b""
    clean: bool = False
