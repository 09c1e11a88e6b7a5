"""AWS CloudTrail records: JSON objects, one a line or out of a delivery file's ``Records``.

Format: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa

from warroom.parse import jsonl
from warroom.parse.json_objects import objects

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext, Part, Reject

#: Objects whose whole text rules search, besides the fields in them.
_WHOLE: Final = ("requestParameters", "responseElements")


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``. ``requestParameters`` is a field as JSON text, too."""
    parts, rejects = jsonl.parse(text, context)
    return [replace(part, fields={**part.fields, **_texts(text.take(part.rows))}) for part in parts], rejects


def _texts(lines: pa.Array) -> dict[str, pa.Array]:
    found: dict[str, list[str | None]] = {name: [] for name in _WHOLE}
    for record in objects(lines, [], []):  # every one of them was read before: none is refused
        for name, texts in found.items():
            texts.append(_text(record.get(name)))
    return {name: pa.array(texts, pa.string()) for name, texts in found.items() if any(texts)}


def _text(value: object) -> str | None:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else None
