"""What reading a document gives, and what a reader is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from warroom.indicators import Kind, Tlp

#: So many refused items of a document are kept with their reasons; all are counted.
MOST_REFUSED = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a document that was not taken: what it is, for people, and why; both bounded and printable."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a feed says about its documents that they do not say themselves.

    Args:
        origin: the document's name in its feed: what becomes ``origin`` of its indicators where a format has no
            finer ones (MISP: the event; STIX: the object).
        kind: of the values of a list, and of a CSV's columns that do not say; None: by the looks of each.
        columns: of a CSV: name in its heading, or place from 1 as text → what it is: ``value``, ``kind``, a kind
            of Kind (``ipv4``, ``sha256``), ``confidence``, ``tlp``, ``first_seen``, ``last_seen``, ``valid_until``,
            ``tags``, ``comment``, ``reference``; empty: by the heading's own words and the looks.
        delimiter: of a CSV; "": by its looks.
        tlp: of what has no marking.
    """

    origin: str
    kind: Kind | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    tlp: Tlp | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document holds.

    Args:
        format: one of FORMATS.
        read: items that the document has: lines, attributes, objects, entries.
        tables: by name of TABLES; each with its columns. The same indicator (kind, value, pattern) of the same origin
            comes once.
        refused: the first MOST_REFUSED items that were not taken.
        refused_count: all of them.
        counts: items besides indicators by the file's own types (``attack-pattern``: 691), for people.
        withdrawn: origins that the document says are no more (revoked objects, deleted attributes and events).
    """

    format: str
    read: int
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    refused_count: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()


class FormatRefusedError(Exception):
    """A whole document is refused: it is not what it should be; the message says what and where (line, object)."""
