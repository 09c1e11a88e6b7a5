"""What readers of single lines find becomes columns: fields under their own names, and core columns from them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from warroom.model import CORE, ecs_name
from warroom.parse import native
from warroom.parse.flatten import Fields
from warroom.parse.json_objects import objects
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from warroom.parse.shapes import ParseContext

_TIME: Final = "@timestamp"


@dataclass(frozen=True, slots=True)
class Event:
    """One line as it was read.

    ``fields`` have the source's own names, nested or not; ``core`` is core column → text, empty where nothing is
    known; ``time`` is ISO 8601 or a count since 1970, local time where it names no zone.
    """

    fields: Mapping[str, Any]
    core: Mapping[str, str | None]
    time: str | None = None


def event_of(facts: Mapping[str, str | None], time: str | None = None) -> Event:
    """Sort what a reader of messages found, as warroom.parse.programs takes it, into core columns and fields."""
    core = {name: value for name, value in facts.items() if name in CORE}
    return Event({name: value for name, value in facts.items() if name not in CORE}, core, time)


def read_lines(
    text: pa.Array, context: ParseContext, read: Callable[[str], Event | str]
) -> tuple[list[Part], list[Reject]]:
    """Read every line; ``read`` gives its event, or the reason why it is none."""
    rejects: list[Reject] = []

    def events() -> Iterator[tuple[int, Event]]:
        for row, line in enumerate(text.to_pylist()):
            found = read(line)
            if isinstance(found, str):
                rejects.append(Reject(row, found))
            else:
                yield row, found

    return _parts(events(), len(text), context), rejects


def read_objects(
    text: pa.Array, context: ParseContext, read: Callable[[dict[str, Any]], Event | str]
) -> tuple[list[Part], list[Reject]]:
    """Read every line as a JSON object; ``read`` gives its event, or the reason why it is none."""
    rejects: list[Reject] = []
    places: list[int] = []

    def events() -> Iterator[tuple[int, Event]]:
        for document in objects(text, places, rejects):
            found = read(document)
            if isinstance(found, str):
                rejects.append(Reject(places[-1], found))
            else:
                yield places[-1], found

    parts = _parts(events(), len(text), context)
    rejects.sort(key=lambda reject: reject.row)
    return parts, rejects


def _parts(events: Iterable[tuple[int, Event]], most: int, context: ParseContext) -> list[Part]:
    rows: list[int] = []
    times: list[str | None] = []
    own: list[Mapping[str, Any]] = []
    facts: list[Mapping[str, str | None]] = []
    for row, event in events:
        rows.append(row)
        times.append(event.time)
        own.append(event.fields)
        facts.append(event.core)
    if not rows:
        return []
    fields = Fields(most)
    fields.add(range(len(rows)), map(dict, own))
    columns = fields.columns(len(rows))
    view = {name: columns[name] for name in context.mapping.values() if name in columns}
    for name in dict.fromkeys(itertools.chain.from_iterable(facts)):
        values = [one.get(name) or None for one in facts]
        view[ecs_name(name)] = pa.array(values, pa.string())
    if "ts" not in context.mapping:
        view[_TIME] = pa.array(times, pa.string())
    ts, core = native.to_core(view, len(rows), context)
    return [Part(pa.array(rows, pa.int32()), ts, core, columns)]
