"""A parser's own fault costs the line that found it, not the feed."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from warroom.machine.log import log
from warroom.parse.formats import parse
from warroom.parse.shapes import ParseContext, Parsed, Reject

#: Parses spent on finding the lines that a parser fails on.
_MOST_TRIES: Final = 200


def parse_guarded(lines: pa.Array, context: ParseContext) -> Parsed:
    """``parse``, but lines on which the parser itself fails become rejects that say so.

    Every log line is written by an attacker: one that finds a fault of ours must not stop a source.
    """
    try:
        return parse(lines, context)
    except Exception as problem:  # noqa: BLE001 — whatever it is, the lines that cause it are found and set aside
        log().error("parser failed", format=context.format, lines=len(lines), kind=type(problem).__name__)
    bad = _failing(lines, context, 0, [_MOST_TRIES])
    good = np.setdiff1d(np.arange(len(lines), dtype=np.int32), np.array(sorted(bad), dtype=np.int32))
    kept = parse(lines.take(pa.array(good, pa.int32())), context)
    rejects = [Reject(int(good[one.row]), one.reason) for one in kept.rejects]
    rejects += [Reject(row, f"the {context.format} parser failed on it: {kind}") for row, kind in bad.items()]
    return Parsed(kept.events, pa.array(good, pa.int32()).take(kept.rows), sorted(rejects, key=lambda one: one.row))


def _failing(lines: pa.Array, context: ParseContext, first: int, tries: list[int]) -> dict[int, str]:
    """The lines on which the parser fails, by halving: index → kind of failure.

    ``tries`` holds how many parses are left: thousands of such lines must not hold up everybody else, so that in the
    end blocks go as a whole.
    """
    tries[0] -= 1
    try:
        parse(lines, context)
    except Exception as problem:  # noqa: BLE001 — as above
        if len(lines) == 1 or tries[0] <= 0:
            return dict.fromkeys(range(first, first + len(lines)), type(problem).__name__)
        half = len(lines) // 2
        left = _failing(lines.slice(0, half), context, first, tries)
        return left | _failing(lines.slice(half), context, first + half, tries)
    return {}
