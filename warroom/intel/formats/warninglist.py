"""Reads MISP's lists of what must raise no alarm: one list a document (list.json of MISP/misp-warninglists)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from warroom.indicators import WARNINGS
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.wording import printable
from warroom.intel.warning_entries import MATCHINGS, sound
from warroom.intel.warning_lists import KNOWN

#: Each part is looked for in every value, each expression takes time and memory: more of them are refused.
_MOST: Final = {"substring": 5_000, "regex": 500}
_CATEGORIES: Final = ("false_positive", KNOWN)
_LONGEST_NAME: Final = 200
_MOST_TYPES: Final = 200
_LONGEST_TYPE: Final = 60


def read_warninglist(content: bytes, told: Told) -> Reading:
    """Read a list; an entry that cannot be one is refused, the others are taken.

    Raises:
        FormatRefusedError: no JSON, or no such list: it has no ``name``, ``list`` and ``type``, or a strange type.
    """
    document = parse_json(content)
    name, matching, entries = _head(document)
    category, applies_to = _about(document)
    rows = Rows("warninglist", told)
    taken: dict[str, None] = {}
    for number, entry in enumerate(entries, 1):
        rows.read += 1
        rows.count(matching)
        item = f"entry {number}: {entry if isinstance(entry, str) else type(entry).__name__}"
        try:
            value = sound(matching, _text(entry))
        except ValueError as problem:
            rows.refuse(item, str(problem))
            continue
        if value not in taken and len(taken) >= _MOST.get(matching, len(entries)):
            rows.refuse(item, f"a list of this type has at most {_MOST[matching]:,} entries")
            continue
        taken[value] = None
    table = pa.Table.from_pydict(
        {
            "list": _same(name, len(taken)),
            "matching": _same(matching, len(taken)),
            "value": list(taken),
            "category": _same(category, len(taken)),
            "applies_to": _same(applies_to, len(taken)),
        },
        schema=WARNINGS,
    )
    return replace(rows.finish(), tables={"warnings": table})


def _head(document: object) -> tuple[str, str, list[object]]:
    if not isinstance(document, dict) or not isinstance(document.get("list"), list):
        raise FormatRefusedError("no warning list: expected an object with `name`, `type`, and `list` of entries")
    name, matching = document.get("name"), document.get("type")
    if not isinstance(name, str) or not printable(name, _LONGEST_NAME):
        raise FormatRefusedError("a warning list without a `name`: people must be told which list holds an alarm back")
    if matching not in MATCHINGS:
        told = printable(str(matching), _LONGEST_TYPE)
        raise FormatRefusedError(f"`type` of a warning list is one of {', '.join(MATCHINGS)}, not `{told}`")
    return printable(name, _LONGEST_NAME), matching, document["list"]


def _about(document: Any) -> tuple[str | None, str | None]:  # noqa: ANN401 - JSON
    """Give its category, and MISP's types of what it applies to; None where it says neither."""
    category, types = document.get("category"), document.get("matching_attributes")
    if types is not None and not (isinstance(types, list) and all(isinstance(one, str) for one in types)):
        raise FormatRefusedError("`matching_attributes` of a warning list is a list of MISP's types of attributes")
    words = [word for one in types or () for word in printable(one, _LONGEST_TYPE).split()][:_MOST_TYPES]
    return category if category in _CATEGORIES else None, " ".join(words) or None


def _text(entry: object) -> str:
    if not isinstance(entry, str):
        raise ValueError("an entry is a text")  # noqa: TRY004 - refused as any other
    return entry


def _same(text: str | None, count: int) -> pa.DictionaryArray:
    return (
        pa.repeat(pa.scalar(text, pa.string()), count).dictionary_encode().cast(pa.dictionary(pa.int32(), pa.string()))
    )
