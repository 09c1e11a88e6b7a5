"""Envoy's access log as text: its default format, and Istio's with more fields.

Formats: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage,
https://istio.io/latest/docs/tasks/observability/logs/access-log/. Names of fields are those of the JSON formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.parse import timestamps
from warroom.parse.address_lists import first_outside
from warroom.parse.web_columns import QUOTED, bare_host, by_pattern, nanoseconds, requests, timed, web_part

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext, Part, Reject

_START: Final = (
    rf'^\[(?P<start_time>[0-9T:.Z-]{{19,32}})\] "(?P<request>{QUOTED})" (?P<response_code>[0-9]{{1,3}}) '
    r"(?P<response_flags>[^ ]+) "
)
_COUNTS: Final = (
    r"(?P<bytes_received>[0-9]{1,18}|-) (?P<bytes_sent>[0-9]{1,18}|-) (?P<duration>[0-9]{1,18}|-) "
    r"(?P<upstream_service_time>[0-9]{1,18}|-) "
)
_QUOTES: Final = (
    rf'"(?P<x_forwarded_for>{QUOTED})" "(?P<user_agent>{QUOTED})" "(?P<request_id>{QUOTED})" '
    rf'"(?P<authority>{QUOTED})" "(?P<upstream_host>{QUOTED})"'
)
_DEFAULT: Final = _START + _COUNTS + _QUOTES + r"(?: (?P<trailing>.*))?$"
_ISTIO: Final = (
    _START
    + r"(?P<response_code_details>[^ ]+) (?P<connection_termination_details>[^ ]+) "
    + rf'"(?P<upstream_transport_failure_reason>{QUOTED})" '
    + _COUNTS
    + _QUOTES
    + r" (?P<upstream_cluster>[^ ]+) (?P<upstream_local_address>[^ ]+) (?P<downstream_local_address>[^ ]+) "
    + r"(?P<downstream_remote_address>[^ ]+) (?P<requested_server_name>[^ ]+) (?P<route_name>[^ ]+)"
    + r"(?: (?P<trailing>.*))?$"
)
_REASON: Final = 'no line of Envoy: expected `[time] "request" status flags …`, or a JSON object'
_MILLISECOND: Final = 1_000_000


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines of text; rows are indices into ``text``."""

    def read(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        ts = timestamps.any_time(found.pop("start_time"), "UTC")
        return _part(*timed(rows, ts, found), context)

    return by_pattern(text, [(_ISTIO, read), (_DEFAULT, read)], _REASON)


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    request = requests(found["request"])
    client = first_outside(found.get("downstream_remote_address", found["x_forwarded_for"]))
    core = {
        "source_address": client["address"],
        "source_ip": client["address"],
        "source_port": client["port"],
        "http_request_method": request["method"],
        "http_version": request["version"],
        "http_response_status_code": found["response_code"],
        "http_response_body_bytes": found["bytes_sent"],
        "event_duration": nanoseconds(found["duration"], _MILLISECOND),
        "url_original": request["url"],
        "url_domain": bare_host(found["authority"]),
        "user_agent_original": found["user_agent"],
    }
    return web_part(rows, ts, found, core, context)
