"""A parser's own fault costs the line that found it, not the feed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import structlog

from warroom.parse.formats import parse
from warroom.parse.shapes import ParseContext, Parsed, Reject

log = structlog.get_logger()


def parse_guarded(lines: pa.Array, context: ParseContext) -> Parsed:
    """``parse``, but lines on which the parser itself fails become rejects that say so.

    Every log line is written by an attacker: one that finds a fault of ours must not stop a source.
    """
    try:
        return parse(lines, context)
    except Exception as problem:  # noqa: BLE001 — whatever it is, the lines that cause it are found and set aside
        log.error("parser failed", format=context.format, lines=len(lines), kind=type(problem).__name__)
    bad = _failing(lines, context, 0)
    good = np.setdiff1d(np.arange(len(lines), dtype=np.int32), np.array(sorted(bad), dtype=np.int32))
    kept = parse(lines.take(pa.array(good)), context)
    rejects = [Reject(int(good[one.row]), one.reason) for one in kept.rejects]
    rejects += [Reject(row, f"the {context.format} parser failed on it: {kind}") for row, kind in bad.items()]
    return Parsed(kept.events, pa.array(good, pa.int32()).take(kept.rows), sorted(rejects, key=lambda one: one.row))


def _failing(lines: pa.Array, context: ParseContext, first: int) -> dict[int, str]:
    """The lines on which the parser fails by themselves, by halving: index → kind of failure."""
    try:
        parse(lines, context)
    except Exception as problem:  # noqa: BLE001 — as above
        if len(lines) == 1:
            return {first: type(problem).__name__}
        half = len(lines) // 2
        return _failing(lines.slice(0, half), context, first) | _failing(lines.slice(half), context, first + half)
    return {}
