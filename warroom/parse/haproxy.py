"""HAProxy's logs: HTTP, HTTPS and TCP lines, refused connections, and what the process says of itself.

Formats: https://docs.haproxy.org/3.0/configuration.html section 8.2; names of fields are its. HAProxy writes to
syslog: the header in front may be there or not. What was sent by clients is encoded, so quotes and braces are its own.
Times are local.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse import syslog_front, timestamps
from warroom.parse.web_columns import absent, by_pattern, nanoseconds, requests, timed, web_part

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext, Part, Reject

_N: Final = r"[+-]{0,2}[0-9]{1,18}"
_FRONT: Final = (
    r"^(?P<client_ip>[^ ]{0,108}):(?P<client_port>[0-9]{1,5}) "
    r"\[(?P<accept_date>[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)\] "
)
_NAMES: Final = r"(?P<frontend_name>[^ ]+) (?P<backend_name>[^ /]+)/(?P<server_name>[^ ]+) (?:(?P<extra>[^ ]+) )??"
_LOAD: Final = (
    rf"(?P<actconn>{_N})/(?P<feconn>{_N})/(?P<beconn>{_N})/(?P<srv_conn>{_N})/(?P<retries>{_N}) "
    rf"(?P<srv_queue>{_N})/(?P<backend_queue>{_N})"
)
_HTTP: Final = (
    _FRONT
    + _NAMES
    + rf"(?P<TR>{_N})/(?P<Tw>{_N})/(?P<Tc>{_N})/(?P<Tr>{_N})/(?P<Ta>{_N}) (?P<status_code>-?[0-9]{{1,3}}) "
    + rf"(?P<bytes_read>{_N}) (?P<captured_request_cookie>[^ ]+) (?P<captured_response_cookie>[^ ]+) "
    + r"(?P<termination_state>[^ ]{2,4}) "
    + _LOAD
    + r"(?: \{(?P<captured_request_headers>[^}]*)\})?(?: \{(?P<captured_response_headers>[^}]*)\})?"
    + r' "(?P<http_request>[^"]*)(?:"(?: (?P<trailing>.*))?)?$'
)
_TCP: Final = (
    _FRONT
    + _NAMES
    + rf"(?P<Tw>{_N})/(?P<Tc>{_N})/(?P<Tt>{_N}) (?P<bytes_read>{_N}) (?P<termination_state>[^ ]{{2,4}}) "
    + _LOAD
    + r"(?: (?P<trailing>.*))?$"
)
_REFUSED: Final = _FRONT + r"(?P<frontend_name>[^ /]+)/(?P<bind_name>[^ ]+): (?P<error>.*)$"
_CONNECT: Final = (
    r"^Connect from (?P<client_ip>[^ ]{1,108}):(?P<client_port>[0-9]{1,5}) to (?P<server_ip>[^ ]{1,108}):"
    r"(?P<server_port>[0-9]{1,5}) \((?P<frontend_name>[^ /]+)/(?P<mode>[A-Z]+)\)$"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMES: Final = ("TR", "Tw", "Tc", "Tr")
_REASON: Final = "no line of HAProxy: expected `address:port [day/Mon/year:time] frontend backend/server timers …`"
_MILLISECOND: Final = 1_000_000


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines, with the header of syslog or without; rows are indices into ``text``."""
    return syslog_front.within(text, context, messages, ("haproxy",))


def messages(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read what HAProxy itself writes. A connection that it only announces bears no time: it gets that of reading."""

    def read(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        if "accept_date" in found:
            ts = timestamps.any_time(_iso(found["accept_date"]), context.timezone)
            rows, ts, found = timed(rows, ts, found)
        else:
            ts = pa.repeat(pa.scalar(context.now, UTC_MICROSECONDS), len(rows))
        return _part(rows, ts, found, context)

    return by_pattern(text, [(pattern, read) for pattern in (_HTTP, _TCP, _REFUSED, _CONNECT)], _REASON)


def _iso(stamps: pa.Array) -> pa.Array:
    """Turn ``06/Feb/2009:12:14:14.655`` into ``2009-02-06T12:14:14.655``; no month, no time."""
    month = pc.index_in(pc.utf8_slice_codeunits(stamps, 3, 6), pa.array(_MONTHS))
    number = pa.array([f"{month:02}" for month in range(1, 13)]).take(month)
    year, day = pc.utf8_slice_codeunits(stamps, 7, 11), pc.utf8_slice_codeunits(stamps, 0, 2)
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise(year, number, day, "-"), pc.utf8_slice_codeunits(stamps, 12), "T"
    )


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    core = {
        "source_address": found["client_ip"],
        "source_ip": found["client_ip"],
        "source_port": found["client_port"],
    }
    if "server_ip" in found:
        core |= {
            "destination_address": found["server_ip"],
            "destination_ip": found["server_ip"],
            "destination_port": found["server_port"],
        }
    if "error" in found:
        core |= {"message": found["error"], "event_outcome": pa.repeat(pa.scalar("failure"), len(rows))}
        core["event_reason"] = found["error"]
    if (whole := found.get("Ta", found.get("Tt"))) is not None:
        core["event_duration"] = nanoseconds(pc.utf8_ltrim(whole, "+"), _MILLISECOND)
    if "bytes_read" in found:
        core["http_response_body_bytes"] = pc.utf8_ltrim(found["bytes_read"], "+")
    if "http_request" in found:
        request = requests(found["http_request"])
        core |= {
            "http_request_method": request["method"],
            "http_version": request["version"],
            "http_response_status_code": found["status_code"],
            "url_original": request["url"],
        }
    fields = {name: column for name, column in found.items() if name != "accept_date"}
    for name in ("captured_request_headers", "captured_response_headers"):
        if name in fields:
            fields[name] = _several(fields[name])
    return web_part(rows, ts, fields, core, context)


def _several(column: pa.Array) -> pa.Array:
    """Split the values captured; places where nothing was captured are kept."""
    return pc.split_pattern(absent(column), "|")
