"""Lines of bytes become lines of text; what no text can be becomes a reject."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse.shapes import Reject

#: A line of which more than a tenth is no text (broken UTF-8, control characters) is rubbish, not a log line.
_RUBBISH: Final = 0.1
_CONTROLS: Final = bytes(code for code in range(32) if code != 9) + b"\x7f"


def decode(lines: pa.Array) -> tuple[pa.Array, pa.Array, list[Reject]]:
    """Decode lines as UTF-8, broken sequences replaced by U+FFFD; the bytes themselves stay in ``raw``.

    Args:
        lines: binary array, one line each, without line ends.

    Returns:
        The text of the usable lines, their indices (int32), and the rejects: lines with NUL bytes
        (a file cut short while it was written leaves them) and binary rubbish.
    """
    count = len(lines)
    everything = pa.array(range(count), pa.int32()) if count < 1 else pc.cast(pa.arange(0, count, 1), pa.int32())
    try:
        text = lines.cast(pa.string())
    except pa.ArrowInvalid:
        pass
    else:
        if not pc.any(pc.match_substring_regex(text, r"[\x00-\x08\x0a-\x1f\x7f]")).as_py():
            return text, everything, []
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
