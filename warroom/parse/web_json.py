"""Web servers, proxies and firewalls that log JSON: which of their names fill the core columns.

Caddy: https://caddyserver.com/docs/logging. Envoy: https://www.envoyproxy.io/docs/envoy/latest/configuration/
observability/access_log/usage (names are the administrator's; these are Istio's and Envoy Gateway's). Traefik:
https://doc.traefik.io/traefik/observability/access-logs/. Fastly: names of its documented JSON template. AWS WAF:
https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html. Azure Application Gateway and Front Door:
https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics. nginx: ``escape=json`` with the
variables' own names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import ecs_name
from warroom.parse import custom_access, envoy_text, jsonl, native, timestamps
from warroom.parse.address_lists import first_outside
from warroom.parse.shapes import Part, Reject
from warroom.parse.web_columns import absent, bare_host, extract, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.parse.shapes import Columns, ParseContext

_Names = tuple[str, ...]
_SECOND, _MILLISECOND = 1_000_000_000, 1_000_000

#: Format → core column → the names it may have; the first that an event has counts. ``ts`` is the time.
_CORE: Final[Mapping[str, Mapping[str, _Names]]] = {
    "caddy": {
        "ts": ("ts",),
        "message": ("msg",),
        "source_address": ("request.client_ip", "request.remote_ip", "request.remote_addr"),
        "source_port": ("request.remote_port",),
        "user_name": ("user_id",),
        "http_request_method": ("request.method",),
        "http_version": ("request.proto",),
        "http_response_status_code": ("status",),
        "http_response_body_bytes": ("size",),
        "url_original": ("request.uri",),
        "url_domain": ("request.host",),
        "user_agent_original": ("request.headers.User-Agent",),
        "http_request_referrer": ("request.headers.Referer",),
    },
    "envoy": {
        "ts": ("start_time", "timestamp", "time"),
        "source_address": ("downstream_remote_address", "x-forwarded-for", "x_forwarded_for"),
        "http_request_method": ("method", ":method"),
        "http_version": ("protocol",),
        "http_response_status_code": ("response_code",),
        "http_response_body_bytes": ("bytes_sent",),
        "url_original": ("x-envoy-origin-path", "x_envoy_original_path", "x-envoy-original-path", "path", ":path"),
        "url_domain": (":authority", "authority", "requested_server_name"),
        "user_agent_original": ("user-agent", "user_agent"),
        "http_request_referrer": ("referer",),
        "event_reason": ("response_code_details",),
    },
    "traefik": {
        "ts": ("StartUTC", "StartLocal", "time"),
        "message": ("msg",),
        "source_address": ("ClientHost", "ClientAddr"),
        "source_port": ("ClientPort",),
        "user_name": ("ClientUsername",),
        "http_request_method": ("RequestMethod",),
        "http_version": ("RequestProtocol",),
        "http_response_status_code": ("DownstreamStatus",),
        "http_response_body_bytes": ("DownstreamContentSize",),
        "url_original": ("RequestPath",),
        "url_domain": ("RequestHost", "RequestAddr"),
        "user_agent_original": ("request_User-Agent",),
        "http_request_referrer": ("request_Referer",),
    },
    "fastly": {
        "ts": ("timestamp", "time_start"),
        "source_address": ("client_ip",),
        "http_request_method": ("request_method", "method"),
        "http_version": ("request_protocol", "protocol"),
        "http_response_status_code": ("response_status", "status"),
        "http_response_body_bytes": ("response_body_size", "resp_body_bytes"),
        "url_original": ("url",),
        "url_domain": ("host",),
        "user_agent_original": ("request_user_agent",),
        "http_request_referrer": ("request_referer",),
    },
    "aws_waf": {
        "ts": ("timestamp",),
        "source_address": ("httpRequest.clientIp",),
        "source_geo_country_iso_code": ("httpRequest.country",),
        "http_request_method": ("httpRequest.httpMethod",),
        "http_version": ("httpRequest.httpVersion",),
        "http_response_status_code": ("responseCodeSent",),
        "url_path": ("httpRequest.uri",),
        "url_query": ("httpRequest.args",),
        "event_action": ("action",),
        "rule_name": ("terminatingRuleId",),
    },
    "azure_gateway": {
        "ts": ("timeStamp", "time"),
        "message": ("properties.message",),
        "source_address": ("properties.clientIP", "properties.clientIp", "properties.socketIp"),
        "source_port": ("properties.clientPort",),
        "http_request_method": ("properties.httpMethod",),
        "http_version": ("properties.httpVersion",),
        "http_response_status_code": ("properties.httpStatus", "properties.httpStatusCode"),
        "http_response_body_bytes": ("properties.sentBytes", "properties.responseBytes"),
        "url_original": ("properties.originalRequestUriWithArgs", "properties.requestUri"),
        "url_query": ("properties.requestQuery",),
        "url_domain": ("properties.originalHost", "properties.host", "properties.hostname", "properties.hostName"),
        "user_agent_original": ("properties.userAgent",),
        "http_request_referrer": ("properties.referer", "properties.referrer"),
        "event_action": ("properties.action", "operationName"),
        "rule_name": ("properties.ruleId", "properties.ruleName"),
    },
    "nginx_json": {},
}
#: Format → the name of a duration and its unit.
_DURATIONS: Final[Mapping[str, tuple[str, int]]] = {
    "caddy": ("duration", _SECOND),
    "envoy": ("duration", _MILLISECOND),
    "traefik": ("Duration", 1),
    "azure_gateway": ("properties.timeTaken", _SECOND),
}
#: AWS WAF: header (in small letters) → core column.
_HEADERS: Final = {"host": "url_domain", "user-agent": "user_agent_original", "referer": "http_request_referrer"}
_BLOCKED: Final = {"ALLOW": "success", "COUNT": "success", "BLOCK": "failure", "CAPTCHA": "failure",
                   "CHALLENGE": "failure", "Blocked": "failure", "Block": "failure"}  # fmt: skip
_FRONT: Final = r"^(?:<[0-9]{1,3}>)?(?:1 )?[0-9T:.+Z-]{19,40} (?P<host>[^ {]{1,255}) [^{]{0,256}(?P<object>\{.*\})\s*$"
_ZONE: Final = r"([+-][0-9]{2})([0-9]{2})$"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read JSON objects, and the text that Envoy writes by default; rows are indices into ``text``."""
    if context.format == "envoy":
        parts, rejects = envoy_text.parse(text, context)
        return _objects_of(text, parts, rejects, context)
    if context.format == "fastly":
        return _fastly(text, context)
    return _objects(text, context)


def _objects_of(
    text: pa.Array, parts: list[Part], refused: list[Reject], context: ParseContext
) -> tuple[list[Part], list[Reject]]:
    """Read as objects the lines that are no text."""
    rows = pa.array([one.row for one in refused], pa.int32())
    lines = text.take(rows)
    found, rejects = _objects(lines, context)
    places = rows.to_pylist()
    odd = {one.row: one.reason for one in refused}
    braces = pc.starts_with(lines, "{").to_pylist()
    return (
        [*parts, *(Part(rows.take(part.rows), part.ts, part.core, part.fields) for part in found)],
        [Reject(places[one.row], one.reason if braces[one.row] else odd[places[one.row]]) for one in rejects],
    )


def _fastly(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read objects, with syslog's time and host in front of them or without."""
    braces = pc.starts_with(text, "{")
    if pc.all(braces).as_py():
        return _objects(text, context, "fastly_")
    bare = pc.if_else(braces, text, pa.scalar(None, pa.string()))
    front = extract(text, _FRONT)
    parts, rejects = _objects(pc.coalesce(bare, front["object"], text), context, "fastly_")
    host = front["host"]
    parts = [replace(part, core={**part.core, "host_hostname": host.take(part.rows)}) for part in parts]
    return parts, rejects


def _objects(text: pa.Array, context: ParseContext, needed: str = "") -> tuple[list[Part], list[Reject]]:
    parts, rejects = jsonl.parse(text, replace(context, wanted=None, coded=False))
    found: list[Part] = []
    for part in parts:
        known = any(needed in name for name in part.fields)
        if known:
            found.append(_named(part, context))
        else:
            rejects += [Reject(row, f"no field of the format {context.format}") for row in part.rows.to_pylist()]
    rejects.sort(key=lambda one: one.row)
    return found, rejects


def _named(part: Part, context: ParseContext) -> Part:
    """Fill the core columns from the format's own names; what a feed maps counts first."""
    count = len(part.rows)
    fields = dict(part.fields)
    if context.format == "nginx_json":
        return _of_nginx(part, fields, context)
    view: dict[str, pa.Array] = {}
    for column, names in _CORE[context.format].items():
        present = [_text(fields[name]) for name in names if name in fields]
        if present:
            view[column] = present[0] if len(present) == 1 else pc.coalesce(*present)
    ts = part.ts
    if "ts" in view and "ts" not in context.mapping:
        read = timestamps.any_time(pc.replace_substring_regex(view["ts"], _ZONE, r"\1:\2"), context.timezone)
        ts = pc.coalesce(read, ts)
    view |= _derived(view, fields, context)
    core = dict(native.to_core({ecs_name(name): column for name, column in view.items()}, count, context)[1])
    if (method := view.get("http_request_method")) is not None:
        core["http_request_method"] = method
    name, unit = _DURATIONS.get(context.format, ("", 0))
    if name in fields:
        core["event_duration"] = nanoseconds(_text(fields[name]), unit)
    mapped = {name: column for name, column in part.core.items() if name in context.mapping}
    return Part(part.rows, ts, {**part.core, **core, **mapped}, fields)


def _derived(view: Mapping[str, pa.Array], fields: Columns, context: ParseContext) -> dict[str, pa.Array]:
    """Read what a value holds besides, or says in another way."""
    found: dict[str, pa.Array] = {}
    if "source_address" in view:
        found |= _client(view)
    if "http_version" in view:
        found["http_version"] = pc.replace_substring_regex(view["http_version"], "^HTTP/", "")
    if "url_domain" in view:
        found["url_domain"] = bare_host(view["url_domain"])
    if context.format == "aws_waf":
        found |= _of_waf(view, fields)
    if "event_action" in view:
        found["event_outcome"] = _outcome(view["event_action"])
    return found


def _text(column: pa.Array) -> pa.Array:
    """Give a field as text, of several values the first; nothing where it says nothing."""
    if pa.types.is_list(column.type):
        filled = pc.if_else(pc.greater(pc.list_value_length(column), 0), column, pa.scalar(None, column.type))
        column = pc.list_element(filled, 0)
    return absent(column)


def _client(view: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Read the client out of an address with its port, or out of a list of addresses."""
    found = first_outside(view["source_address"])
    port = view.get("source_port")
    return {
        "source_address": found["address"],
        "source_ip": found["address"],
        "source_port": found["port"] if port is None else pc.coalesce(port, found["port"]),
    }


def _outcome(actions: pa.Array) -> pa.Array:
    names = pa.array(list(_BLOCKED), pa.string())
    return pa.array(list(_BLOCKED.values()), pa.string()).take(pc.index_in(actions, names))


def _of_waf(view: Mapping[str, pa.Array], fields: Columns) -> dict[str, pa.Array]:
    """Join path and query, and read the request's headers."""
    found: dict[str, pa.Array] = {}
    if "url_path" in view:
        path, query = view["url_path"], view.get("url_query")
        whole = None if query is None else pc.binary_join_element_wise(path, query, "?")
        found["url_original"] = path if whole is None else pc.coalesce(whole, path)
    names, values = fields.get("httpRequest.headers.name"), fields.get("httpRequest.headers.value")
    if names is None or values is None:
        return found
    columns: dict[str, list[str | None]] = {column: [] for column in _HEADERS.values()}
    for some, others in zip(names.to_pylist(), values.to_pylist(), strict=True):
        pairs = zip(some or (), others or (), strict=False) if len(some or ()) == len(others or ()) else ()
        headers = {name.lower(): value for name, value in pairs}
        for name, column in _HEADERS.items():
            columns[column].append(headers.get(name))
    found |= {name: pa.array(texts, pa.string()) for name, texts in columns.items()}
    found["url_domain"] = bare_host(found["url_domain"])
    return found


def _of_nginx(part: Part, fields: dict[str, pa.Array], context: ParseContext) -> Part:
    """Read nginx's variables by their own names, as a log_format of its own has them."""
    plain = {name: column for name, column in fields.items() if pa.types.is_string(column.type)}
    made = custom_access.part_of(part.rows, part.ts, plain, context)
    return Part(part.rows, made.ts, {**part.core, **made.core}, fields)
