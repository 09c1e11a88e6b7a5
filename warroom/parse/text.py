"""Lines of bytes become lines of text; what no text can be becomes a reject."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from warroom.parse.shapes import Reject

#: A line of which more than a tenth is no text (broken UTF-8, control characters) is rubbish, not a log line.
_RUBBISH: Final = 0.1
_TAB: Final = 9
_LINE_END: Final = 10
_BLANK: Final = 32
#: Records of several lines have line ends within.
_CONTROLS: Final = bytes(code for code in range(_BLANK) if code not in (_TAB, _LINE_END)) + b"\x7f"


def decode(lines: pa.Array, *, clean: bool = False) -> tuple[pa.Array, pa.Array, list[Reject]]:
    """Decode lines as UTF-8, broken sequences replaced by U+FFFD; the bytes themselves stay in ``raw``.

    Args:
        lines: binary array, one line each, without line ends.
        clean: they are known to be UTF-8 without control characters other than tabs.

    Returns:
        The text of the usable lines, their indices (int32), and the rejects: lines with NUL bytes
        (a file cut short while it was written leaves them) and binary rubbish.
    """
    if clean:
        text = pa.Array.from_buffers(pa.string(), len(lines), lines.buffers(), lines.null_count, lines.offset)
        return text, pa.arange(0, len(lines), 1).cast(pa.int32()), []
    if not _has_controls(lines):
        try:
            return lines.cast(pa.string()), pa.arange(0, len(lines), 1).cast(pa.int32()), []
        except pa.ArrowInvalid:
            pass  # broken UTF-8 somewhere: line by line
    kept: list[str] = []
    rows: list[int] = []
    rejects: list[Reject] = []
    for row, line in enumerate(lines.to_pylist()):
        if b"\0" in line:
            rejects.append(Reject(row, "NUL bytes: the file was cut short while it was written, or is no log"))
            continue
        decoded = line.decode("utf-8", "replace")
        strange = decoded.count("\ufffd") + len(line) - len(line.translate(None, _CONTROLS))
        if strange > max(8, len(line) * _RUBBISH):
            rejects.append(Reject(row, "binary data: no line of text"))
            continue
        kept.append(decoded)
        rows.append(row)
    return pa.array(kept, pa.string()), pa.array(rows, pa.int32()), rejects


def _has_controls(lines: pa.Array) -> bool:
    """Whether any byte of any line is a control character other than the tab and the line end."""
    _, ends, content = lines.buffers()
    if content is None or not len(lines):
        return False
    places = np.frombuffer(ends, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    data = np.frombuffer(content, np.uint8)[places[0] : places[-1]]
    if not len(data) or data.min() >= _BLANK:  # the usual case, at a fraction of the cost
        return False
    usual = np.count_nonzero(data == _TAB) + np.count_nonzero(data == _LINE_END)
    return bool(np.count_nonzero(data < _BLANK) > usual)
