"""Windows events as shippers write them: Winlogbeat's nested JSON, and the flat JSON of NXLog, collectors, PowerShell.

Formats: https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog,
https://docs.nxlog.co/refman/current/im/msvistalog.html. Rules know Windows' own names: an event's data get them back
from behind the shipper's prefix, and what Windows calls ``System`` gets them beside those that the shipper gave.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import jsonl
from warroom.parse.evtx_json import with_requests
from warroom.parse.native import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.parse.shapes import Columns, ParseContext, Part, Reject

#: In front of an event's own data: Winlogbeat 7 to 9, and 6.
_PREFIXES: Final = ("winlog.event_data.", "winlog.user_data.", "event_data.", "user_data.")
#: Windows' name → what Winlogbeat 7 to 9 and 6, NXLog and PowerShell call it.
_SYSTEM: Final[Mapping[str, tuple[str, ...]]] = {
    "Channel": ("winlog.channel", "log_name", "LogName"),
    "EventID": ("winlog.event_id", "event_id", "event.code", "Id"),
    "Provider_Name": ("winlog.provider_name", "source_name", "SourceName", "ProviderName"),
    "Provider_Guid": ("winlog.provider_guid", "provider_guid", "ProviderGuid"),
    "Computer": ("winlog.computer_name", "computer_name", "Hostname", "MachineName"),
    "EventRecordID": ("winlog.record_id", "record_number", "RecordNumber", "RecordId"),
    "Execution_ProcessID": ("winlog.process.pid", "process_id", "ExecutionProcessID"),
    "Execution_ThreadID": ("winlog.process.thread.id", "thread_id", "ExecutionThreadID", "ThreadID"),
    "Security_UserID": ("winlog.user.identifier", "user.identifier", "UserID"),
    "TimeCreated_SystemTime": ("@timestamp", "EventTime", "TimeCreated"),
}
#: How PowerShell 5 writes a time: milliseconds since 1970.
_DATE: Final = r"^/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/$"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``."""
    if context.wanted is not None:
        shippers = (f"{prefix}{name}" for prefix in _PREFIXES for name in context.wanted)
        context = replace(context, wanted=context.wanted.union(shippers, *_SYSTEM.values()))
    return jsonl.parse(text, context, _renamed, with_requests)


def _renamed(columns: Columns) -> dict[str, pa.Array]:
    found = dict(columns)
    for name in columns:
        prefix = next((one for one in _PREFIXES if name.startswith(one)), None)
        bare = name.removeprefix(prefix or "")
        if prefix is not None and bare not in _SYSTEM:
            _move(found, name, bare)
    for name, others in _SYSTEM.items():
        for other in others:
            if other in columns:
                found[name] = _either(found.get(name), _time(columns[other]) if name in _TIMES else columns[other])
    return found


def _move(found: dict[str, pa.Array], name: str, bare: str) -> None:
    """Give the rows of one name another, apart from those that have the other already."""
    held, moved = found.get(bare), found.pop(name)
    if held is None:
        found[bare] = moved
        return
    free = held.is_null()
    found[bare] = _either(held, moved)
    left = moved if found[bare] is held else pc.if_else(free, pa.scalar(None, pa.string()), plain(moved))
    if left.null_count < len(left):
        found[name] = left


_TIMES: Final = ("TimeCreated_SystemTime",)


def _either(first: pa.Array | None, second: pa.Array) -> pa.Array:
    """Give the first where it has a value, else the second; of lists only the first is looked at."""
    if first is None:
        return second
    if not first.null_count or any(pa.types.is_list(column.type) for column in (first, second)):
        return first
    return pc.coalesce(plain(first), plain(second))


def _time(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return column
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    if not pc.any(pc.starts_with(texts, "/Date(")).as_py():
        return column
    return pc.replace_substring_regex(plain(column), _DATE, r"\1")
