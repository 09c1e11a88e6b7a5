"""Windows events written as JSON by evtx_dump, or read out of EVTX files in that form: one object each."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warroom.parse import native
from warroom.parse.flatten import Fields
from warroom.parse.json_objects import objects
from warroom.parse.shapes import Part, Reject
from warroom.parse.windows_event import flatten_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.parse.shapes import ParseContext


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``. The fields have the names that ``flatten_event`` gives."""
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(text))
    fields.add(itertools.count(), _events(text, rows, rejects))
    if not rows:
        return [], rejects
    columns = fields.columns(len(rows))
    context = replace(context, mapping={"ts": "TimeCreated_SystemTime", **context.mapping})
    ts, core = native.to_core(columns, len(rows), context)
    return [Part(pa.array(rows, pa.int32()), ts, core, columns)], rejects


def _events(text: pa.Array, rows: list[int], rejects: list[Reject]) -> Iterator[dict[str, Any]]:
    places: list[int] = []
    for document in objects(text, places, rejects):
        event = flatten_event(document)
        if event is None:
            rejects.append(Reject(places[-1], "no Windows event: there is no Event with a System"))
            continue
        rows.append(places[-1])
        yield event
