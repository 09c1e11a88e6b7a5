"""ModSecurity's lines out of an error log of Apache or nginx: what else the log says is refused.

Error logs that hold both are of the formats nginx and apache, which tell of rules, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import apache_error, nginx_error
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

_EXPECTED = 'no line of ModSecurity: expected an error-log line with `ModSecurity: … [id "…"] [msg "…"]`'


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read error-log lines; rows are indices into ``text``."""
    apache = pc.starts_with(text, "[")
    rows = pa.arange(0, len(text), 1).cast(pa.int32())
    parts: list[Part] = []
    for these, reader in ((apache, apache_error), (pc.invert(apache), nginx_error)):
        places = rows.filter(these)
        for part in reader.parse(text.filter(these), context)[0] if len(places) else ():
            results = part.fields.get("result")
            if results is None or results.null_count == len(results):
                continue
            some = results.is_valid()
            core, fields = (
                {name: column.filter(some) for name, column in columns.items()} for columns in (part.core, part.fields)
            )
            parts.append(Part(places.take(part.rows.filter(some)), part.ts.filter(some), core, fields))
    known = {row for part in parts for row in part.rows.to_pylist()}
    return parts, [Reject(row, _EXPECTED) for row in range(len(text)) if row not in known]
