"""The events of a batch as the plain evaluator sees them: what answers a field, what keywords search, what log source.

Read anew from the words of ``sigma_fields.yaml`` and the event model, without the engine's code. The rules of it:

- a field is answered by the source's own field of that name (blanks aside), else by the first of the other names that
  ``also`` gives, else by one of all these names behind a shipper's prefix, else by the core column of the table;
- a column whose text is percent-encoded in logs answers as logged and decoded once and twice (``+`` is a blank once),
  except where a rule compares two fields: those are compared as they were logged;
- keywords search the line as it came, every field of the source, and every core column of text, decoded ones too;
- an event also counts as each log source that the table carries it to; a rule's log source must be among them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pyarrow as pa
import yaml

from warroom.model import CORE, FIELDS, RAW, ecs_name

TABLE = Path(__file__).resolve().parents[2] / "data" / "reference" / "sigma_fields.yaml"
KEYS = ("product", "category", "service")
#: product, category and service → every name that an event counts as.
Sources = Mapping[str, set[str]]
ENVELOPE = ("log_product", "log_category", "log_service", "feed_id", "platform_id", "log_file_path")


@functools.cache
def table() -> dict[str, Any]:
    """Read the table; core columns answer to their own and their ECS names, too."""
    read = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    own = {name: name for name in (*CORE, *ENVELOPE)}
    return read | {"fields": {ecs_name(name): name for name in (*CORE, "ts")} | own | read["fields"]}


@functools.cache
def carried() -> list[dict[str, Any]]:
    """Give what events also count as: channels are services, event ids categories, then all else, in this order."""
    channels = [
        {"event": {}, "when": {"Channel": channel}, "also": {"product": product, "service": service}}
        for product, services in table()["channels"].items()
        for service, names in services.items()
        for channel in names
    ]
    events = [
        {"event": {"service": service}, "when": {"EventID": number}, "also": {"category": category}}
        for service, numbers in table()["events"].items()
        for number, categories in numbers.items()
        for category in categories
    ]
    return [*channels, *events, *table()["carries"]]


@functools.cache
def names_of(name: str) -> list[str]:
    """Give the names of the source's own fields that answer a rule's field, the first first."""
    names = [name, *table()["also"].get(name, ())]
    return [*names, *(prefix + each for each in names for prefix in table()["prefixes"])]


@dataclass(frozen=True)
class Event:
    """One event: the source's own fields, their names by what is left without blanks, the other columns, the line."""

    natives: Mapping[str, object]
    blankless: Mapping[str, str]
    columns: Mapping[str, object]
    raw: str
    kept: dict[str, list[str]] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        """Give every text that answers a field, none where it is absent or null."""
        if name not in self.kept:
            self.kept[name] = [reading for text in self.stored(name) for reading in self.readings(name, text)]
        return self.kept[name]

    def stored(self, name: str) -> list[str]:
        """Give the texts of the first column that answers a field and is not null."""
        values = [self.natives.get(self.named(each)) for each in names_of(name)]
        values.append(self.columns.get(table()["fields"].get(name)))
        return listed(next((value for value in values if value is not None), None))

    def named(self, name: str) -> str | None:
        """Find the source's own field of a name, blanks aside."""
        return name if name in self.natives else self.blankless.get(name.replace(" ", ""))

    def readings(self, name: str, text: str) -> list[str]:
        encoded = table()["fields"].get(name) in table()["decoded"]
        return [text, *decoded(text)] if encoded else [text]

    def texts(self) -> list[str]:
        """Give every text that a keyword is looked for in."""
        if "" not in self.kept:
            columns = [name for name, kind in CORE.items() if pa.types.is_string(kind)]
            found = [(name, text) for name in columns for text in listed(self.columns.get(name))]
            own = [text for value in self.natives.values() for text in listed(value)]
            self.kept[""] = [
                self.raw,
                *own,
                *(reading for name, text in found for reading in self.readings(name, text)),
            ]
        return self.kept[""]

    @functools.cached_property
    def sources(self) -> Sources:
        """Give what the event counts as."""
        own = tuple(tuple(text.lower() for text in listed(self.columns.get(f"log_{key}"))) for key in KEYS)
        return counted_as(own, tuple(tuple(text.lower() for text in self.stored(name)) for name in looked_at()))


@functools.cache
def looked_at() -> list[str]:
    """Name the fields by which the table tells what events also count as."""
    return sorted({name for entry in carried() for name in entry.get("when", {})})


@functools.lru_cache(maxsize=1 << 12)
def counted_as(own: tuple[tuple[str, ...], ...], values: tuple[tuple[str, ...], ...]) -> Sources:
    """Give each key of a log source, and all that the table adds to it, in its order."""
    found = {key: set(names) for key, names in zip(KEYS, own, strict=True)}
    told = dict(zip(looked_at(), values, strict=True))
    for entry in carried():
        here = all(entry["event"].get(key) in (None, *found[key]) for key in KEYS)
        if here and all(told[name] == (str(value).lower(),) for name, value in entry.get("when", {}).items()):
            for key, value in entry["also"].items():
                found[key].add(value)
    return found


def meets(logsource: Mapping[str, object], event: Event) -> bool:
    """Say whether a rule's log source is among what an event counts as; a key left out matches anything."""
    return all(logsource.get(key) is None or str(logsource[key]).lower() in event.sources[key] for key in KEYS)


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """Give a batch's events one by one."""
    names = [field.name for field in batch.schema.field(FIELDS).type]
    blankless = {name.replace(" ", ""): name for name in reversed(names)}  # of two alike, the first
    for row in batch.to_pylist():
        natives = row.pop(FIELDS, None) or {}
        raw = row.pop(RAW, None) or b""
        yield Event(natives, blankless, row, raw.decode(errors="replace"))


def listed(value: object) -> list[str]:
    """Write a value as texts: none for null, one for each value of a list."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for part in value for text in listed(part)]
    if isinstance(value, datetime):
        return [f"{value:%Y-%m-%d %H:%M:%S.%f}Z"]
    return [str(value)]


def decoded(text: str) -> list[str]:
    """Percent-decode twice, as a server and what stands behind it would; a round that changes nothing is no reading."""
    once = unquote_to_bytes(text.replace("+", " ")).decode(errors="replace")
    if once == text:
        return []
    twice = unquote_to_bytes(once).decode(errors="replace")
    return [once] if twice == once else [once, twice]
