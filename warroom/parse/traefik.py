"""Traefik's access log: its common format, which ends in router, server and duration, or JSON.

Formats: https://doc.traefik.io/traefik/observability/access-logs/.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import access_log, web_json
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

_REASON: Final = (
    'no line of Traefik: expected `… status bytes "referrer" "agent" number "router" "server" 1ms`, or JSON'
)
_END: Final = '" [0-9]{1,12}ms'


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    braces = pc.starts_with(text, "{")
    rows = pa.arange(0, len(text), 1).cast(pa.int32())
    # patterns are dear, and no other line can be one
    ended = pc.and_(pc.invert(braces), pc.match_substring_regex(text, _END))
    objects, lines = rows.filter(braces), rows.filter(ended)
    left = rows.filter(pc.invert(pc.or_(braces, ended)))
    parts, rejects = web_json.parse(text.take(objects), context) if len(objects) else ([], [])
    parts = [_placed(part, objects) for part in parts]
    rejects = [Reject(objects[one.row].as_py(), one.reason) for one in rejects]
    rejects += [Reject(row, _REASON) for row in left.to_pylist()]
    if len(lines):
        plain = replace(context, format="nginx", coded=False)
        found = access_log.by_patterns(text.take(lines), lines, plain)[0]
        known = [routed for part in found if len((routed := _routed(part)).rows)]
        told = {row for part in known for row in part.rows.to_pylist()}
        parts += known
        rejects += [Reject(row, _REASON) for row in lines.to_pylist() if row not in told]
    rejects.sort(key=lambda one: one.row)
    return parts, rejects


def _placed(part: Part, rows: pa.Array) -> Part:
    return Part(rows.take(part.rows), part.ts, part.core, part.fields)


def _routed(part: Part) -> Part:
    """Keep the events that name a router: without one a line is any server's."""
    if (router := part.fields.get("router")) is None:
        return Part(part.rows.slice(0, 0), part.ts.slice(0, 0), {}, {})
    good = router.is_valid()
    core, fields = (
        {name: column.filter(good) for name, column in columns.items()} for columns in (part.core, part.fields)
    )
    return Part(part.rows.filter(good), part.ts.filter(good), core, fields)
