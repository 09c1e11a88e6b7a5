"""Reads MISP's taxonomies: the tags that each makes, in words, with the number that some stand for.

Source: machinetag.json of MISP/misp-taxonomies, whose shape is in RFC draft-dulaunoy-misp-taxonomy-format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from warroom.indicators import VOCABULARY
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.wording import printable

_LONGEST: Final = 200
_LONGEST_WORDS: Final = 500
_MOST_NUMBER: Final = 100


def read_taxonomy(content: bytes, told: Told) -> Reading:
    """Read a taxonomy; a predicate or an entry that is none is refused, the others are taken.

    Raises:
        FormatRefusedError: no JSON, or no taxonomy: it has no ``namespace`` and ``predicates``.
    """
    document = parse_json(content)
    if not isinstance(document, dict) or not isinstance(document.get("predicates"), list):
        raise FormatRefusedError("no taxonomy: expected an object with `namespace` and a list of `predicates`")
    namespace = document.get("namespace")
    if not isinstance(namespace, str) or not _written(namespace):
        raise FormatRefusedError("a taxonomy without a `namespace`: its tags begin with it")
    rows = Rows("taxonomy", told)
    tags: dict[str, tuple[str, float | None]] = {}
    valued = set()
    for predicate, entry, item in _entries(document, rows):
        try:
            word = _word(entry)
            number = _number(entry)
        except ValueError as problem:
            rows.refuse(item, str(problem))
            continue
        tag = f"{_written(namespace)}:{word}"
        if predicate is not None:
            tag = f'{_written(namespace)}:{predicate}="{word}"'
            valued.add(f"{_written(namespace)}:{predicate}")
        tags.setdefault(tag, (_words(entry), number))
    kept = [(tag, *told_of) for tag, told_of in tags.items() if tag not in valued]
    names = VOCABULARY.names
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in kept], schema=VOCABULARY)
    return replace(rows.finish(), tables={"vocabulary": table})


def _entries(document: dict[str, Any], rows: Rows) -> Iterator[tuple[str | None, dict[str, Any], str]]:
    """Give predicates (without a predicate of their own), and entries with theirs; count them, refuse what is none."""
    for number, predicate in enumerate(document["predicates"], 1):
        rows.read += 1
        rows.count("predicate")
        if isinstance(predicate, dict):
            yield None, predicate, f"predicate {number}"
        else:
            rows.refuse(f"predicate {number}", "a predicate is an object")
    values = document.get("values") or []
    for number, group in enumerate(values if isinstance(values, list) else [None], 1):
        place = f"values {number}"
        entries = group.get("entry") if isinstance(group, dict) else None
        predicate = group.get("predicate") if isinstance(group, dict) else None
        if not isinstance(entries, list) or not isinstance(predicate, str) or not _written(predicate):
            rows.refuse(place, "values are objects with a `predicate` and a list `entry`")
            continue
        for position, entry in enumerate(entries, 1):
            rows.read += 1
            rows.count("entry")
            if isinstance(entry, dict):
                yield _written(predicate), entry, f"{place}, entry {position}"
            else:
                rows.refuse(f"{place}, entry {position}", "an entry is an object")


def _word(entry: dict[str, Any]) -> str:
    value = entry.get("value")
    word = _written(value) if isinstance(value, str) else ""
    if not word:
        raise ValueError("it has no `value`")
    return word


def _number(entry: dict[str, Any]) -> float | None:
    number = entry.get("numerical_value")
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= _MOST_NUMBER:
        raise ValueError(f"`numerical_value` is a number, 0 to {_MOST_NUMBER}")
    return float(number)


def _words(entry: dict[str, Any]) -> str:
    words = entry.get("expanded") or entry.get("description")
    return printable(words, _LONGEST_WORDS) if isinstance(words, str) else ""


def _written(text: str) -> str:
    return printable(text, _LONGEST)
