"""What a container wrote, as Docker's json-file driver and Kubernetes' runtimes keep it: time, stream, text.

Formats: https://docs.docker.com/engine/logging/drivers/json-file/ and
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md. A text that is a JSON
object gives its own fields, too. A line that a runtime cut is several events, each with its tag (``P``, the
last ``F``): where the whole text counts, name its format and this one as the envelope.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import jsonl, native, timestamps
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import Columns, ParseContext

#: RFC 3339 time with nanoseconds, stream, tags joined by colons (P: more follows, F: full), text.
_CRI: Final = r"^(?P<time>\S{10,40}) (?P<stream>stdout|stderr) (?P<logtag>[PF](?::\S{0,200})?)(?: (?P<message>.*))?$"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    return _cri(text, context) if context.format == "cri" else _docker(text, context)


def _cri(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    found = pc.extract_regex(text, "(?s)" + _CRI)
    times = timestamps.any_time(pc.struct_field(found, "time"), context.timezone)
    there = times.is_valid()
    rejects = [
        Reject(row, "no CRI line: a time, stdout or stderr, P or F, and the text")
        for row in pc.indices_nonzero(pc.invert(there)).to_pylist()
    ]
    rows = pc.indices_nonzero(there).cast(pa.int32())
    if not len(rows):
        return [], rejects
    fields = {name: pc.struct_field(found, name).take(rows) for name in ("time", "stream", "logtag", "message")}
    part = Part(rows, times.take(rows), {"message": fields["message"]}, fields)
    return [_with_inner(part, fields["message"], context)], rejects


def _docker(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    wanted = None if context.wanted is None else context.wanted | {"log", "stream", "time"}
    parts, rejects = jsonl.parse(text, replace(context, coded=False, wanted=wanted))
    return [_docker_part(part, context) for part in parts], rejects


def _docker_part(part: Part, context: ParseContext) -> Part:
    written = part.fields.get("log")
    if written is None or pa.types.is_list(written.type):
        return part
    messages = pc.utf8_rtrim(written, "\r\n")
    core = {**part.core, "message": pc.coalesce(messages, part.core.get("message", messages))}
    return _with_inner(replace(part, core=core, names=None), messages, context)


def _with_inner(part: Part, messages: pa.Array, context: ParseContext) -> Part:
    """Add the fields and core columns of texts that are JSON objects; what the runtime says keeps its own names."""
    objects = pc.match_substring_regex(messages, r"^\s*\{").fill_null(False)
    places = pc.indices_nonzero(objects).cast(pa.int32())
    if not len(places):
        return part
    rows, columns, _, _ = jsonl.exactly(messages.take(places), context)
    if not len(rows):
        return part
    ts, core = native.to_core(columns, len(rows), context)
    back = _places(places.take(rows), len(part.rows))
    added = {
        f"log.{name}" if name in part.fields else name: native.plain(column).take(back)
        for name, column in columns.items()
    }
    inner = {name: native.plain(column).take(back) for name, column in core.items()}
    own_time = pc.not_equal(ts, pa.scalar(context.now, ts.type)).take(back)
    times = pc.if_else(own_time.fill_null(False), ts.take(back), part.ts)
    return replace(part, ts=times, core=_over(part.core, inner), fields={**part.fields, **added})


def _places(rows: pa.Array, count: int) -> pa.Array:
    back = np.full(count, -1, np.int64)
    back[rows.to_numpy()] = np.arange(len(rows))
    return pa.array(back, mask=back < 0)


def _over(outer: Columns, inner: Columns) -> Columns:
    """Believe the text before what stands around it."""
    both = {name: pc.coalesce(column, outer[name]) for name, column in inner.items() if name in outer}
    return {**outer, **inner, **both}
