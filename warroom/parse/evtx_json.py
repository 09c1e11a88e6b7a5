"""Windows events written as JSON by evtx_dump, or read out of EVTX files in that form: one object each."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import native
from warroom.parse.flatten import Fields
from warroom.parse.json_objects import objects
from warroom.parse.shapes import Part, Reject
from warroom.parse.windows_event import flatten_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warroom.parse.shapes import Columns, ParseContext

    #: Gives the documents of lines one by one and notes the lines' places, and those that hold none.
    Documents = Callable[[pa.Array, list[int], list[Reject]], Iterator[dict[str, Any]]]


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``. The fields have the names that ``flatten_event`` gives."""
    return read_events(text, objects, context)


def read_events(text: pa.Array, documents: Documents, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events whose lines ``documents`` turns into the form of evtx_dump."""
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(text))
    fields.add(itertools.count(), _events(text, documents, rows, rejects))
    if not rows:
        return [], rejects
    columns = fields.columns(len(rows))
    context = replace(context, mapping={"ts": "TimeCreated_SystemTime", **context.mapping})
    ts, core = native.to_core(with_requests(columns), len(rows), context)
    return [Part(pa.array(rows, pa.int32()), ts, core, columns)], rejects


def with_requests(columns: Columns) -> Columns:
    """Add to the events that IIS writes of requests (Microsoft-IIS-Logging) their time and URL; a dash is nothing."""
    stem = columns.get("cs-uri-stem")
    if stem is None or any(pa.types.is_list(columns[name].type) for name in _REQUEST if name in columns):
        return columns
    plain = {name: native.plain(columns[name]) for name in _REQUEST if name in columns}
    found = {name: pc.if_else(pc.equal(column, "-"), _NOTHING, column) for name, column in plain.items()}
    nothing = pa.nulls(len(stem), pa.string())
    path, query = found["cs-uri-stem"], found.get("cs-uri-query", nothing)
    url = pc.coalesce(pc.binary_join_element_wise(path, query, "?"), path)
    at = pc.binary_join_element_wise(found.get("date", nothing), "T", found.get("time", nothing), "Z", "")
    created = native.plain(columns.get("TimeCreated_SystemTime", nothing))
    times = {} if pa.types.is_list(created.type) else {"TimeCreated_SystemTime": pc.coalesce(at, created)}
    return {**columns, **found, **times, "url": url}


_NOTHING = pa.scalar(None, pa.string())
#: The names of a request's event that are looked at.
_REQUEST = (
    "date", "time", "c-ip", "cs-username", "s-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "csUser-Agent",
    "csReferer", "cs-version", "cs-host",
)  # fmt: skip


def _events(text: pa.Array, documents: Documents, rows: list[int], rejects: list[Reject]) -> Iterator[dict[str, Any]]:
    places: list[int] = []
    for document in documents(text, places, rejects):
        event = flatten_event(document)
        if event is None:
            rejects.append(Reject(places[-1], "no Windows event: there is no Event with a System"))
            continue
        rows.append(places[-1])
        yield event
