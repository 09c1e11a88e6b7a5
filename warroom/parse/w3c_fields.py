"""The fields of W3C extended logs: what IIS, HTTP.sys and CloudFront call them, and which core columns they fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse.address import ip_column
from warroom.parse.web_columns import absent, bare_host, nanoseconds, web_part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.parse.shapes import ParseContext, Part

_Names = tuple[str, ...]


def _names(text: str) -> _Names:
    return tuple(text.split())


_MILLISECOND: Final = 1_000_000
_SECOND: Final = 1_000_000_000
_IIS_6: Final[_Names] = _names(
    "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status "
    "sc-substatus sc-win32-status"
)
_IIS_7: Final[_Names] = _names(
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus "
    "sc-win32-status time-taken"
)
_IIS_8: Final[_Names] = (*_IIS_7[:10], "cs(Referer)", *_IIS_7[10:])
_IIS_ALL: Final[_Names] = _names(
    "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version "
    "cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes "
    "time-taken"
)
_HTTPERR: Final[_Names] = _names(
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
)
_HTTPERR_STREAM: Final[_Names] = (*_HTTPERR[:9], "streamid", *_HTTPERR[9:])
_CLOUDFRONT: Final[_Names] = _names(
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)
#: Format → the sets of fields that its servers write where nobody chose others, and with the client behind a proxy.
_USUAL: Final[Mapping[str, tuple[_Names, ...]]] = {
    "iis": (
        _IIS_8, _IIS_7, _IIS_6, (*_IIS_8, "X-Forwarded-For"), _IIS_ALL, (*_IIS_ALL, "X-Forwarded-For"),
        (*_IIS_7, "X-Forwarded-For"),
    ),
    "httperr": (_HTTPERR, _HTTPERR_STREAM, (*_HTTPERR_STREAM, "transport")),
    "cloudfront": (_CLOUDFRONT, _CLOUDFRONT[:26], _CLOUDFRONT[:24]),
}  # fmt: skip
#: Core column → the names it may have; of several that a log has the first counts.
_CORE: Final[Mapping[str, _Names]] = {
    "source_address": ("c-ip",),
    "source_port": ("c-port",),
    "destination_address": ("s-ip",),
    "destination_port": ("s-port",),
    "user_name": ("cs-username",),
    "host_hostname": ("s-computername",),
    "http_request_method": ("cs-method",),
    "http_request_referrer": ("cs(Referer)",),
    "http_version": ("cs-version", "cs-protocol-version"),
    "http_response_status_code": ("sc-status",),
    "http_response_body_bytes": ("sc-bytes",),
    "url_domain": ("cs-host", "x-host-header", "cs(Host)"),
    "user_agent_original": ("cs(User-Agent)",),
    "event_reason": ("s-reason",),
}
_AGENT: Final = "user_agent_original"


def usual(log_format: str) -> tuple[_Names, ...]:
    """Give the sets of fields that lines without a header may have."""
    return _USUAL[log_format]


def unfit(log_format: str, names: _Names) -> str:
    """Say why lines with these fields are no events of a format; nothing where they are."""
    web = any(name.startswith(("cs-", "cs(", "sc-")) or name == "c-ip" for name in names)
    found = "httperr" if "s-reason" in names else "cloudfront" if "x-edge-location" in names else "iis"
    if not web or found != log_format:
        return f"its header says that it is {'of the format ' + found if web else 'no log of a web server'}"
    if "time" not in names:
        return "its header names no field `time`"
    return "" if len(set(names)) == len(names) else "its header names a field twice"


def looks_right(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Say of lines without a header which have addresses, a port and a status where they should be."""
    good = pc.is_valid(columns["time"])
    for name, column in columns.items():
        if name in ("c-ip", "s-ip"):
            good = pc.and_(good, pc.or_(ip_column(column).is_valid(), pc.equal(column, "-")))
        elif name in ("sc-status", "s-port", "c-port", "time-taken", "sc-bytes"):
            good = pc.and_(good, pc.match_substring_regex(column, r"^(?:[0-9]{1,18}(?:\.[0-9]{1,9})?|-)$"))
    return good


def part(rows: pa.Array, ts: pa.Array, columns: dict[str, pa.Array], context: ParseContext) -> Part:
    """Make events of values by the names of their fields; ``date`` and ``time`` are in ``ts``."""
    core: dict[str, pa.Array] = {}
    for name, names in _CORE.items():
        for native in names:
            if native in columns:
                found = absent(columns[native])
                core[name] = found if name not in core else pc.coalesce(core[name], found)
    for end in ("source", "destination"):
        if f"{end}_address" in core:
            core[f"{end}_ip"] = core[f"{end}_address"]
    if "http_version" in core:
        core["http_version"] = pc.replace_substring_regex(core["http_version"], "^[A-Za-z]{1,8}/", "")
    if "url_domain" in core:
        core["url_domain"] = bare_host(core["url_domain"])
    core |= _url(columns)
    cloudfront = context.format == "cloudfront"
    if _AGENT in core:
        core[_AGENT] = _each(core[_AGENT], unquote) if cloudfront else pc.replace_substring(core[_AGENT], "+", " ")
    if "time-taken" in columns:
        core["event_duration"] = nanoseconds(columns["time-taken"], _SECOND if cloudfront else _MILLISECOND)
    fields = {
        # IIS writes the blank of a list as +, and addresses have none
        name: pc.replace_substring(column, ",+", ", ") if "forwarded" in name.lower() else column
        for name, column in columns.items()
        if name not in ("date", "time")
    }
    return web_part(rows, ts, fields, core, context)


def _url(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Join path and query to what was asked for."""
    if "cs-uri-stem" not in columns:
        return {"url_original": columns["cs-uri"]} if "cs-uri" in columns else {}
    stem = absent(columns["cs-uri-stem"])
    if "cs-uri-query" not in columns:
        return {"url_original": stem, "url_path": stem}
    query = absent(columns["cs-uri-query"])
    whole = pc.binary_join_element_wise(stem, query, "?")
    return {"url_original": pc.coalesce(whole, stem), "url_path": stem, "url_query": query}


def _each(column: pa.Array, change: Callable[[str], str]) -> pa.Array:
    coded = column.dictionary_encode()
    return pa.array([change(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
