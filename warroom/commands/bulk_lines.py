"""Writes lines of matches by the compiled writer, a piece at a time; what it fills is kept from batch to batch."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

import numpy as np

from warroom.commands import event_kernel as kernel
from warroom.commands import event_text
from warroom.commands.event_layout import layout
from warroom.commands.value_kernel import STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.commands.match_lines import Lines

#: Bytes written at a time: they stay in the processor's cache until the system has taken them.
_PIECE: Final = 1 << 19


class BulkLines:
    """The rooms of the compiled writer: lines, the texts remembered for them, and where each of these stands."""

    def __init__(self, file: IO[bytes], room: int = _PIECE) -> None:
        self._file = file
        self._out = np.empty(room, np.uint8)
        self._texts = np.empty(room, np.uint8)
        self._memory = np.empty(0, np.int64)

    def write(self, lines: Lines, heads: Sequence[bytes]) -> bool:
        """Write each line's head and its event; False where only the plain way can, and nothing was written."""
        columns = event_text.columns_of(lines.events)
        distinct = lines.rows[np.diff(lines.rows, prepend=-1) > 0]
        found = layout(lines.events, columns, distinct, original=lines.original)
        if found is None:
            return False
        if len(self._memory) < found.texts:
            self._memory = np.empty(2 * found.texts, np.int64)
        self._memory[: found.texts] = 0
        known = (
            np.array(lines.heads, np.int32),
            np.array(lines.rows, np.int32),
            _bytes(b"".join(heads)),
            np.cumsum([0, *map(len, heads)], dtype=np.int64),
            np.array(lines.records, np.int64),
            found.times,
            _bytes(event_text.middle(lines.path).encode()),
            found.names,
            found.columns,
            self._memory,
        )
        count = len(found.columns)
        rooms = (
            np.empty((kernel.ROWS, count), np.int32),
            np.zeros(kernel.ROWS, np.int64),
            *np.empty((2, count), np.int64),
        )
        state = np.zeros(4, np.int64)
        while reason := kernel.write(known, self._texts, self._out, rooms, state):
            if reason == kernel.MEMORY_FULL:
                self._texts = _wider(self._texts, int(state[kernel.REMEMBERED]), int(state[kernel.NEEDED]))
            elif state[kernel.USED]:
                self._flush(state)
            else:  # one line is longer than all the room
                self._out = _wider(self._out, 0, int(state[kernel.NEEDED]))
        self._flush(state)
        return True

    def _flush(self, state: npt.NDArray[np.int64]) -> None:
        self._file.write(self._out[: state[kernel.USED]].data)
        state[kernel.USED] = 0


def _wider(room: npt.NDArray[np.uint8], used: int, needed: int) -> npt.NDArray[np.uint8]:
    """Give a room of at least twice the size with the same content."""
    wider = np.empty(2 * (len(room) + needed), np.uint8)
    wider[:used] = room[:used]
    return wider


def _bytes(content: bytes) -> npt.NDArray[np.uint8]:
    """Give bytes with so much room behind them as the compiled writer asks for."""
    return np.frombuffer(content + bytes(STEP), np.uint8)
