r"""ArcSight's Common Event Format: ``CEF:0|vendor|product|version|class|name|severity|key=value key=value``.

Format: ArcSight Common Event Format, Implementation Standard, version 26. In the header ``\|`` and ``\\`` are escaped,
in the extension ``\=``, ``\\``, ``\n`` and ``\r``; a value goes on, blanks and all, until the next ``key=``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.line_heads import LONGEST, Head, read_head
from warroom.parse.records import Event, read_lines
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

#: Some senders leave the word out and begin with the version.
_MARK: Final = re.compile(r"(?:^|(?<=[ :]))CEF: ?(?=[0-9]{1,2}\|)|^(?=[01]\|)")
_BAR: Final = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_KEY: Final = re.compile(r"(?:^|(?<=\s))([A-Za-z0-9_][\w.\[\]-]{0,254})=")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"n": "\n", "r": "\r"}
_HEADER: Final = (
    "CEFVersion", "DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Name", "Severity",
)  # fmt: skip
#: Core column → keys, most telling first.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("msg", "Name"),
    "event_reason": ("reason",),
    "source_ip": ("src", "c6a2", "sourceTranslatedAddress"),
    "source_address": ("shost", "src"),
    "source_port": ("spt",),
    "destination_ip": ("dst", "c6a3"),
    "destination_address": ("dhost", "dst"),
    "destination_port": ("dpt",),
    "user_name": ("suser", "duser"),
    "user_id": ("suid", "duid"),
    "host_hostname": ("dvchost", "dvc"),
    "device_id": ("deviceExternalId",),
    "http_request_method": ("requestMethod",),
    "http_request_referrer": ("requestContext",),
    "url_original": ("request",),
    "user_agent_original": ("requestClientApplication",),
    "process_name": ("sproc", "dproc", "deviceProcessName"),
    "process_pid": ("spid", "dpid", "dvcpid"),
    "file_path": ("filePath", "fname"),
    "rule_name": ("Name",),
}
_TIMES: Final = ("rt", "end", "start", "art", "UNIFIutcTime")
_OUTCOMES: Final = {
    "/success": "success", "/failure": "failure", "/attempt": "unknown", "redacted": "unknown",
}  # fmt: skip
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}")
_LABEL: Final = "Label"
#: A label that is longer is no name of a field.
_LABEL_LENGTH: Final = 64
_EXPECTED: Final = "no CEF: expected `CEF:0|vendor|product|version|class|name|severity|extension`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        if mark is None or head is None:
            return _EXPECTED
        values = split_header(line[mark.end() :], len(_HEADER))
        if values is None:
            return _EXPECTED
        return _event(dict(zip(_HEADER, values, strict=False)), values[-1], head, wall)

    return read_lines(text, context, read)


def split_header(text: str, count: int) -> list[str] | None:
    """Split ``count`` values at the bars that no backslash escapes, and what follows; None where there are fewer."""
    values: list[str] = []
    start = 0
    for bar in _BAR.finditer(text):
        values.append(text[start : bar.end() - 1])
        start = bar.end()
        if len(values) == count:
            return [*map(_unescaped, values), text[start:]]
    if len(values) == count - 1:  # an event without an extension may leave out the last bar, too
        return [*map(_unescaped, [*values, text[start:]]), ""]
    return None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text


def _extension(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    ends = [*(key.start() for key in keys[1:]), len(text)]
    for key, end in zip(keys, ends, strict=False):
        found[key[1]] = _unescaped(text[key.end() : end].strip())
    for name in [name for name in found if name.endswith(_LABEL)]:
        value = found.get(name.removesuffix(_LABEL))
        if value is not None and 0 < len(found[name]) <= _LABEL_LENGTH:
            found.setdefault(found[name], value)
    return found


def _event(header: dict[str, str], extension: str, head: Head, wall: WallTime) -> Event:
    found = header | _extension(extension)
    core = {column: next((found[key] for key in keys if found.get(key)), None) for column, keys in _CORE.items()}
    core["host_hostname"] = core["host_hostname"] or head.host
    core |= verdict(found.get("act")) or {"event_action": header["Name"]}
    outcome = (found.get("outcome") or found.get("categoryOutcome") or "").lower()
    if outcome:
        core["event_outcome"] = _OUTCOMES.get(outcome, outcome)
    if _SHA256.fullmatch(found.get("fileHash", "")):
        core["file_hash_sha256"] = found["fileHash"].lower()
    times = (wall.iso(found[name]) for name in _TIMES if name in found)
    return Event({**head.fields, **found, **_translated(found)}, core, next(filter(None, times), head.time))


def _translated(found: Mapping[str, str]) -> dict[str, str]:
    """Name what an address was translated to as every firewall's format here does."""
    names = {"nat_ip": "sourceTranslatedAddress", "nat_port": "sourceTranslatedPort"}
    return {name: found[key] for name, key in names.items() if found.get(key)}
