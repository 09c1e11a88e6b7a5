"""Zeek's logs, as JSON or as tab-separated values with a header.

Format: https://docs.zeek.org/en/master/log-formats.html (``#separator``, ``#fields``, ``#types`` …), and the names of
each log's fields: https://docs.zeek.org/en/master/logs/index.html
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import ecs_name
from warroom.parse import jsonl, native
from warroom.parse.flatten import Fields
from warroom.parse.shapes import HEADER_LINE, Part, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from warroom.parse.shapes import ParseContext

#: Which of Zeek's logs an event is of.
KIND: Final = "_path"
#: Where no event says it: a log by fields that it alone has.
_TOLD_BY: Final = {
    "conn": ("conn_state",), "dce_rpc": ("named_pipe", "endpoint"), "dns": ("qtype_name", "qclass_name"),
    "files": ("rx_hosts", "mime_type"), "http": ("request_body_len", "uri"), "kerberos": ("request_type",),
    "notice": ("note",), "rdp": ("security_protocol", "cookie"), "smb_files": ("times.modified", "times_modified"),
    "smb_mapping": ("share_type",), "ssl": ("cipher", "curve"), "weird": ("peer", "notice"),
    "x509": ("certificate.serial", "certificate_serial"),
}  # fmt: skip
#: Core column → Zeek's names; the second of two is what some exporters write for dots.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "source_ip": ("id.orig_h", "id_orig_h"),
    "source_port": ("id.orig_p", "id_orig_p"),
    "destination_ip": ("id.resp_h", "id_resp_h"),
    "destination_port": ("id.resp_p", "id_resp_p"),
    "destination_address": ("server_name", "host"),
    "dns_question_name": ("query",),
    "url_domain": ("host", "server_name"),
    "url_original": ("uri",),
    "http_response_body_bytes": ("response_body_len",),
    "user_name": ("username", "user", "client", "cookie"),
    "file_path": ("filename",),
    "file_hash_sha256": ("sha256",),
    "event_outcome": ("auth_success", "success"),
    "rule_name": ("note", "sig_id"),
}
#: What a log calls its event, where that is more telling than the log's own name: log → field.
_ACTIONS: Final = {"notice": "note", "weird": "name", "smb_files": "action", "ftp": "command", "intel": "seen.where"}
#: Zeek's own words for true and false in tab-separated values.
_TRUE, _FALSE = "T", "F"
#: Durations are seconds with up to six digits behind the point.
_SECONDS: Final = r"^[0-9]{1,8}(\.[0-9]{1,9})?(e-[0-9]{1,2})?$"
_ESCAPE: Final = re.compile(r"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class _Header:
    """How tab-separated lines are to be read."""

    path: str
    names: tuple[str, ...]
    several: frozenset[str]  # fields that hold sets or vectors
    separator: str = "\t"
    between: str = ","
    empty: str = "(empty)"
    unset: str = "-"

    def event(self, line: str) -> dict[str, Any] | None:
        """Read a line; None where it has not as many values as there are names."""
        values = line.split(self.separator)
        if len(values) != len(self.names):
            return None
        found: dict[str, Any] = {KIND: self.path} if self.path else {}
        for name, value in zip(self.names, values, strict=True):
            if value == self.unset:
                continue
            if name in self.several:
                found[name] = [] if value == self.empty else [_plain(one) for one in value.split(self.between)]
            else:
                found[name] = "" if value == self.empty else _plain(value)
        return found


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``. Tab-separated lines need the header, here or in the context."""
    lines = text.to_pylist()
    of_json = np.array([line.startswith("{") for line in lines], dtype=bool)
    objects, tables = np.flatnonzero(of_json), np.flatnonzero(~of_json)
    parts, rejects = (
        jsonl.parse(text.take(pa.array(objects)), replace(context, wanted=None)) if len(objects) else ([], [])
    )
    parts = [Part(pa.array(objects, pa.int32()).take(part.rows), part.ts, part.core, part.fields) for part in parts]
    rejects = [Reject(int(objects[reject.row]), reject.reason) for reject in rejects]
    if len(tables):
        part, refused = _table([(row, lines[row]) for row in tables.tolist()], context)
        parts += part
        rejects += refused
    rejects.sort(key=lambda reject: reject.row)
    return [_named(part, context) for part in parts], rejects


def _table(lines: list[tuple[int, str]], context: ParseContext) -> tuple[list[Part], list[Reject]]:
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(lines))
    fields.add(itertools.count(), _events(lines, context, rows, rejects))
    if not rows:
        return [], rejects
    columns = fields.columns(len(rows))
    ts, core = native.to_core(columns, len(rows), context)
    return [Part(pa.array(rows, pa.int32()), ts, core, columns)], rejects


def _events(
    lines: Iterable[tuple[int, str]], context: ParseContext, rows: list[int], rejects: list[Reject]
) -> Iterator[dict[str, Any]]:
    told = dict(map(_told, context.header.decode("utf-8", "replace").splitlines()))
    header = _header(told)
    for row, line in lines:
        if line.startswith("#"):
            told |= (_told(line),)
            header = _header(told)
            rejects.append(Reject(row, HEADER_LINE))
        elif header is None:
            rejects.append(Reject(row, "no `#fields` line before it says what its values are"))
        elif (event := header.event(line)) is None:
            rejects.append(Reject(row, f"not {len(header.names)} values, as `#fields` says"))
        else:
            rows.append(row)
            yield event


def _told(line: str) -> tuple[str, str]:
    name, _, value = line.lstrip("#").partition(" " if line.startswith("#separator") else "\t")
    return name, value


def _header(told: Mapping[str, str]) -> _Header | None:
    if "fields" not in told:
        return None
    separator = _plain(told.get("separator", "\t"))[:8] or "\t"
    names = tuple(told["fields"].split(separator))
    types = told.get("types", "").split(separator)
    several = frozenset(name for name, kind in zip(names, types, strict=False) if kind.startswith(("set[", "vector[")))
    between = told.get("set_separator", ",")[:8] or ","
    return _Header(
        told.get("path", ""),
        names,
        several,
        separator,
        between,
        told.get("empty_field", "(empty)"),
        told.get("unset_field", "-"),
    )


def _plain(text: str) -> str:
    r"""Read ``\x09`` as the character it stands for."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "\\x" in text else text


def _named(part: Part, context: ParseContext) -> Part:
    """Say which log each event is of, and fill the core columns from Zeek's own names."""
    count = len(part.rows)
    fields = {name: native.plain(column) for name, column in part.fields.items()}
    if KIND not in fields:
        kind = fields.get("@stream") or pa.repeat(pa.scalar(_kind(fields), pa.string()), count)
        fields[KIND] = kind
    view: dict[str, pa.Array] = {}
    for column, names in _CORE.items():
        found = [text for name in names if (text := _text(fields.get(name))) is not None]
        if found and column not in context.mapping:
            view[ecs_name(column)] = pc.coalesce(*found)
    if (outcome := view.get("event.outcome")) is not None:
        true = pc.if_else(pc.equal(outcome, _TRUE), "success", outcome)
        view["event.outcome"] = pc.if_else(pc.equal(outcome, _FALSE), "failure", true)
    if "event_action" not in context.mapping:
        view["event.action"] = _actions(fields)
    if (duration := _text(fields.get("duration"))) is not None and "event_duration" not in context.mapping:
        view["event.duration"] = _nanoseconds(duration)
    core = native.to_core(view, count, context)[1]
    known = {name: native.plain(column) for name, column in part.core.items()}
    told = {
        name: pc.coalesce(native.plain(column), known[name]) if name in known else native.plain(column)
        for name, column in core.items()
    }
    return Part(part.rows, part.ts, {**known, **told}, fields)


def _text(column: pa.Array | None) -> pa.Array | None:
    return column if column is not None and pa.types.is_string(column.type) else None


def _actions(fields: Mapping[str, pa.Array]) -> pa.Array:
    """Say what happened: in Zeek's words for it, or the name of the log."""
    kind = fields[KIND]
    action = kind
    for log, name in _ACTIONS.items():
        if (said := _text(fields.get(name))) is not None:
            action = pc.if_else(pc.and_(pc.equal(kind, log), said.is_valid()), said, action)
    return action


def _nanoseconds(duration: pa.Array) -> pa.Array:
    none = pa.scalar(None, pa.string())
    seconds = pc.if_else(pc.match_substring_regex(duration, _SECONDS), duration, none).cast(pa.float64())
    return pc.round(pc.multiply(seconds, 1e9)).cast(pa.int64()).cast(pa.string())


def _kind(fields: Mapping[str, object]) -> str | None:
    return next((kind for kind, names in _TOLD_BY.items() if any(name in fields for name in names)), None)
