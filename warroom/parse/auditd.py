"""Linux audit records: ``type=… msg=audit(seconds.ms:serial): name=value …``, one record a line.

Records that ``ausearch -i`` has put in words are read, too: local time, ``: `` behind it, names for numbers. SELinux's
decisions (AVC) give ``seresult`` and ``seperms``, as ausearch calls them.

Format: https://github.com/linux-audit/audit-documentation/wiki (records, fields, encodings). The records of one event
share a serial; each stays an event of its own here, as Sigma's rules for auditd expect.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.model import ecs_name
from warroom.parse import native
from warroom.parse.flatten import Fields
from warroom.parse.shapes import Part, Reject
from warroom.parse.syscalls import syscall_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warroom.parse.shapes import ParseContext

_RECORD: Final = re.compile(
    r"(?:node=(?P<node>\S{1,255}) )?type=(?P<type>\S{1,64}) "
    r"(?:msg=)?audit\((?P<ts>\d{1,11}\.\d{1,6}|\d\d/\d\d/\d{2,4} \d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d"
    r" \d\d:\d\d:\d\d\.\d{3})"
    r":(?P<serial>\d{1,20})\) ?: ?"
)
#: What ausearch writes in the order of the United States, its usual locale.
_WRITTEN: Final = re.compile(r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{2,4}) (?P<clock>\S{12})")
#: Kernels before 4.11 wrote `old auid=… new auid=…`; later ones `old-auid=… auid=…`.
_CHANGE: Final = re.compile(r"\b(?:(old) |new )(auid|ses)=")
_AVC: Final = re.compile(r"avc:  ?(?P<seresult>denied|granted)  ?\{ (?P<seperms>[^{}]{1,300}) \} for  ?")
#: A value in quotes, a message in quotes that holds pairs of its own, or words up to the next pair.
_PAIR: Final = re.compile(
    r"""(?<![\w-])([A-Za-z][\w-]{0,63}(?:\[\d{1,6}\])?)=("[^"]*"|'|[^\s'"]*(?: (?![\w-]+(?:\[\d+\])?=)[^\s'"=]+)*)"""
)
#: Between a record and what auditd adds in words (log_format = ENRICHED).
_ENRICHED: Final = "\x1d"
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+")
_ARGUMENT: Final = re.compile(r"a\d{1,6}")
_PIECE: Final = re.compile(r"(a\d{1,6})\[\d{1,6}\]")
_LENGTH: Final = re.compile(r"a\d{1,6}_len")
#: Fields that the kernel and the daemons write in hexadecimal digits where they hold a blank, a quote or the like.
_ENCODED: Final = frozenset(
    ("acct", "cgroup", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "key", "name", "new_group", "ocomm", "path",
     "proctitle", "sw", "unit", "vm", "watch")
)  # fmt: skip
_PLAIN: Final = range(0x21, 0x7F)
_QUOTE: Final = 0x22
_UNKNOWN: Final = ("?", "(null)", "(none)", "(unknown)", "unset", "")
#: Core column → fields that hold it, most telling first. `hostname` is where a session came from, not the host itself.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "user_name": ("acct", "user"),
    "user_id": ("uid",),
    "host_hostname": ("node",),
    "source_ip": ("addr", "src"),
    "destination_ip": ("dst",),
    "process_name": ("comm",),
    "process_pid": ("pid",),
    "process_executable": ("exe",),
    "process_command_line": ("cmd", "proctitle"),
    "event_outcome": ("res", "success", "seresult"),
    "event_action": ("op", "type"),
    "event_reason": ("reason",),
    "file_path": ("name", "path"),
}


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read audit records; rows are indices into ``text``."""
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(text))
    fields.add(itertools.count(), _records(text, rows, rejects))
    if not rows:
        return [], rejects
    columns = fields.columns(len(rows))
    known = {name: columns.pop(name) for name in ("ts", *map(ecs_name, _CORE)) if name in columns}
    ts, core = native.to_core(known, len(rows), context)
    return [Part(pa.array(rows, pa.int32()), ts, core, columns)], rejects


def _records(text: pa.Array, rows: list[int], rejects: list[Reject]) -> Iterator[dict[str, str]]:
    for row, line in enumerate(text.to_pylist()):
        found = _RECORD.match(line)
        if found is None:
            rejects.append(Reject(row, "no audit record: it begins with type=… msg=audit(…):"))
            continue
        rows.append(row)
        header = {name: value for name, value in found.groupdict().items() if value}
        header["ts"] = _time(header["ts"])
        body = line[found.end() :]
        if decision := _AVC.match(body):
            header |= decision.groupdict()
            body = body[decision.end() :]
        fields = header | _fields(body, header["type"])
        yield fields | _core(fields)


def _time(written: str) -> str:
    """Give ISO 8601 of local time for a date in words; a count since 1970 stays."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return written
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"  # noqa: PLR2004
    return f"{year}-{found['month']}-{found['day']}T{found['clock']}"


def _fields(body: str, kind: str) -> dict[str, str]:
    """Read the pairs of a record, encoded values decoded, and what is written in pieces put together."""
    raw: dict[str, str] = {}
    body = _CHANGE.sub(lambda found: f"{found[1]}-{found[2]}=" if found[1] else f"{found[2]}=", body)
    for name, value in _PAIR.findall(body.replace(_ENRICHED, " ")):
        piece = _PIECE.fullmatch(name)
        if piece:
            raw[piece[1]] = raw.get(piece[1], "") + value
        elif value != "'":  # a message in quotes: its own pairs follow
            raw.setdefault(name, value)
    arguments = kind == "EXECVE"
    encoded = arguments and _ARGUMENT.fullmatch
    fields = {
        name: _decoded(value, encoded=name in _ENCODED or bool(encoded and encoded(name)))
        for name, value in raw.items()
    }
    if arguments:
        words = [fields[name] for name in (f"a{number}" for number in range(len(fields))) if name in fields]
        fields["process.command_line"] = " ".join(words)
    elif (
        "syscall" in fields
        and "SYSCALL" not in fields
        and (name := syscall_name(fields.get("arch"), fields["syscall"]))
    ):
        fields["SYSCALL"] = name
    return fields


def _decoded(value: str, *, encoded: bool) -> str:
    """Give a value without quotes; hexadecimal digits as the text they stand for, NUL between words as a blank."""
    if value.startswith('"'):
        return value[1:].removesuffix('"')
    if not encoded or not _HEX.fullmatch(value):
        return value
    content = bytes.fromhex(value)
    if all(byte in _PLAIN and byte != _QUOTE for byte in content):
        return value  # nothing in it had to be encoded: these are digits
    return content.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")


def _core(fields: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, names in _CORE.items():
        value = next((fields[name] for name in names if fields.get(name, "") not in _UNKNOWN), None)
        if value is not None and ecs_name(column) not in fields:
            found[ecs_name(column)] = value
    return found
