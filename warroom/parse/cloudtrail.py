"""AWS CloudTrail records: JSON objects, one a line or out of a delivery file's ``Records``, or as LookupEvents gives.

Format: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import jsonl
from warroom.parse.whole_texts import whole_texts

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext, Part, Reject

#: Objects whose whole text rules search, besides the fields in them.
_WHOLE: Final = ("requestParameters", "responseElements")
#: Where LookupEvents puts the record itself, as text.
_INNER: Final = "CloudTrailEvent"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``. ``requestParameters`` is a field as JSON text, too."""
    text = _unwrapped(text)
    parts, rejects = jsonl.parse(text, context)
    return [_completed(part, whole_texts(text.take(part.rows), _WHOLE)) for part in parts], rejects


def _unwrapped(text: pa.Array) -> pa.Array:
    """Put the record of LookupEvents, a text in an object, beside what else stands in the object."""
    wrapped = pc.match_substring(text, f'"{_INNER}"')
    if not pc.any(wrapped).as_py():
        return text
    bare = pa.array([_bare(line) for line in text.filter(wrapped).to_pylist()], pa.string())
    return pc.replace_with_mask(text, wrapped, bare)


def _bare(line: str) -> str:
    try:
        event = orjson.loads(line)
        record = orjson.loads(event[_INNER]) if isinstance(event, dict) else None
    except (orjson.JSONDecodeError, KeyError):
        return line
    if not isinstance(record, dict):
        return line
    del event[_INNER]
    return orjson.dumps({**event, **record}).decode()


def _completed(part: Part, whole: dict[str, pa.Array]) -> Part:
    """Say how a call ended: an error that AWS names, else its word about a sign-in, else success."""
    nothing = pa.nulls(len(part.rows), pa.string())
    failed = pc.or_(*(part.fields.get(name, nothing).is_valid() for name in ("errorCode", "errorMessage")))
    refused = pc.equal(part.fields.get("responseElements.ConsoleLogin", nothing), "Failure").fill_null(False)
    outcome = pc.if_else(pc.or_(failed, refused), "failure", "success")
    event = part.fields.get("eventName", nothing).is_valid()
    core = {**part.core, "event_outcome": pc.if_else(event, outcome, pa.scalar(None, pa.string()))}
    return replace(part, core=core, fields={**part.fields, **whole})
