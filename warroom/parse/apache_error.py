"""Apache's error log, as 2.2 and 2.4 write it by default, and what modules add.

Formats: https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat, https://httpd.apache.org/docs/2.2/logs.html.
``[time] [module:level] [pid P:tid T] file.c(line): (code)error: [client address:port] AHnnnnn: message, referer: …``.
Local time.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import timestamps
from warroom.parse.modsecurity import with_rules
from warroom.parse.shapes import Part, Reject
from warroom.parse.web_columns import by_pattern, columns_of, extract, timed, web_part

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

_LINE: Final = (
    r"(?s)^\[(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:.]{8,18} [0-9]{4}|"
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,18})\] "
    r"\[(?:(?P<module>[A-Za-z0-9_.-]{0,64}):)?(?P<level>[a-z]{1,8}[0-9]?)\]"
    r"(?: \[pid (?P<pid>[0-9]{1,18})(?::tid (?P<tid>[0-9A-Fa-fx]{1,20}))?\])?(?: (?P<message>.*))?$"
)
#: What may stand before the message itself.
_FRONT: Final = (
    r"(?s)^(?:(?P<source_file>[A-Za-z0-9_.+-]{1,64}\.[a-z]{1,3}\([0-9]{1,6}\)): )?"
    r"(?:\((?P<error_code>[0-9]{1,10})\)(?P<error>[^\[]{1,200}?): )?"
    r"(?:\[(?:client|remote) (?P<client>\[[^\] ]{1,60}\]:[0-9]{1,5}|[^\] ]{1,80})\] )?"
    r"(?P<message>(?:(?P<code>AH[0-9]{5}): )?(?P<text>.*))$"
)
_REFERER: Final = r"(?s)^(?P<before>.*?), referer: (?P<referer>[^ ]*)$"
_USER: Final = (
    r"^user [`']?(?P<user>[^ :'`]{1,256})'?(?: in realm [^ ]{1,256})?:? "
    r"(?P<reason>not found|authentication failure|authorization failure|password mismatch)"
    r"(?:(?:: | for \")(?P<uri>/[^ \"]{0,2048}))?"
)
_FILE: Final = (
    r"^(?:File does not exist|client denied by server configuration|script not found or unable to stat|"
    r"Directory index forbidden by Options directive|attempt to invoke directory as script): (?P<file>[^,]{1,4096})"
)
_TIME: Final = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9:.]{8,18}) ([0-9]{4})")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REASON: Final = "no line of Apache's error log: expected `[Mon Dec 26 16:15:55 2016] [module:level] [pid n] message`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read error lines; rows are indices into ``text``."""

    def read(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        stamps = found.pop("time").dictionary_encode()
        plain = pa.array([_iso(stamp) for stamp in stamps.dictionary.to_pylist()], pa.string())
        ts = timestamps.any_time(plain, context.timezone).take(stamps.indices)
        return with_rules(_part(*timed(rows, ts, found), context))

    return by_pattern(text, [(_LINE, read)], _REASON)


def _iso(stamp: str) -> str:
    match = _TIME.fullmatch(stamp)
    if match is None or match[1] not in _MONTHS:
        return stamp
    return f"{match[4]}-{_MONTHS.index(match[1]) + 1:02}-{match[2].replace(' ', '0')}T{match[3]}"


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    front = extract(found["message"], _FRONT)
    referer = extract(front["text"], _REFERER)
    said = pc.coalesce(referer["before"], front["text"])
    told = extract(said, _USER) | extract(said, _FILE)
    client = _clients(front["client"], found["module"])
    core = {
        "message": front["message"],
        "process_pid": found["pid"],
        "source_address": client["address"],
        "source_ip": client["address"],
        "source_port": client["port"],
        "user_name": told["user"],
        "event_outcome": pc.if_else(told["user"].is_valid(), "failure", pa.scalar(None, pa.string())),
        "event_reason": pc.coalesce(told["reason"], front["error"]),
        "file_path": told["file"],
        "url_original": told["uri"],
        "http_request_referrer": referer["referer"],
    }
    fields = {name: found[name] for name in ("module", "level", "tid")}
    fields |= {name: front[name] for name in ("source_file", "error_code", "error", "client", "code")}
    return web_part(rows, ts, fields, core, context)


def _clients(clients: pa.Array, modules: pa.Array) -> dict[str, pa.Array]:
    """Split addresses from ports. Since 2.4, which names the module, every client has a port, also behind IPv6."""
    pairs = pc.binary_join_element_wise(pc.if_else(modules.is_valid(), "4", "2"), clients, " ").dictionary_encode()
    rows = [_client(pair) for pair in pairs.dictionary.to_pylist()]
    return {name: column.take(pairs.indices) for name, column in columns_of(("address", "port"), rows).items()}


def _client(pair: str) -> tuple[str | None, str | None]:
    version, _, client = pair.partition(" ")
    host, colon, port = client.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or len(port) > 5:  # noqa: PLR2004 - 65535
        return client, None
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], port
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return client, None
        return (host, port) if version == "4" else (client, None)
    return host, port
