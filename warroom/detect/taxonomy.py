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
class Taxonomy:
    """The tables of ``sigma_fields.yaml``.

    Attributes:
        columns: a rule's field → core column.
        decoded: core columns whose text is percent-encoded in logs.
        carries: (an event's log source, what it also counts as).
    """

    columns: Mapping[str, str]
    decoded: frozenset[str]
    carries: tuple[tuple[LogSource, LogSource], ...]

    def column_of(self, field: str) -> str | None:
        """Give the core column that answers a rule's field, or None: only the source's own field can."""
        return self.columns.get(field)

    def meets(self, rule: LogSource, event: LogSource) -> bool:
        """Say whether a rule's log source is satisfied by an event's."""
        return all(
            wanted is None or wanted in found
            for wanted, found in zip(_values(rule), self._carried(event), strict=True)
        )

    def _carried(self, event: LogSource) -> tuple[set[str | None], ...]:
        found: tuple[set[str | None], ...] = tuple({value.lower()} if value else set() for value in _values(event))
        for given, also in self.carries:
            if all(value is None or value in known for value, known in zip(_values(given), found, strict=True)):
                for known, value in zip(found, _values(also), strict=True):
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
    carries = tuple((_source(entry["event"]), _source(entry["also"])) for entry in document.data["carries"])
    return Taxonomy(columns, frozenset(document.data["decoded"]), carries)


def _values(source: LogSource) -> tuple[str | None, str | None, str | None]:
    return source.product, source.category, source.service


def _source(entry: dict[str, Any]) -> LogSource:
    return LogSource(**{key: entry.get(key) for key in _KEYS})
