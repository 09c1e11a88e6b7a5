"""Core columns out of fields under the source's own names.

A feed's own mapping counts first, then ECS names, then the names that the platforms' logs use
(the vocabulary in data/reference/platforms.yaml) and those of the common security tools.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import CORE, ecs_name
from warroom.parse import timestamps, values
from warroom.parse.address import ip_column
from warroom.parse.own_names import OWN_NAMES, OWN_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    _Reader = Callable[[pa.Array], pa.Array]

    from warroom.parse.shapes import ParseContext

_TIMES: Final = (
    "@timestamp", "ts", "time", "timestamp", "eventTime", "event_time", "EventTime", "UtcTime", "datetime",
    "requestReceivedTimestamp", "stageTimestamp", "date", "TimeCreated",
)  # fmt: skip

#: Core column → names it may have, most telling first; the column's ECS name comes before all of them.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("msg", "log"),
    "event_action": ("action", "event", "eventName", "verb", "statement_class", "api"),
    "event_outcome": ("outcome", "result", "decision", "attestation_result", "status"),
    "event_reason": ("reason", "errorCode"),
    "source_ip": (
        "src_ip",
        "client_ip",
        "requester_ip",
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
        "src_ip:port",
        "IpAddress",
        "SourceIp",
        "SourceAddress",
        "winlog.event_data.IpAddress",
        "winlog.event_data.SourceIp",
        "ip",
    ),
    "source_port": (
        "src_port",
        "client_port",
        "remote_port",
        "sport",
        "id.orig_p",
        "SourcePort",
        "IpPort",
        "src_ip:port",
    ),
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
        "creator",
        "user_id_hash",
        "User",
        "TargetUserName",
        "SubjectUserName",
        "winlog.event_data.User",
        "winlog.event_data.TargetUserName",
        "winlog.event_data.SubjectUserName",
    ),
    "user_id": ("user_id", "user_id_hash", "citizen_hash", "subject_hash", "payer_hash", "caller_hash", "client_id"),
    "host_hostname": ("hostname", "host.name", "Computer", "Hostname", "winlog.computer_name", "host"),
    "device_id": ("device.id", "device", "install_id", "terminal_id"),
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
    "file_hash_sha256": ("sha256", "hash_after"),
    "dns_question_name": ("qname", "QueryName", "dns.rrname"),
    "rule_name": ("rule_id", "rule", "alert.signature", "signature", "sid"),
    "source_geo_country_iso_code": ("country", "geo"),
}

#: Stands between the names of fields that are a time together: day and hour in columns of their own.
_AND: Final = " + "

#: Names of durations in milliseconds.
_DURATIONS: Final = ("latency_ms", "duration_ms")

#: What file-integrity monitoring says of a file before and after a change.
_HASHES: Final = ("hash_before", "hash_after")


def to_core(columns: Mapping[str, pa.Array], count: int, context: ParseContext) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Choose times and core columns among the fields; the fields themselves stay as they are.

    Values that do not fit a column (a status that is no number, a text where an address belongs) stay null.
    """
    core: dict[str, pa.Array] = {}
    seen = _without_file_paths(columns)
    for name in CORE:
        column = _first(seen, _candidates(name, context), functools.partial(_reader, name))
        if column is not None:
            core[name] = column
    _complete(core, columns, context.mapping)
    return _times(columns, count, context), core


def needed(context: ParseContext) -> frozenset[str]:
    """Give every native name that ``to_core`` looks at."""
    names = (name for column in CORE for name in _candidates(column, context))
    times = OWN_TIMES.get(context.format, ())
    told = [*context.mapping.values(), *context.mapping.get("ts", "").split(_AND), *context.options.kinds]
    return frozenset([*names, *_TIMES, *times, *told, *_DURATIONS, *_HASHES, "host"])


def plain(column: pa.Array) -> pa.Array:
    """Give a column without a dictionary."""
    return column.dictionary.take(column.indices) if pa.types.is_dictionary(column.type) else column


def _candidates(name: str, context: ParseContext) -> tuple[str, ...]:
    if name in context.mapping:
        return (context.mapping[name],)
    return (*OWN_NAMES.get(context.format, {}).get(name, ()), ecs_name(name), name, *NAMES.get(name, ()))


def _without_file_paths(columns: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
    """Take the ``path`` of file-integrity monitoring, which stands beside hashes, for a file's and not for a URL's."""
    hashes = [columns[name] for name in _HASHES if name in columns]
    if not hashes or "path" not in columns:
        return columns
    path = plain(columns["path"])
    of_file = functools.reduce(pc.or_, (column.is_valid() for column in hashes))
    nothing = pa.scalar(None, path.type)
    found = {**columns, "path": pc.if_else(of_file, nothing, path), "file": pc.if_else(of_file, path, nothing)}
    if "file" in columns and columns["file"].type == path.type:
        found["file"] = pc.coalesce(found["file"], plain(columns["file"]))
    return {name: column for name, column in found.items() if column.null_count < len(column)}


def _reader(core: str, name: str) -> _Reader:
    return _NAMED_READERS.get((core, name)) or _READERS.get(core, values.as_it_is)


def _first(
    columns: Mapping[str, pa.Array], names: tuple[str, ...], reader: Callable[[str], _Reader]
) -> pa.Array | None:
    """Coalesce the columns of these names, each read in its own way."""
    found: pa.Array | None = None
    for name in names:
        if (column := columns.get(name)) is None:
            continue
        value = _read(_single(column), reader(name))
        found = value if found is None else _either(found, value)
        if not found.null_count:
            break
    texts = found is None or not pa.types.is_dictionary(found.type) or pa.types.is_string(found.type.value_type)
    return found if texts else plain(found)


def _read(column: pa.Array, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Read a column; of a dictionary each distinct text once."""
    if read is values.as_it_is or not pa.types.is_dictionary(column.type):
        return read(column)
    texts = read(column.dictionary)
    if not texts.null_count:
        return pa.DictionaryArray.from_arrays(column.indices, texts, safe=False)
    there = texts.is_valid().to_numpy(zero_copy_only=False)
    places = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
    codes = np.append(places, np.int32(-1))[_codes(column.indices)]
    return _coded(codes, texts.drop_null())


def _either(first: pa.Array, second: pa.Array) -> pa.Array:
    """Give the first where it has a value, else the second; of dictionaries no text is copied by the row."""
    if not (pa.types.is_dictionary(first.type) and pa.types.is_dictionary(second.type)):
        return pc.coalesce(plain(first), plain(second))
    codes, others = _codes(first.indices), _codes(second.indices)
    others = np.where(others >= 0, others + np.int32(len(first.dictionary)), np.int32(-1))
    texts = pa.concat_arrays([first.dictionary, second.dictionary])
    return _coded(np.where(codes >= 0, codes, others), texts)


def _codes(indices: pa.Array) -> npt.NDArray[np.int32]:
    """Give the places of a dictionary's texts, -1 for null."""
    codes = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
    if not indices.null_count:
        return codes
    return np.where(indices.is_valid().to_numpy(zero_copy_only=False), codes, np.int32(-1))


def _coded(codes: npt.NDArray[np.int32], texts: pa.Array) -> pa.Array:
    there = codes >= 0
    nulls = len(codes) - int(np.count_nonzero(there))
    valid = pa.py_buffer(np.packbits(there, bitorder="little")) if nulls else None
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [valid, pa.py_buffer(codes)], nulls)
    return pa.DictionaryArray.from_arrays(indices, texts, safe=False)


def _single(column: pa.Array) -> pa.Array:
    """Of several values the first."""
    if not pa.types.is_list(column.type):
        return column
    filled = pc.if_else(pc.greater(pc.list_value_length(column), 0), column, pa.scalar(None, column.type))
    return pc.list_element(filled, 0)


_READERS: Final[Mapping[str, _Reader]] = {
    "source_ip": ip_column,
    "destination_ip": ip_column,
    "source_port": values.PORT,
    "destination_port": values.PORT,
    "user_name": values.name,
    "event_outcome": values.outcome,
    "event_duration": values.whole,
    "http_request_method": values.method,
    "http_response_status_code": values.within(100, 999),
    "http_response_body_bytes": values.whole,
    "process_pid": values.whole,
    "source_geo_country_iso_code": values.country,
    "file_hash_sha256": values.sha256,
}
#: Names that do not always mean what a core column holds.
_NAMED_READERS: Final[Mapping[tuple[str, str], _Reader]] = {
    ("url_original", "api"): values.paths,
    ("event_action", "api"): values.calls,
    ("event_outcome", "status"): values.verdict,
    ("event_outcome", "resultType"): values.result_code,
    ("event_outcome", "ResultType"): values.result_code,
    ("event_outcome", "status.errorCode"): values.result_code,
    ("event_outcome", "properties.status.errorCode"): values.result_code,
    ("event_outcome", "protoPayload.status.code"): values.result_code,
    ("source_port", "src_ip:port"): values.port_behind,
    ("source_port", "ClientIP"): values.port_behind,
    ("source_port", "ClientIPAddress"): values.port_behind,
}


def _complete(core: dict[str, pa.Array], columns: Mapping[str, pa.Array], mapping: Mapping[str, str]) -> None:
    """Fill what follows from other columns: parts of the URL, the outcome of a request, durations."""
    if (url := core.get("url_original")) is not None and url.null_count < len(url):
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
    if not any(name in core and core[name].null_count < len(core[name]) for name in _OF_REQUESTS):
        core.pop("http_response_body_bytes", None)  # a firewall's bytes, or those of a file
    if "event_duration" not in core:
        for name in _DURATIONS:
            if name in columns:
                millis = plain(_read(_single(columns[name]), values.within(0, 10**12)))
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


#: Columns that only requests have.
_OF_REQUESTS: Final = ("url_original", "url_path", "http_response_status_code", "http_request_method")

_WHOLE_URL: Final = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?([^/:]+)(?::[0-9]+)?(.*)$"


def outcome_of(status: pa.Array) -> pa.Array:
    """Say of HTTP status codes: below 400 success, else failure."""
    return pc.if_else(pc.less(status, 400), "success", "failure")


def _times(columns: Mapping[str, pa.Array], count: int, context: ParseContext) -> pa.Array:
    own = OWN_TIMES.get(context.format, ())
    names = (context.mapping["ts"],) if "ts" in context.mapping else (*own, *_TIMES)
    if names[0] not in columns and _AND in names[0]:
        columns = {names[0]: _joined(columns, names[0].split(_AND), count)}
    found = _first(columns, names, lambda _: timestamps.reader(context))
    return timestamps.fill(pa.nulls(count, pa.timestamp("us", "UTC")) if found is None else found, context.now)


def _joined(columns: Mapping[str, pa.Array], names: list[str], count: int) -> pa.Array:
    """Put fields behind each other with a blank between; null where one of them is."""
    texts = [plain(_single(columns[name])) if name in columns else pa.nulls(count, pa.string()) for name in names]
    return pc.binary_join_element_wise(*texts, " ")
