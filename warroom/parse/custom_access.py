"""Access logs in a format of their own: nginx's ``log_format``, Apache's ``LogFormat``, given with the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.log_notation import FormatError, Pattern, compiled
from warroom.model import UTC_MICROSECONDS
from warroom.parse import timestamps
from warroom.parse.shapes import Part, Reject
from warroom.parse.web_columns import absent, bare_host, by_pattern, nanoseconds, requests, timed, web_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.parse.shapes import ParseContext

_SECOND: Final = 1_000_000_000
#: Core column → names of fields, nginx's and Apache's; the first that a line has counts.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "source_address": ("remote_addr", "realip_remote_addr", "remote_host", "peer_addr"),
    "source_port": ("remote_port",),
    "destination_address": ("server_addr", "local_addr"),
    "destination_port": ("server_port", "port", "local_port"),
    "user_name": ("remote_user",),
    "http_request_method": ("request_method", "method"),
    "http_request_referrer": ("http_referer", "Referer", "Referrer"),
    "http_version": ("server_protocol", "protocol"),
    "http_response_status_code": ("status",),
    "http_response_body_bytes": ("body_bytes_sent", "bytes", "bytes_sent", "bytes_out"),
    "url_original": ("request_uri", "uri"),
    "url_path": ("url_path", "document_uri"),
    "url_query": ("args", "query_string", "query"),
    "url_domain": ("http_host", "Host", "host", "vhost", "server_name"),
    "user_agent_original": ("http_user_agent", "User-Agent", "User-agent"),
    "process_pid": ("pid",),
}
#: Field of a duration → nanoseconds of its unit.
_DURATIONS: Final = {"request_time": _SECOND, "time_us": 1_000, "time_ms": 1_000_000, "time_s": _SECOND}
_COMMON: Final = ("time_local", "time")
_OTHERS: Final = ("time_iso8601", "msec", "time_sec", "time_msec", "time_usec")
_REASON: Final = "not as the feed's log_format says"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines by the feed's ``log_format``; rows are indices into ``text``."""
    style = "apache" if context.format.startswith("apache") else "nginx"
    try:
        pattern = compiled(context.options.log_format, style)
    except FormatError as problem:
        return [], [Reject(row, str(problem)) for row in range(len(text))]
    return by_log_format(text, (pattern,), context)


def by_log_format(
    text: pa.Array, patterns: tuple[Pattern, ...], context: ParseContext
) -> tuple[list[Part], list[Reject]]:
    """Read each line by the first of the patterns that it matches."""

    def read(rows: pa.Array, groups: dict[str, pa.Array], pattern: Pattern) -> Part | None:
        found = {name: groups[f"g{place}"] for place, name in enumerate(pattern.names)}
        now = pa.repeat(pa.scalar(context.now, UTC_MICROSECONDS), len(rows))
        rows, ts, found = timed(rows, _times(found, now, context), found)
        return _part(rows, ts, found, context) if len(rows) else None

    readers = [(one.expression, lambda rows, groups, one=one: read(rows, groups, one)) for one in patterns]
    return by_pattern(text, readers, _REASON)


def part_of(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    """Make events of fields by their names; ``ts`` is the time where none of them is one."""
    return _part(rows, pc.coalesce(_times(found, ts, context), ts), found, context)


def _times(found: Mapping[str, pa.Array], otherwise: pa.Array, context: ParseContext) -> pa.Array:
    for name in _COMMON:
        if name in found:
            bare = pc.utf8_trim(found[name], "[]")
            known = timestamps.common_log(bare)
            return known if not known.null_count else pc.coalesce(known, timestamps.any_time(bare, context.timezone))
    for name in _OTHERS:
        if name in found:
            return timestamps.any_time(found[name], context.timezone)
    return otherwise


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    core: dict[str, pa.Array] = {}
    for column, names in _CORE.items():
        values = [absent(found[name]) for name in names if name in found]
        if values:
            core[column] = values[0] if len(values) == 1 else pc.coalesce(*values)
    _add_request(core, found)
    if "url_domain" in core:
        core["url_domain"] = bare_host(core["url_domain"])
    for end in ("source", "destination"):
        if f"{end}_address" in core:
            core[f"{end}_ip"] = core[f"{end}_address"]
    for name, unit in _DURATIONS.items():
        if name in found and "event_duration" not in core:
            core["event_duration"] = nanoseconds(found[name], unit)
    fields = {name: column for name, column in found.items() if name not in (*_COMMON, "time_iso8601")}
    return web_part(rows, ts, fields, core, context)


def _add_request(core: dict[str, pa.Array], found: Mapping[str, pa.Array]) -> None:
    """Take the request line apart, and put a URL together that was logged in pieces."""
    if "request" in found:
        pieces = requests(absent(found["request"]))
        for column, name in (("http_request_method", "method"), ("url_original", "url"), ("http_version", "version")):
            core[column] = pieces[name] if column not in core else pc.coalesce(pieces[name], core[column])
    if "http_version" in core:
        core["http_version"] = pc.replace_substring_regex(core["http_version"], "^[A-Za-z]{1,8}/", "")
    if "url_original" not in core and (path := core.get("url_path")) is not None:
        core["url_original"] = path
        if "url_query" in core:
            core["url_query"] = absent(pc.utf8_ltrim(core["url_query"], "?"))
            core["url_original"] = pc.coalesce(pc.binary_join_element_wise(path, core["url_query"], "?"), path)
