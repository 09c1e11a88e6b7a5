"""What stands in access logs besides the usual lines: nginx-proxy-manager's, errors in the same stream, syslog headers.

nginx-proxy-manager: https://github.com/NginxProxyManager/nginx-proxy-manager, ``log_format proxy`` and ``standard``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.log_notation import compiled
from warroom.parse import apache_error, nginx_error, syslog_front
from warroom.parse.custom_access import by_log_format
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext
    from warroom.parse.syslog_front import Inner

_PROXY: Final = (
    '[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" '
    "[Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] "
    '"$http_user_agent" "$http_referer"'
)
_STANDARD: Final = (
    '[$time_local] $status - $request_method $scheme $host "$request_uri" '
    "[Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "
    '"$http_user_agent" "$http_referer"'
)
_PROGRAMS: Final = ("nginx", "apache", "apache2", "httpd")


def rest(text: pa.Array, refused: list[Reject], context: ParseContext, usual: Inner) -> tuple[list[Part], list[Reject]]:
    """Read the lines of ``text`` that are ``refused`` as no usual ones; ``usual`` reads what a syslog header hides."""
    rows = pa.array([one.row for one in refused], pa.int32())

    def inner(lines: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
        return _in_turn(lines, context, usual)

    parts, rejects = syslog_front.within(text.take(rows), context, inner, _PROGRAMS)
    reasons = {one.row: one.reason for one in refused}
    places = rows.to_pylist()
    return (
        [Part(rows.take(part.rows), part.ts, part.core, part.fields) for part in parts],
        [Reject(places[one.row], reasons[places[one.row]]) for one in rejects],
    )


def _in_turn(lines: pa.Array, context: ParseContext, usual: Inner) -> tuple[list[Part], list[Reject]]:
    """Try the kinds one after the other."""
    kinds = (usual, apache_error.parse) if context.format == "apache" else (usual, _manager, nginx_error.parse)
    rows = pa.arange(0, len(lines), 1).cast(pa.int32())
    parts: list[Part] = []
    rejects: list[Reject] = []
    for kind in kinds:
        found, rejects = kind(lines.take(rows), context)
        parts += [Part(rows.take(part.rows), part.ts, part.core, part.fields) for part in found]
        rows = rows.take(pa.array([one.row for one in rejects], pa.int32()))
        if not len(rows):
            break
    return parts, [Reject(row, "no line known") for row in rows.to_pylist()]


def _manager(lines: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    return by_log_format(lines, tuple(compiled(one, "nginx") for one in (_PROXY, _STANDARD)), context)
