"""The header of syslog in front of another format's lines: taken off, and what it tells kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse.shapes import ParseContext, Part, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

Inner = Callable[[pa.Array, ParseContext], tuple[list[Part], list[Reject]]]

#: What the header tells.
_TOLD: Final = ("host_hostname", "process_name", "process_pid")
#: How a header begins: a priority, a month's name, or a year.
_BEGINS: Final = r"^(?:<[0-9]{1,3}>|[A-Z][a-z]{2} [ 0-9][0-9] |[0-9]{4}-[0-9]{2}-[0-9]{2}T)"


def within(
    text: pa.Array, context: ParseContext, inner: Inner, programs: Sequence[str]
) -> tuple[list[Part], list[Reject]]:
    """Read lines by ``inner``, and those it does not know again without syslog's header.

    What ``programs`` say that ``inner`` does not know either is an event with its message.
    """
    parts, rejects = inner(text, context)
    left = pa.array([one.row for one in rejects], pa.int32())
    headed = pc.match_substring_regex(text.take(left), _BEGINS)
    if not len(left) or not pc.any(headed).as_py():
        return parts, rejects
    from warroom.parse import syslog  # noqa: PLC0415  loads polars, and only lines with a header need it

    rows = left.filter(headed)
    taken: set[int] = set()
    for part in syslog.parse(text.take(rows), context)[0]:
        for found in _inside(part, context, inner, programs):
            places = rows.take(found.rows)
            taken.update(places.to_pylist())
            parts.append(Part(places, found.ts, found.core, found.fields))
    return parts, [one for one in rejects if one.row not in taken]


def _inside(part: Part, context: ParseContext, inner: Inner, programs: Sequence[str]) -> list[Part]:
    """Read the messages of syslog lines; rows stay those of the lines."""
    message = part.core["message"]
    known = message.is_valid()
    lines = message.filter(known)
    rows = pa.array(np.flatnonzero(known.to_numpy(zero_copy_only=False)), pa.int32())
    parts, rejects = inner(lines, context)
    now = pa.scalar(context.now, UTC_MICROSECONDS)
    found = [_joined(one, part, rows.take(one.rows), now) for one in parts]
    left = rows.take(pa.array([one.row for one in rejects], pa.int32()))
    own = pc.is_in(part.core["process_name"].take(left), pa.array(programs, pa.string()))
    if pc.any(own).as_py():
        found.append(_taken(part, left.filter(own)))
    return found


def _joined(inside: Part, part: Part, rows: pa.Array, now: pa.Scalar) -> Part:
    """Add what the header tells, and its time where the message has none of its own but that of reading."""
    core = {name: part.core[name].take(rows) for name in _TOLD if name in part.core}
    for name, column in inside.core.items():
        core[name] = pc.coalesce(column.cast(core[name].type), core[name]) if name in core else column
    fields = {name: column.take(rows) for name, column in part.fields.items()} | dict(inside.fields)
    ts = inside.ts.cast(UTC_MICROSECONDS)
    ts = pc.if_else(pc.equal(ts, now), part.ts.cast(UTC_MICROSECONDS).take(rows), ts)
    return Part(part.rows.take(rows), ts, core, fields)


def _taken(part: Part, rows: pa.Array) -> Part:
    core, fields = (
        {name: column.take(rows) for name, column in columns.items()} for columns in (part.core, part.fields)
    )
    return Part(part.rows.take(rows), part.ts.take(rows), core, fields)
