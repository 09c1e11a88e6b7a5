"""Core columns out of fields under the source's own names.

A feed's own mapping counts first, then ECS names, then the names that the platforms' logs use
(the vocabulary in data/reference/platforms.yaml) and those of the common security tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import CORE, ecs_name
from warroom.parse import timestamps
from warroom.parse.address import ip_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from warroom.parse.shapes import ParseContext

_TIMES: Final = (
    "@timestamp", "ts", "time", "timestamp", "eventTime", "event_time", "EventTime", "UtcTime", "datetime",
    "requestReceivedTimestamp", "stageTimestamp", "date", "TimeCreated",
)  # fmt: skip

#: Core column → names it may have, most telling first; the column's ECS name comes before all of them.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("msg", "log"),
    "event_action": ("action", "event", "eventName", "verb", "statement_class"),
    "event_outcome": ("outcome", "result", "decision"),
    "event_reason": ("reason", "errorCode"),
    "source_ip": (
        "src_ip",
        "client_ip",
        "source_ip",
        "remote_addr",
        "remote_ip",
        "clientip",
        "sourceIPAddress",
        "sourceIPs",
        "srcip",
        "src",
        "id.orig_h",
        "request.remote_ip",
        "IpAddress",
        "SourceIp",
        "SourceAddress",
        "winlog.event_data.IpAddress",
        "winlog.event_data.SourceIp",
        "ip",
    ),
    "source_port": ("src_port", "client_port", "sport", "id.orig_p", "SourcePort", "IpPort"),
    "destination_ip": (
        "dst_ip",
        "dest_ip",
        "destination_ip",
        "dst",
        "id.resp_h",
        "server_ip",
        "DestinationIp",
        "DestAddress",
    ),
    "destination_port": ("dst_port", "dest_port", "dport", "id.resp_p", "DestinationPort", "DestPort"),
    "destination_address": ("DestinationHostname",),
    "user_name": (
        "user_name",
        "username",
        "user",
        "user.username",
        "userIdentity.userName",
        "actor",
        "db_user",
        "principal",
        "user_id_hash",
        "User",
        "TargetUserName",
        "SubjectUserName",
        "winlog.event_data.User",
        "winlog.event_data.TargetUserName",
        "winlog.event_data.SubjectUserName",
    ),
    "user_id": ("user_id", "user_id_hash", "citizen_hash", "subject_hash", "payer_hash", "client_id"),
    "host_hostname": ("hostname", "host.name", "Computer", "Hostname", "winlog.computer_name", "host"),
    "device_id": ("device.id", "device", "install_id"),
    "http_request_method": ("http_method", "http.http_method", "request_method", "request.method", "method", "verb"),
    "http_request_referrer": ("referer", "referrer", "http_referer", "http.http_refer"),
    "http_response_status_code": ("status_code", "http_status", "http.status", "response_code", "status"),
    "http_response_body_bytes": ("body_bytes_sent", "bytes_sent", "bytes", "http.length", "size"),
    "url_original": ("url", "uri", "request_uri", "requestURI", "http.url", "request.uri", "path", "api"),
    "url_domain": ("http.hostname", "request.host", "server_name", "vhost", "host"),
    "url_path": ("uri_path",),
    "url_query": ("query_string", "args"),
    "user_agent_original": ("user_agent", "userAgent", "http_user_agent", "useragent", "http.http_user_agent"),
    "process_name": ("process", "ProcessName"),
    "process_pid": ("pid", "ProcessId"),
    "process_executable": ("Image", "exe", "NewProcessName", "winlog.event_data.Image"),
    "process_command_line": ("CommandLine", "command", "cmdline", "winlog.event_data.CommandLine"),
    "process_parent_executable": ("ParentImage", "ParentProcessName"),
    "process_parent_command_line": ("ParentCommandLine",),
    "file_path": ("TargetFilename", "file"),
    "file_hash_sha256": ("sha256",),
    "dns_question_name": ("qname", "QueryName", "dns.rrname"),
    "rule_name": ("rule_id", "rule", "alert.signature", "signature", "sid"),
    "source_geo_country_iso_code": ("country", "geo"),
}

#: Names of durations in milliseconds.
_DURATIONS: Final = ("latency_ms", "duration_ms")

_SUCCESS: Final = (
    "success", "succeeded", "successful", "ok", "pass", "passed", "allow", "allowed", "accept", "accepted", "approve",
    "approved", "permit", "permitted", "grant", "granted", "true", "yes", "1",
)  # fmt: skip
_FAILURE: Final = (
    "failure", "fail", "failed", "error", "deny", "denied", "reject", "rejected", "refused", "block", "blocked", "drop",
    "dropped", "invalid", "timeout", "forbidden", "unauthorized", "false", "no", "0",
)  # fmt: skip
_METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL",
    "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "DEBUG", "TRACK", "PURGE",
)  # fmt: skip


def to_core(columns: Mapping[str, pa.Array], count: int, context: ParseContext) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Choose times and core columns among the fields; the fields themselves stay as they are.

    Values that do not fit a column (a status that is no number, a text where an address belongs) stay null.
    """
    core: dict[str, pa.Array] = {}
    for name in CORE:
        column = _first(columns, _candidates(name, context.mapping), _READERS.get(name, _as_it_is))
        if column is not None:
            core[name] = column
    _complete(core, columns, context.mapping)
    return _times(columns, count, context), core


def needed(mapping: Mapping[str, str]) -> frozenset[str]:
    """Give every native name that ``to_core`` looks at."""
    names = (name for column in CORE for name in _candidates(column, mapping))
    return frozenset([*names, *_TIMES, *mapping.values(), *_DURATIONS, "host"])


def plain(column: pa.Array) -> pa.Array:
    """Give a column without a dictionary."""
    return column.dictionary.take(column.indices) if pa.types.is_dictionary(column.type) else column


def _candidates(name: str, mapping: Mapping[str, str]) -> tuple[str, ...]:
    if name in mapping:
        return (mapping[name],)
    return (ecs_name(name), name, *NAMES.get(name, ()))


def _first(
    columns: Mapping[str, pa.Array], names: tuple[str, ...], read: Callable[[pa.Array], pa.Array]
) -> pa.Array | None:
    """Coalesce the columns of these names, each read in its own way."""
    found: pa.Array | None = None
    for name in names:
        if (column := columns.get(name)) is None:
            continue
        value = _read(_single(column), read)
        found = value if found is None else _either(found, value)
        if not found.null_count:
            break
    texts = found is None or not pa.types.is_dictionary(found.type) or pa.types.is_string(found.type.value_type)
    return found if texts else plain(found)


def _read(column: pa.Array, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Read a column; of a dictionary each distinct text once."""
    if read is _as_it_is or not pa.types.is_dictionary(column.type):
        return read(column)
    values = read(column.dictionary)
    if not values.null_count:
        return pa.DictionaryArray.from_arrays(column.indices, values, safe=False)
    there = values.is_valid().to_numpy(zero_copy_only=False)
    places = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
    codes = np.append(places, np.int32(-1))[_codes(column.indices)]
    return _coded(codes, values.drop_null())


def _either(first: pa.Array, second: pa.Array) -> pa.Array:
    """Give the first where it has a value, else the second; of dictionaries no text is copied by the row."""
    if not (pa.types.is_dictionary(first.type) and pa.types.is_dictionary(second.type)):
        return pc.coalesce(plain(first), plain(second))
    codes, others = _codes(first.indices), _codes(second.indices)
    others = np.where(others >= 0, others + np.int32(len(first.dictionary)), np.int32(-1))
    values = pa.concat_arrays([first.dictionary, second.dictionary])
    return _coded(np.where(codes >= 0, codes, others), values)


def _codes(indices: pa.Array) -> npt.NDArray[np.int32]:
    """Give the places of a dictionary's values, -1 for null."""
    codes = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
    if not indices.null_count:
        return codes
    return np.where(indices.is_valid().to_numpy(zero_copy_only=False), codes, np.int32(-1))


def _coded(codes: npt.NDArray[np.int32], values: pa.Array) -> pa.Array:
    there = codes >= 0
    nulls = len(codes) - int(np.count_nonzero(there))
    valid = pa.py_buffer(np.packbits(there, bitorder="little")) if nulls else None
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [valid, pa.py_buffer(codes)], nulls)
    return pa.DictionaryArray.from_arrays(indices, values, safe=False)


def _single(column: pa.Array) -> pa.Array:
    """Of several values the first."""
    if not pa.types.is_list(column.type):
        return column
    filled = pc.if_else(pc.greater(pc.list_value_length(column), 0), column, pa.scalar(None, column.type))
    return pc.list_element(filled, 0)


def _as_it_is(column: pa.Array) -> pa.Array:
    return column


def _whole(column: pa.Array) -> pa.Array:
    """Read whole numbers of at most 18 digits."""
    digits = _digits_only(column)
    if digits.all():
        return column.cast(pa.int64())
    others = pa.array(~digits)
    rest = column.filter(others)
    fits = pc.match_substring_regex(rest, r"^-?[0-9]{1,18}(\.0+)?$")
    bare = pc.replace_substring_regex(rest, r"\.0+$", "")
    read = pc.if_else(fits, bare, pa.scalar(None, pa.string())).cast(pa.int64())
    plainly = pc.if_else(others, pa.scalar(None, pa.string()), column).cast(pa.int64())
    return pc.replace_with_mask(plainly, others, read)


def _digits_only(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which texts are one to 18 digits: at a fraction of what a pattern costs."""
    ends = np.frombuffer(column.buffers()[1] or bytes(4), np.int32)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(ends)
    found = (lengths >= 1) & (lengths <= 18)  # noqa: PLR2004
    if found.any():
        content = np.frombuffer(column.buffers()[2], np.uint8)[ends[0] : ends[-1]]
        odd = np.flatnonzero(content - np.uint8(ord("0")) > 9) + ends[0]  # noqa: PLR2004
        found[np.searchsorted(ends, odd, side="right") - 1] = False
    if column.null_count:
        found &= column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _within(low: int, high: int) -> Callable[[pa.Array], pa.Array]:
    def read(column: pa.Array) -> pa.Array:
        number = _whole(column)
        fits = pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high))
        return pc.if_else(fits, number, pa.scalar(None, pa.int64()))

    return read


def _outcome(column: pa.Array) -> pa.Array:
    word = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    success = pc.is_in(word, pa.array(_SUCCESS))
    failure = pc.is_in(word, pa.array(_FAILURE))
    known = pc.if_else(success, "success", pc.if_else(failure, "failure", "unknown"))
    return pc.if_else(word.is_valid(), known, pa.scalar(None, pa.string()))


def _method(column: pa.Array) -> pa.Array:
    """Keep HTTP methods: in a sign-in log ``method`` is another word."""
    upper = pc.utf8_upper(column)
    return pc.if_else(pc.is_in(upper, pa.array(_METHODS)), upper, pa.scalar(None, pa.string()))


def _country(column: pa.Array) -> pa.Array:
    upper = pc.utf8_upper(column)
    return pc.if_else(pc.match_substring_regex(upper, "^[A-Z]{2}$"), upper, pa.scalar(None, pa.string()))


def _name(column: pa.Array) -> pa.Array:
    """Leave out the dash that Windows and others write for nobody."""
    return pc.if_else(pc.equal(column, "-"), pa.scalar(None, pa.string()), column)


_PORT: Final = _within(0, 65535)
_READERS: Final[Mapping[str, Callable[[pa.Array], pa.Array]]] = {
    "source_ip": ip_column,
    "destination_ip": ip_column,
    "source_port": _PORT,
    "destination_port": _PORT,
    "user_name": _name,
    "event_outcome": _outcome,
    "event_duration": _whole,
    "http_request_method": _method,
    "http_response_status_code": _within(100, 999),
    "http_response_body_bytes": _whole,
    "process_pid": _whole,
    "source_geo_country_iso_code": _country,
}


def _complete(core: dict[str, pa.Array], columns: Mapping[str, pa.Array], mapping: Mapping[str, str]) -> None:
    """Fill what follows from other columns: parts of the URL, the outcome of a request, durations."""
    if (url := core.get("url_original")) is not None:
        pieces = split_url(plain(url))
        for name, piece in zip(("url_path", "url_query", "url_domain"), pieces, strict=True):
            core[name] = piece if name not in core else pc.coalesce(plain(core[name]), piece)
        if "host" in columns and "host_hostname" not in mapping:
            core.pop("host_hostname", None)  # in a web log the host is the site asked for
    elif "host" in columns and "url_domain" not in mapping:
        core.pop("url_domain", None)
    if (status := core.get("http_response_status_code")) is not None:
        outcome = outcome_of(status)
        core["event_outcome"] = outcome if "event_outcome" not in core else pc.coalesce(core["event_outcome"], outcome)
    if "event_duration" not in core:
        for name in _DURATIONS:
            if name in columns:
                millis = plain(_read(_single(columns[name]), _within(0, 10**12)))
                core["event_duration"] = pc.multiply(millis, 1_000_000)


def split_url(url: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Split URLs into path, query and, where they are whole, the host."""
    import polars as pl  # noqa: PLC0415  a fifth of a second, for web logs only

    pieces = pl.Series(url, dtype=pl.String).str.splitn("?", 2).to_arrow()
    path, query = pieces.field(0).cast(pa.string()), pieces.field(1).cast(pa.string())
    domain = pa.nulls(len(url), pa.string())
    if pc.any(pc.match_substring(path, "://")).as_py():
        whole = pl.Series(path).str.extract_groups(_WHOLE_URL).to_arrow()
        domain = whole.field(0).cast(pa.string())
        path = pc.if_else(domain.is_valid(), whole.field(1).cast(pa.string()), path)
    return path, query, domain


_WHOLE_URL: Final = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?([^/:]+)(?::[0-9]+)?(.*)$"


def outcome_of(status: pa.Array) -> pa.Array:
    """Say of HTTP status codes: below 400 success, else failure."""
    return pc.if_else(pc.less(status, 400), "success", "failure")


def _times(columns: Mapping[str, pa.Array], count: int, context: ParseContext) -> pa.Array:
    names = (context.mapping["ts"],) if "ts" in context.mapping else _TIMES
    found = _first(columns, names, lambda column: timestamps.any_time(column, context.timezone))
    return timestamps.fill(pa.nulls(count, pa.timestamp("us", "UTC")) if found is None else found, context.now)
