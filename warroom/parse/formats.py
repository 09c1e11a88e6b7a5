"""The formats by name, and the one way into all of them."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Final, Protocol, cast

import pyarrow as pa
import pyarrow.compute as pc

from warroom.errors import UsageError
from warroom.parse.shapes import ParseContext, Parsed, Part, Reject, assemble
from warroom.parse.text import decode

if TYPE_CHECKING:
    from collections.abc import Mapping


class Parser(Protocol):
    """Reads the text of lines; rows of the answer are indices into ``text``."""

    def __call__(self, text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
        """Give the events, in one part or more, and the other lines."""
        ...


#: Each format and the module of its parser: a new format is a new file and its line here. They are imported when they
#: are first asked for: each is a part of the time that a small log takes.
FORMATS: Final[Mapping[str, str]] = {
    "nginx": "access_log",
    "apache": "access_log",
    "syslog": "syslog",
    "jsonl": "jsonl",
    "evtx": "evtx_json",
    "auditd": "auditd",
    "cloudtrail": "cloudtrail",
    "k8s_audit": "jsonl",
    "suricata_eve": "jsonl",
    "zeek": "zeek",
}

#: Formats of JSON objects: their names tell them apart, not whether a parser understands them.
JSON_FORMATS: Final = frozenset(("jsonl", "evtx", "cloudtrail", "k8s_audit", "suricata_eve"))

#: The Sigma log source (product, category, service) that a format alone tells; feeds say it more exactly.
LOG_SOURCES: Final[Mapping[str, tuple[str | None, str | None, str | None]]] = {
    "nginx": ("nginx", "webserver", None),
    "apache": ("apache", "webserver", None),
    "syslog": ("linux", None, "syslog"),
    "jsonl": (None, None, None),
    "evtx": ("windows", None, None),
    "auditd": ("linux", None, "auditd"),
    "cloudtrail": ("aws", None, "cloudtrail"),
    "k8s_audit": ("kubernetes", "application", "audit"),
    "suricata_eve": ("suricata", None, None),
    "zeek": ("zeek", None, None),
}


def parse(lines: pa.Array, context: ParseContext) -> Parsed:
    """Turn the lines of one source into events.

    Args:
        lines: binary array; one line each, without line ends, neither blank nor null.
        context: the format and what the lines leave out.

    Returns:
        The events in the order of the lines, and the rejects in the same order: together every line once.

    Raises:
        UsageError: there is no such format.
    """
    if context.format not in FORMATS:
        raise UsageError(f"there is no format `{context.format}`: use one of {', '.join(FORMATS)}")
    text, kept, rejects = decode(lines, clean=context.clean)
    parts, refused = _parser(FORMATS[context.format])(text, context)
    places = kept.to_pylist() if len(kept) < len(lines) else None
    if places is not None:
        rejects += [Reject(places[reject.row], reject.reason) for reject in refused]
        rejects.sort(key=lambda reject: reject.row)
        parts = [Part(kept.take(part.rows), part.ts, part.core, part.fields) for part in parts]
    else:
        rejects += refused
    return _join(parts, lines, rejects)


@functools.cache
def _parser(module: str) -> Parser:
    return cast("Parser", importlib.import_module(f"warroom.parse.{module}").parse)


def _join(parts: list[Part], lines: pa.Array, rejects: list[Reject]) -> Parsed:
    if not parts:
        empty = pa.array([], pa.int32())
        parts = [Part(empty, pa.array([], pa.int64()), {}, {})]
    batches = [assemble(part, lines) for part in parts]
    if len(batches) == 1:
        return Parsed(batches[0], parts[0].rows, rejects)
    rows = pa.concat_arrays([part.rows for part in parts])
    order = pc.sort_indices(rows)
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    table = pa.concat_tables(tables, promote_options="permissive")  # the parts' fields differ
    return Parsed(table.combine_chunks().to_batches()[0].take(order), rows.take(order), rejects)
