"""Laurel's audit log: the records of one event of Linux's audit system as one JSON object.

Format: https://github.com/threathunters-io/laurel (man/laurel.8.md). ``ID`` is the time and the event's serial.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from warroom.parse.records import Event, read_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_ID: Final = re.compile(r"(?P<time>[0-9]{1,11}\.[0-9]{1,6}):(?P<serial>[0-9]{1,20})")
#: Core column → keys of the records' own names.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "user_name": ("acct", "AUID", "UID"),
    "user_id": ("auid", "uid"),
    "source_ip": ("addr",),
    "process_name": ("comm",),
    "process_pid": ("pid",),
    "process_executable": ("exe",),
    "event_outcome": ("success", "res"),
}
_UNKNOWN: Final = (None, "", "?", "unset", "(null)", "(none)", "4294967295")


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``."""
    return read_objects(text, context, _event)


def _event(document: dict[str, Any]) -> Event | str:
    written = document.get("ID")
    found = _ID.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return "no event of Laurel: there is no ID as in 1688048710.843:30826"
    records = {name: one for name, value in document.items() if (one := _first(value)) is not None}
    call = records.get("SYSCALL", {})
    ordered = [call, *(record for name, record in records.items() if name not in ("SYSCALL", "NODE"))]
    core = {column: _value(ordered, names) for column, names in _CORE.items()}
    parent = call.get("PPID")
    kind = next(iter(records), "event")
    core |= {
        "event_action": str(call.get("SYSCALL") or _value(ordered, ("op",)) or kind).lower(),
        "process_command_line": _words(records.get("EXECVE", {})) or _words(records.get("PROCTITLE", {})),
        "process_parent_executable": _text(parent.get("exe")) if isinstance(parent, dict) else None,
        "host_hostname": _text(document.get("NODE")),
        "file_path": _text(_first_path(document.get("PATH"))),
    }
    return Event({**document, "serial": found["serial"]}, core, found["time"])


def _first(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any JSON value
    """Give a record; of several of a kind the first."""
    one = value[0] if isinstance(value, list) and value else value
    return one if isinstance(one, dict) else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else None


def _value(records: list[dict[str, Any]], names: tuple[str, ...]) -> str | None:
    for name in names:
        for record in records:
            value = _text(record.get(name))
            if value not in _UNKNOWN:
                return value
    return None


def _words(record: dict[str, Any]) -> str | None:
    """Join arguments with blanks; Laurel has them as a list, or as one text where it is told so."""
    words = record.get("ARGV", record.get("ARGV_STR"))
    if isinstance(words, list):
        return " ".join(_text(word) or "" for word in words)
    return _text(words)


def _first_path(paths: object) -> object:
    """Give the path that the call was about: the last is the object, those before it are its folders."""
    named = [path for path in paths if isinstance(path, dict) and "name" in path] if isinstance(paths, list) else []
    kinds = [path for path in named if path.get("nametype") in ("CREATE", "DELETE", "NORMAL")]
    return (kinds or named or [{}])[0].get("name")
