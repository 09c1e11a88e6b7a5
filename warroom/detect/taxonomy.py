"""Which column answers a rule's field, and which events a rule's log source meets."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import read_yaml
from warroom.detect.rules import LogSource
from warroom.errors import ContentError, Fault
from warroom.model import CORE, ecs_name
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: What a rule may ask of the envelope besides the core columns.
_ENVELOPE: Final = ("log_product", "log_category", "log_service", "feed_id", "platform_id", "log_file_path")
_KEYS: Final = ("product", "category", "service")
#: Origins whose log sources are remembered; a hostile feed cannot make more of them, but many feeds can.
_ORIGINS: Final = 4_096

#: The values that an event has for product, category and service.
_Known = tuple[frozenset[str], frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Carried:
    """Events of a log source, whose fields have the values of ``when`` (lower case), also count as another."""

    event: LogSource
    when: tuple[tuple[str, str], ...]
    also: LogSource


@dataclass(frozen=True, slots=True)
class Origin:
    """By what rules are chosen for an event: its log source, and its values of the fields that the table looks at."""

    source: LogSource
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The tables of ``sigma_fields.yaml``.

    Attributes:
        columns: a rule's field → core column.
        also: a rule's field → other fields of the source that answer it.
        prefixes: in front of what names a shipper puts the names of an event's own data.
        decoded: core columns whose text is percent-encoded in logs.
        carries: what events also count as, in the order in which it is applied.
        looked_at: field → the values (lower case) that decide what an event also counts as.
    """

    columns: Mapping[str, str]
    also: Mapping[str, tuple[str, ...]]
    prefixes: tuple[str, ...]
    decoded: frozenset[str]
    carries: tuple[Carried, ...]
    looked_at: Mapping[str, frozenset[str]]
    _known: dict[Origin, _Known] = field(default_factory=dict, repr=False, compare=False)

    def column_of(self, name: str) -> str | None:
        """Give the core column that answers a rule's field, or None: only the source's own field can."""
        return self.columns.get(name)

    def natives_of(self, name: str) -> tuple[str, ...]:
        """Give the names under which sources may have a rule's field, the most telling first; the first is its own."""
        names = (name, *self.also.get(name, ()))
        return (*names, *(prefix + each for each in names for prefix in self.prefixes))

    def meets(self, rule: LogSource, origin: Origin) -> bool:
        """Say whether a rule's log source is satisfied by an event's."""
        known = self.sources_of(origin)
        return all(wanted is None or wanted in found for wanted, found in zip(_values(rule), known, strict=True))

    def sources_of(self, origin: Origin) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Give the products, the categories and the services (lower case) that events of an origin count as."""
        known = self._known.get(origin)
        if known is None:
            if len(self._known) >= _ORIGINS:
                self._known.clear()
            known = self._known[origin] = self._carried(origin)
        return known

    def _carried(self, origin: Origin) -> _Known:
        product, category, service = ({value.lower()} if value else set() for value in _values(origin.source))
        found = (product, category, service)
        values = set(origin.values)
        for entry in self.carries:
            here = all(value is None or value in held for value, held in zip(_values(entry.event), found, strict=True))
            if here and values.issuperset(entry.when):
                for held, value in zip(found, _values(entry.also), strict=True):
                    if value is not None:
                        held.add(value)
        return frozenset(product), frozenset(category), frozenset(service)


@functools.cache
def load_taxonomy(path: Path = REFERENCE / "sigma_fields.yaml") -> Taxonomy:
    """Read the tables. Raises ContentError."""
    (document,) = read_yaml(path)
    columns = {ecs_name(name): name for name in (*CORE, "ts")} | {name: name for name in (*CORE, *_ENVELOPE)}
    for name, column in document.data["fields"].items():
        if column not in CORE:
            line = document.line_of("fields", name)
            raise ContentError(Fault(str(path), line, f"there is no core column `{column}`"))
        columns[name] = column
    carries = (*_channels(document.data["channels"]), *_events(document.data["events"]))
    carries += tuple(_carried(entry) for entry in document.data["carries"])
    looked_at: dict[str, set[str]] = {}
    for entry in carries:
        for name, value in entry.when:
            looked_at.setdefault(name, set()).add(value)
    return Taxonomy(
        columns,
        {name: tuple(others) for name, others in document.data["also"].items()},
        tuple(document.data["prefixes"]),
        frozenset(document.data["decoded"]),
        carries,
        {name: frozenset(values) for name, values in looked_at.items()},
    )


def _channels(table: dict[str, dict[str, list[str]]]) -> Iterator[Carried]:
    """An event of a channel belongs to a product and a service."""
    for product, services in table.items():
        for service, channels in services.items():
            for channel in channels:
                yield Carried(LogSource(), (("Channel", channel.lower()),), LogSource(product, None, service))


def _events(table: dict[str, dict[int, list[str]]]) -> Iterator[Carried]:
    """An event id of a service belongs to categories."""
    for service, numbers in table.items():
        for number, categories in numbers.items():
            for category in categories:
                when = (("EventID", str(number)),)
                yield Carried(LogSource(service=service), when, LogSource(category=category))


def _carried(entry: dict[str, Any]) -> Carried:
    when = tuple((name, str(value).lower()) for name, value in entry.get("when", {}).items())
    return Carried(_source(entry["event"]), when, _source(entry["also"]))


def _values(source: LogSource) -> tuple[str | None, str | None, str | None]:
    return source.product, source.category, source.service


def _source(entry: dict[str, Any]) -> LogSource:
    return LogSource(**{key: entry.get(key) for key in _KEYS})
