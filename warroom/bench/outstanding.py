"""Proposes a selection: the fields of some events that stand out against ordinary ones of their log source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from warroom.model import CORE, FIELDS, ecs_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: A selection of more fields finds nothing but the very lines it was made of.
_MOST_FIELDS: Final = 3
_LONGEST: Final = 200
#: What so many ordinary events have, too, tells nothing.
_USUAL: Final = 0.5
#: Text of the whole line, who and where from: what differs between any two lines, and no mark of an attack.
_NOT_ASKED: Final = frozenset(
    {"ts", "message", "raw", "event_duration", "source_port", "destination_port", "process_pid", "url_original",
     "source_ip", "source_address", "destination_ip", "user_name", "user_id", "device_id", "host_hostname",
     "http_response_body_bytes", "http_version", "http_request_referrer"}
)  # fmt: skip
_NAMES_OF_WHO: Final = re.compile(
    r"(?:^|_|\.)(?:ts|time|timestamp|date|ip|addr|address|id|uuid|hash|mac|host|hostname|port|pid|bytes|latency_ms|"
    r"duration_ms|user|actor|client|device|session|token|case|txn|seq|count|rows|records)$",
    re.IGNORECASE,
)
#: What is worth asking for first: outcomes and acts.
_TELLING: Final = re.compile(
    r"action|result|outcome|status|reason|decision|verdict|event|step|type|class|command|query|path|method|api|severity|"
    r"signature|category|scope",
    re.IGNORECASE,
)
#: Native names for what `event.outcome` says, whatever the words.
_OUTCOMES: Final = frozenset({"result", "outcome", "success"})


def proposed(events: Sequence[Mapping[str, Any]], ordinary: Sequence[Mapping[str, Any]]) -> dict[str, str | int]:
    """Give a selection that all events match: field → value, at most three, those first that are rarest otherwise.

    Events are as ``pasted.Line`` has them. Without one field in common, the selection is empty.
    """
    common = _flat(events[0])
    for event in events[1:]:
        there = _flat(event)
        common = {name: value for name, value in common.items() if there.get(name) == value}
    seen = [_flat(event) for event in ordinary]
    shares = {name: _share(name, value, seen) for name, value in common.items()}
    rare = [name for name in sorted(common, key=lambda name: (shares[name], name)) if shares[name] < _USUAL]
    rare = [name for name in rare if _TELLING.search(name)] or rare or sorted(common)
    return {name: common[name] for name in rare[:_MOST_FIELDS]}


def finds(selection: Mapping[str, str | int], event: Mapping[str, Any]) -> bool:
    """Say whether a proposed selection is true of an event."""
    there = _flat(event)
    return all(there.get(name) == value for name, value in selection.items())


def _share(name: str, value: str | int, seen: Sequence[Mapping[str, str | int]]) -> float:
    """Give the part of ordinary events that has the value: 0 stands out most; unknown without any."""
    return sum(event.get(name) == value for event in seen) / len(seen) if seen else 0.0


def _flat(event: Mapping[str, Any]) -> dict[str, str | int]:
    """Give the fields worth asking for: native ones under their own names, core columns under those of ECS."""
    native = {
        name: _plain(value)
        for name, value in event[FIELDS].items()
        if isinstance(value, str) and _worth(value) and not _NAMES_OF_WHO.search(name)
    }
    core = {
        ecs_name(name): value
        for name, value in event.items()
        if name in CORE and name not in _NOT_ASKED and (isinstance(value, int) or _worth(value))
    }
    # what a source says in its own words is also in a core column: the parser's word for it is left out
    if native:
        core = {name: value for name, value in core.items() if name == "event.outcome"}
    if core.get("event.outcome") == "failure":
        native = {name: value for name, value in native.items() if name.lower() not in _OUTCOMES}
    else:
        core.pop("event.outcome", None)
    return native | core


def _worth(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and "$" not in value


def _plain(value: str) -> str | int:
    return int(value) if value.isdigit() and len(value) < len("1000000000") and str(int(value)) == value else value
