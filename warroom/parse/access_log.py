"""Access logs of nginx, Apache and Traefik: common, combined, virtual hosts, lists of addresses, extra fields.

Formats: https://nginx.org/en/docs/http/ngx_http_log_module.html (combined),
https://httpd.apache.org/docs/2.4/mod/mod_log_config.html (common, combined, vhost_combined),
https://httpd.apache.org/docs/2.4/mod/mod_ssl.html (ssl_request_log),
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/ (upstreaminfo),
https://doc.traefik.io/traefik/observability/access-logs/ (common: the number of the request, router, server, duration).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.machine.compiling import LARGE, can_compile
from warroom.model import UTC_MICROSECONDS
from warroom.parse import combined, timestamps
from warroom.parse.address import address, ip_column
from warroom.parse.merging import merged
from warroom.parse.native import outcome_of, plain, split_url
from warroom.parse.shapes import Part, Reject
from warroom.parse.web_columns import QUOTED, absent, columns_of, extract, nanoseconds, requests

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

_TIME: Final = r"\[(?P<time>[^\]]{20,32})\]"
_RESULT: Final = r"(?P<status>[0-9]{3}) (?P<bytes>[0-9]+|-)"

# The line nearly every server writes; unambiguous, so that the regex engine never goes back.
_COMBINED: Final = (
    r"^(?P<client>[^ ,\"]+) (?P<ident>[^ ]+) (?P<user>[^ ]+) " + _TIME + r' "(?P<method>[A-Za-z]+) '
    r'(?P<url>[^ "\\]+) HTTP/(?P<version>[0-9.]+)" ' + _RESULT + r'(?: "(?P<referrer>[^"\\]*)" "(?P<agent>[^"\\]*)"'
    r"(?: (?P<rest>.*))?)?$"
)
# Every other line: blanks in URLs and names, escaped quotes, hosts and lists of addresses in front, no request at all.
_ODD: Final = (
    r"^(?P<head>.*? )"
    + _TIME
    + r' "(?P<request>'
    + QUOTED
    + r')" '
    + _RESULT
    + r'(?: (?:"(?P<referrer>'
    + QUOTED
    + r')"|-) (?:"(?P<agent>'
    + QUOTED
    + r')(?:"|$)|-))?(?: (?P<rest>.*))?$'
)
# Servers that do not escape quotes in what they were sent; such a line can be forged.
_UNESCAPED: Final = (
    r"^(?P<head>.*? )"
    + _TIME
    + r' "(?P<request>.*?)" '
    + _RESULT
    + r'(?: "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)")?(?: (?P<rest>.*))?$'
)
#: A header of syslog in front: it is no name of a host.
_HEADED: Final = r"^(?:<[0-9]{1,3}>|[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:|[0-9]{4}-[0-9]{2}-[0-9]{2}T)"
_SSL: Final = (
    r"^" + _TIME + r" (?P<client>[^ ]+) (?P<ssl_protocol>[^ ]+) (?P<ssl_cipher>[^ ]+) "
    r'"(?P<request>' + QUOTED + r')" (?P<bytes>[0-9]+|-)$'
)
_INGRESS: Final = (
    r"^(?P<request_length>[0-9]+) (?P<request_time>[0-9.]+) \[(?P<proxy_upstream_name>[^\]]*)\]"
    r"(?: \[(?P<proxy_alternative_upstream_name>[^\]]*)\])? (?P<upstream_addr>[^ ]+(?:, [^ ]+)*) "
    r"(?P<upstream_response_length>[0-9, -]+) (?P<upstream_response_time>[0-9., -]+) (?P<upstream_status>[0-9, -]+) "
    r"(?P<req_id>[0-9a-zA-Z-]+)$"
)
_TRAEFIK: Final = (
    r'^(?P<request_count>[0-9]{1,18}) "(?P<router>'
    + QUOTED
    + r')" "(?P<server_url>'
    + QUOTED
    + r')" (?P<duration>[0-9]{1,12})ms(?: (?P<more>.*))?$'
)
_FORWARDED: Final = r'^"(?P<http_x_forwarded_for>[^"]*)"$'
#: What has no core column stays under these names.
_KEPT: Final = ("ident", "addresses", "ssl_protocol", "ssl_cipher", "request")
_MILLISECOND: Final = 1_000_000
_PORT: Final = re.compile(r":[0-9]{1,5}$")


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read access-log lines; rows are indices into ``text``."""
    rows = pa.arange(0, len(text), 1).cast(pa.int32())
    ordinary = _ordinary(text)
    if ordinary is None:
        return _with_rest(*by_patterns(text, rows, context), text, context)
    if not context.coded:
        core, fields = (
            {name: plain(column) for name, column in some.items()} for some in (ordinary.core, ordinary.fields)
        )
        ordinary = replace(ordinary, core=core, fields=fields)
    if len(ordinary.rows) == len(text):
        return [ordinary], []
    left = np.ones(len(text), np.bool_)
    left[ordinary.rows.to_numpy()] = False
    parts, rejects = by_patterns(text.filter(pa.array(left)), rows.filter(pa.array(left)), context)
    return _with_rest([merged([ordinary, *parts])], rejects, text, context)


def _with_rest(
    parts: list[Part], rejects: list[Reject], text: pa.Array, context: ParseContext
) -> tuple[list[Part], list[Reject]]:
    """Look at the lines that are no usual ones again, where there are any."""
    if not rejects:
        return parts, rejects
    from warroom.parse import access_kinds  # noqa: PLC0415  loads much that usual lines do not need

    more, left = access_kinds.rest(text, rejects, context, _usual)
    return parts + more, left


def _usual(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    return by_patterns(text, pa.arange(0, len(text), 1).cast(pa.int32()), context)


def _ordinary(text: pa.Array) -> Part | None:
    """Read the lines that need no patterns, if there are any."""
    if text.nbytes >= LARGE and can_compile():
        from warroom.parse import combined_columns  # noqa: PLC0415  loads a compiler

        return combined_columns.cut(text)
    return combined.cut(text)


def by_patterns(text: pa.Array, rows: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read any access-log lines, at a third of the speed; ``rows`` are what the lines are called in the answer."""
    parts: list[Part] = []
    aside = rows.slice(0, 0)
    usual = (_COMBINED, _ODD, _UNESCAPED)
    for pattern in (*usual, _SSL) if context.format == "apache" else usual:
        if not len(text):
            break
        if pattern is _ODD and pc.any(headed := pc.match_substring_regex(text, _HEADED)).as_py():
            aside = rows.filter(headed)
            text, rows = text.filter(pc.invert(headed)), rows.filter(pc.invert(headed))
        found = extract(text, pattern)
        known = _times(found.pop("time"))
        good = known.is_valid()
        if pc.any(good).as_py():
            if good.false_count:
                columns = {name: column.filter(good) for name, column in found.items()}
                parts.append(_part(rows.filter(good), known.filter(good), columns))
                bad = pc.invert(good)
                text, rows = text.filter(bad), rows.filter(bad)
            else:
                parts.append(_part(rows, known, found))
                text, rows = text.slice(0, 0), rows.slice(0, 0)
    reason = 'no access-log line: expected `address - user [day/Mon/year:time zone] "request" status bytes`'
    left = pa.concat_arrays([rows, aside]) if len(aside) else rows
    return parts, [Reject(row, reason) for row in sorted(left.to_pylist())]


def _times(text: pa.Array) -> pa.Array:
    """Read times; nearly all are written in one way, for which a few of them need no data frame."""
    coded = text.dictionary_encode()
    known = [combined.usual_time(time) for time in coded.dictionary.to_pylist()]
    if None in known:
        return timestamps.common_log(text)
    return pa.array(known, pa.int64()).view(UTC_MICROSECONDS).take(coded.indices)


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array]) -> Part:
    if (heads := found.pop("head", None)) is not None:
        found |= _heads(heads)
    if (lines := found.pop("request", None)) is not None:
        found |= requests(lines)
    found = {name: absent(column) for name, column in found.items()}
    client, status, url = found.pop("client"), found.pop("status", None), found.pop("url")
    status = None if status is None else status.cast(pa.int32())
    fields: dict[str, pa.Array] = {name: found[name] for name in _KEPT if name in found}
    if (rest := found.get("rest")) is not None and rest.null_count < len(rest):
        fields |= _rest(rest)
    path, query, domain = split_url(url)
    core = {
        "source_ip": ip_column(client),
        "source_address": client,
        "user_name": found.get("user"),
        "http_request_method": found["method"],
        "http_request_referrer": found.get("referrer"),
        "http_version": found["version"],
        "http_response_status_code": status,
        "http_response_body_bytes": _number(found["bytes"]),
        "url_original": url,
        "url_domain": domain if "host" not in found else pc.coalesce(domain, found["host"]),
        "url_path": path,
        "url_query": query,
        "user_agent_original": found.get("agent"),
        "event_outcome": None if status is None else outcome_of(status),
    }
    if (duration := fields.get("duration")) is not None:
        core["event_duration"] = nanoseconds(duration, _MILLISECOND)
    if (host := found.get("host")) is not None:
        core["destination_ip"] = ip_column(host)
    if (port := found.get("port")) is not None:
        core["destination_port"] = port.cast(pa.int32())
    return Part(rows, ts, {name: column for name, column in core.items() if column is not None}, fields)


def _number(text: pa.Array) -> pa.Array:
    """Cast digits to int64; more than 18 digits are no number of bytes."""
    return pc.if_else(pc.less_equal(pc.binary_length(text), 18), text, pa.scalar(None, pa.string())).cast(pa.int64())


def _rest(rest: pa.Array) -> dict[str, pa.Array]:
    """Name the fields behind the user agent where their format is known; else keep them as ``trailing``."""
    ingress, forwarded, traefik = extract(rest, _INGRESS), extract(rest, _FORWARDED), extract(rest, _TRAEFIK)
    named = {name: absent(column) for name, column in (ingress | forwarded | traefik).items()}
    known = pc.or_(ingress["req_id"].is_valid(), forwarded["http_x_forwarded_for"].is_valid())
    known = pc.or_(known, traefik["router"].is_valid())
    return named | {"trailing": pc.if_else(known, pa.scalar(None, pa.string()), rest)}


def _heads(heads: pa.Array) -> dict[str, pa.Array]:
    """Read what stands before the time: host and port, addresses, ident, user. Each distinct text is read once."""
    coded = heads.dictionary_encode()
    rows = [_head(head.rstrip(" ")) for head in coded.dictionary.to_pylist()]
    columns = columns_of(("host", "port", "client", "ident", "user"), [row[:5] for row in rows])
    columns["addresses"] = pa.array([row[5] for row in rows], pa.list_(pa.string()))
    return {name: column.take(coded.indices) for name, column in columns.items()}


def _head(head: str) -> tuple[str | None, str | None, str | None, str | None, str | None, list[str] | None]:
    words = head.split(" ")
    # The ident is a dash on every server of today; a user name may hold blanks.
    end = next((place for place, word in enumerate(words) if place and word == "-"), max(1, len(words) - 2))
    ident, user = (words[end] if end < len(words) else None), " ".join(words[end + 1 :])
    front, host, port = words[:end], None, None
    if len(front) > 1 and not front[0].endswith(",") and not front[0].startswith('"'):
        host, front = front[0], front[1:]
        if (match := _PORT.search(host)) and (":" not in host[: match.start()] or host.startswith("[")):
            host, port = host[: match.start()], host[match.start() + 1 :]
    clients = [bare for word in front if (bare := word.strip('",'))]
    known = [bare for bare in clients if address(bare)]
    outside = (bare for bare in known if ipaddress.ip_address(address(bare) or "").is_global)
    # Of a chain of proxies the first outside address is the client's; what stands there may be invented.
    client = next(outside, None) or next(iter(known or clients), None)
    return host, port, client, ident, user or None, clients if len(clients) > 1 else None
