"""Suricata's EVE events as JSON, and those of AWS Network Firewall, which have them under ``event``.

Format: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html and
https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import ecs_name
from warroom.parse import jsonl, native
from warroom.parse.shapes import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.parse.shapes import ParseContext, Reject

#: Core column → EVE's names, most telling first. What an alert says counts before what the connection says.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "event_action": ("event_type",),
    "event_outcome": ("verdict.action", "alert.action"),
    "event_reason": ("flow.reason", "drop.reason"),
    "source_ip": ("src_ip",),
    "source_port": ("src_port",),
    "destination_ip": ("dest_ip",),
    "destination_port": ("dest_port",),
    "destination_address": ("tls.sni", "http.hostname", "quic.sni"),
    "host_hostname": ("host",),
    "message": ("alert.signature",),
    "rule_name": ("alert.signature",),
    "http_request_method": ("http.http_method",),
    "http_request_referrer": ("http.http_refer",),
    "http_version": ("http.protocol",),
    "http_response_status_code": ("http.status",),
    "http_response_body_bytes": ("http.length",),
    "url_original": ("http.url",),
    "url_domain": ("http.hostname", "tls.sni"),
    "user_agent_original": ("http.http_user_agent",),
    "dns_question_name": ("dns.rrname", "dns.query.rrname", "dns.queries.rrname"),
    "file_path": ("fileinfo.filename", "smb.filename"),
    "file_hash_sha256": ("fileinfo.sha256",),
    "user_name": ("ftp.user", "krb5.cname", "smb.ntlmssp.user", "snmp.usm"),
}
_TIMES: Final = "timestamp"
_NESTED: Final = "event."


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``."""
    inner = _NESTED if context.format == "aws_network_firewall" else ""
    own = {inner + name for names in _CORE.values() for name in names} | {inner + _TIMES}
    wanted = None if context.wanted is None else context.wanted | own
    mapping = context.mapping if "ts" in context.mapping else {**context.mapping, "ts": inner + _TIMES}
    parts, rejects = jsonl.parse(text, replace(context, wanted=wanted, mapping=mapping))
    return [_named(part, inner, context) for part in parts], rejects


def _named(part: Part, inner: str, context: ParseContext) -> Part:
    """Fill the core columns from EVE's names, but for those that the feed maps itself."""
    view: dict[str, pa.Array] = {}
    for column, names in _CORE.items():
        found = [_first(part.fields[inner + name]) for name in names if inner + name in part.fields]
        if found and column not in context.mapping:
            view[ecs_name(column)] = pc.coalesce(*found)
    if (version := view.get("http.version")) is not None:
        view["http.version"] = pc.replace_substring_regex(version, "^HTTP/", "")
    core = native.to_core(view, len(part.rows), context)[1]
    given = {name: native.plain(column) for name, column in core.items() if name not in context.mapping}
    return Part(part.rows, part.ts, {**part.core, **given}, part.fields, part.names)


def _first(column: pa.Array) -> pa.Array:
    """Give texts; of several values the first."""
    column = native.plain(column)
    if pa.types.is_list(column.type):
        filled = pc.if_else(pc.greater(pc.list_value_length(column), 0), column, pa.scalar(None, column.type))
        return native.plain(pc.list_element(filled, 0))
    return column
