"""Whether the compiled ways can be taken here, and compiling them before they are needed.

Numba compiles on the first call, which takes seconds, and keeps the result beside the module. Where there is no
compiler (Intel Macs) or no folder to keep it in, the exact ways do everything: slower, the same answers.
"""

from __future__ import annotations

import functools
from typing import Final

import structlog

#: Bytes from which on a compiled way is worth its import.
LARGE: Final = 1 << 20


@functools.cache
def can_compile() -> bool:
    """Load the compiled modules; False where that cannot be."""
    try:
        import warroom.parse.json_columns  # noqa: PLC0415  half a second, for large batches only
        import warroom.parse.json_strings  # noqa: F401, PLC0415
    except (ImportError, RuntimeError) as problem:  # Numba's word for "nowhere to keep it" is RuntimeError
        structlog.get_logger().warning("JSON is read without the compiled tokeniser: slower", reason=str(problem))
        return False
    return True


def compile_ahead() -> None:
    """Read and write a little more than ``LARGE`` once, so that the first large batch need not wait."""
    from datetime import UTC, datetime  # noqa: PLC0415  with the next: `./run` calls this once, after installing

    import pyarrow as pa  # noqa: PLC0415

    from warroom.parse import ParseContext, parse  # noqa: PLC0415
    from warroom.parse.json_text import escaped  # noqa: PLC0415

    line = b'{"ts": "2026-01-01T00:00:00Z", "a": {"b": [1, "two", null, true]}, "c": "' + b"x" * 1000 + b'"}'
    lines = pa.array([line] * (LARGE // len(line) + 1), pa.binary())
    parse(lines, ParseContext("jsonl", "UTC", datetime.now(UTC)))
    escaped(lines.cast(pa.string()))
