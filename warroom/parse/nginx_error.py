"""nginx's error log: what happened, and the request in which it did.

Format: ``YYYY/MM/DD HH:MM:SS [level] pid#tid: *connection message, client: …, server: …, request: "…", upstream: "…",
host: "…", referrer: "…"`` (https://nginx.org/en/docs/ngx_core_module.html#error_log; what stands behind the message is
ngx_http_log_error's). Local time. What a program writes to FastCGI's standard error may go over several lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import timestamps
from warroom.parse.modsecurity import with_rules
from warroom.parse.shapes import Part, Reject
from warroom.parse.web_columns import bare_host, by_pattern, extract, requests, timed, web_part

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext

_LINE: Final = (
    r"(?s)^(?P<time>[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) \[(?P<level>[a-z]{1,10})\] "
    r"(?P<pid>[0-9]{1,18})#(?P<tid>[0-9]{1,18}): (?:\*(?P<cid>[0-9]{1,18}) )?(?P<message>.*)$"
)
#: What may stand behind the message, in this order; quotes in the values are not escaped.
_QUOTED: Final = ("request", "subrequest", "upstream", "host", "referrer")
_CLIENT: Final = r", client: (?P<client>[^ ,\"]{1,108})(?:, server: (?P<server>[^,]*))?"
_CLIENTS: Final = re.compile(r', client: ([^ ,"]{1,108})')
_LOGIN: Final = r', login: "(?P<login>[^"]*)"'
#: What messages say of users and files.
_USER: Final = r'^user "(?P<user>[^"]{1,256})"(?::? )(?P<reason>password mismatch|was not found in "|could not be)'
_FILE: Final = (
    r'^(?:[a-z_]+\(\) )?"(?P<file>[^"]{1,4096})"(?: (?:is not found|is forbidden|failed))'
    r"(?: \([0-9]+: (?P<error>[^)]*)\))?"
)
_REASON: Final = "no line of nginx's error log: expected `YYYY/MM/DD HH:MM:SS [level] pid#tid: message`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read error lines; rows are indices into ``text``."""

    def read(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        ts = timestamps.any_time(pc.replace_substring(found.pop("time"), "/", "-"), context.timezone)
        return with_rules(_part(*timed(rows, ts, found), context))

    return by_pattern(text, [(_LINE, read)], _REASON)


def _part(rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array], context: ParseContext) -> Part:
    message = found["message"]
    values = extract(message, _CLIENT) | {"client_list": _said_twice(message)}
    for place, name in enumerate(_QUOTED):
        after = "|".join(_QUOTED[place + 1 :])
        end = rf'"(?:, (?:{after}): "|$)' if after else r'"$'
        values |= extract(message, rf'(?s), {name}: "(?P<{name}>.*?){end}')
    request, told = requests(values["request"]), extract(message, _USER) | extract(message, _FILE)
    login = extract(message, _LOGIN)["login"]
    one = pc.if_else(values["client_list"].is_valid(), pa.scalar(None, pa.string()), values["client"])
    core = {
        "message": message,
        "process_pid": found["pid"],
        "source_address": one,
        "source_ip": one,
        "user_name": pc.coalesce(told["user"], login),
        "event_outcome": pc.if_else(told["user"].is_valid(), "failure", pa.scalar(None, pa.string())),
        "event_reason": pc.coalesce(told["error"], pc.utf8_rtrim(told["reason"], ' "')),
        "file_path": told["file"],
        "http_request_method": request["method"],
        "http_version": request["version"],
        "http_request_referrer": values["referrer"],
        "url_original": request["url"],
        "url_domain": bare_host(values["host"]),
    }
    fields = {name: found[name] for name in ("level", "tid", "cid")}
    fields |= {name: values[name] for name in ("server", "request", "subrequest", "upstream", "host")}
    several = values["client_list"]
    if several.null_count < len(several):
        fields["clients"] = several
    return web_part(rows, ts, fields, core, context)


def _said_twice(message: pa.Array) -> pa.Array:
    """Give the clients of messages that name different ones: the attacker wrote all but one of them."""
    twice = pc.greater(pc.count_substring(message, ", client: "), 1)
    if not pc.any(twice).as_py():
        return pa.nulls(len(message), pa.list_(pa.string()))
    texts = pc.if_else(twice, message, pa.scalar(None, pa.string())).to_pylist()
    found = [None if text is None else list(dict.fromkeys(_CLIENTS.findall(text))) for text in texts]
    return pa.array([one if one and len(one) > 1 else None for one in found], pa.list_(pa.string()))
