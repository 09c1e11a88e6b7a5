"""Objects and lists inside of JSON lines as fields of their own, as JSON text: rules search in all of such a one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warroom.parse.flatten import as_json
from warroom.parse.json_objects import objects

if TYPE_CHECKING:
    from collections.abc import Sequence


def whole_texts(lines: pa.Array, names: Sequence[str]) -> dict[str, pa.Array]:
    """Give the columns of names (joined by dots where they are nested) that hold an object or a list in some line.

    Every line is known to be a JSON object.
    """
    found: dict[str, list[str | None]] = {name: [] for name in names}
    paths = [(found[name], name.split(".")) for name in names]
    for record in objects(lines, [], []):  # every one of them was read before: none is refused
        for texts, path in paths:
            texts.append(_text(record, path))
    return {name: pa.array(texts, pa.string()) for name, texts in found.items() if any(texts)}


def _text(record: dict[str, Any], path: Sequence[str]) -> str | None:
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return as_json(value) if isinstance(value, (dict, list)) else None
