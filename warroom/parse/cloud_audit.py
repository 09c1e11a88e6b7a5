"""Audit logs of Google Cloud, Azure, Entra ID and Microsoft 365: JSON objects, one a line or out of an array.

Where each format writes what stands in own_names.py, with the address of its description. What is done here is what
names alone do not tell: how a call ended, and the lists that rules search as one text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import jsonl
from warroom.parse.native import plain
from warroom.parse.whole_texts import whole_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.parse.shapes import ParseContext, Part, Reject

#: Format → objects and lists whose whole text rules search, besides the fields in them.
_WHOLE: Final[Mapping[str, tuple[str, ...]]] = {
    "azure_audit": (
        "initiatedBy", "targetResources", "additionalDetails", "properties.initiatedBy", "properties.targetResources",
        "properties.additionalDetails", "InitiatedBy", "TargetResources", "AdditionalDetails",
    ),
    "m365_audit": (
        "Parameters", "OperationProperties", "ExtendedProperties", "ModifiedProperties", "AffectedItems", "Data",
    ),
}  # fmt: skip


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``. Their times are UTC where they do not say it."""
    parts, rejects = jsonl.parse(text, replace(context, coded=False, timezone="UTC"))
    names = _WHOLE.get(context.format, ())
    complete = _OUTCOMES.get(context.format)
    if complete is not None and "event_outcome" not in context.mapping:
        parts = [replace(part, core={**part.core, "event_outcome": complete(part)}) for part in parts]
    if names:
        parts = [replace(p, fields={**p.fields, **whole_texts(text.take(p.rows), names)}) for p in parts]
    return parts, rejects


def _gcp(part: Part) -> pa.Array:
    """A call without a status succeeded, as AuditLog's ``status`` says; one that was not granted did not."""
    nothing = pa.nulls(len(part.rows), pa.string())
    granted = part.fields.get("protoPayload.authorizationInfo.granted", nothing)
    if pa.types.is_list(granted.type):
        granted = pc.binary_join(granted, " ")
    refused = pc.match_substring(granted, "false").fill_null(False)
    called = part.fields.get("protoPayload.methodName", nothing).is_valid()
    told = pc.if_else(refused, "failure", "success")
    told = pc.if_else(called, told, pa.scalar(None, pa.string()))
    return pc.coalesce(plain(part.core.get("event_outcome", nothing)), told)


def _m365(part: Part) -> pa.Array:
    """Believe the name of an operation such as UserLoginFailed before its status, which may say that it was logged."""
    nothing = pa.nulls(len(part.rows), pa.string())
    operation = part.fields.get("Operation", nothing)
    if pa.types.is_list(operation.type):
        operation = nothing
    failed = pc.ends_with(operation, "Failed").fill_null(False)
    return pc.if_else(failed, "failure", plain(part.core.get("event_outcome", nothing)))


_OUTCOMES: Final[Mapping[str, Callable[[Part], pa.Array]]] = {"gcp_audit": _gcp, "m365_audit": _m365}
