"""Which column answers a rule's field, and which events a rule's log source meets."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import read_yaml
from warroom.detect.rules import LogSource
from warroom.errors import ContentError, Fault
from warroom.model import CORE, ecs_name
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What a rule may ask of the envelope besides the core columns.
_ENVELOPE: Final = ("log_product", "log_category", "log_service", "feed_id", "platform_id", "log_file_path")
_KEYS: Final = ("product", "category", "service")


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
        decoded: core columns whose text is percent-encoded in logs.
        carries: what events also count as, in the order in which it is applied.
        looked_at: field → the values (lower case) that decide what an event also counts as.
    """

    columns: Mapping[str, str]
    decoded: frozenset[str]
    carries: tuple[Carried, ...]
    looked_at: Mapping[str, frozenset[str]]

    def column_of(self, field: str) -> str | None:
        """Give the core column that answers a rule's field, or None: only the source's own field can."""
        return self.columns.get(field)

    def meets(self, rule: LogSource, origin: Origin) -> bool:
        """Say whether a rule's log source is satisfied by an event's."""
        found = self._carried(origin)
        return all(wanted is None or wanted in known for wanted, known in zip(_values(rule), found, strict=True))

    def _carried(self, origin: Origin) -> tuple[set[str | None], ...]:
        found: tuple[set[str | None], ...] = tuple(
            {value.lower()} if value else set() for value in _values(origin.source)
        )
        for entry in self.carries:
            here = all(
                value is None or value in known for value, known in zip(_values(entry.event), found, strict=True)
            )
            if here and set(entry.when) <= set(origin.values):
                for known, value in zip(found, _values(entry.also), strict=True):
                    if value is not None:
                        known.add(value)
        return found


@functools.cache
def load_taxonomy(path: Path = REFERENCE / "sigma_fields.yaml") -> Taxonomy:
    """Read the tables. Raises ContentError."""
    (document,) = read_yaml(path)
    columns = {ecs_name(name): name for name in (*CORE, "ts")} | {name: name for name in (*CORE, *_ENVELOPE)}
    for field, column in document.data["fields"].items():
        if column not in CORE:
            line = document.line_of("fields", field)
            raise ContentError(Fault(str(path), line, f"there is no core column `{column}`"))
        columns[field] = column
    carries = tuple(_carried(entry) for entry in document.data["carries"])
    looked_at: dict[str, set[str]] = {}
    for entry in carries:
        for field, value in entry.when:
            looked_at.setdefault(field, set()).add(value)
    known = {field: frozenset(values) for field, values in looked_at.items()}
    return Taxonomy(columns, frozenset(document.data["decoded"]), carries, known)


def _carried(entry: dict[str, Any]) -> Carried:
    when = tuple((field, str(value).lower()) for field, value in entry.get("when", {}).items())
    return Carried(_source(entry["event"]), when, _source(entry["also"]))


def _values(source: LogSource) -> tuple[str | None, str | None, str | None]:
    return source.product, source.category, source.service


def _source(entry: dict[str, Any]) -> LogSource:
    return LogSource(**{key: entry.get(key) for key in _KEYS})
