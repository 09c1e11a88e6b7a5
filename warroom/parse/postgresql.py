r"""PostgreSQL's log as it writes it to stderr (9.0 to 17), with any usual ``log_line_prefix``.

A line is the prefix, a severity, a colon and two blanks, and the message; further lines of a message begin with a tab.
The prefix is free text with escapes, so its parts are known by their looks: the time (%t, %m, %n), ``[pid]`` or
``[pid-line]``, ``user@database``, ``name=value``, ``address`` or ``address(port)``, a session id (%c). Where a feed's
``log_format`` gives the prefix as the server has it, it is read exactly. Fields have the names of its JSON log.
https://www.postgresql.org/docs/17/runtime-config-logging.html
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from warroom.parse.address import address
from warroom.parse.each import Found, instant, read_each
from warroom.parse.postgresql_messages import completed

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_SEVERITIES: Final = (
    r"(?P<error_severity>DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|"
    r"DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE)"
)
#: What the time is made of.
TIMES: Final = ("day", "clock", "zone", "epoch", "millis")
#: Longest prefix that is looked through.
_PREFIX: Final = 1024
_SEVERITY: Final = re.compile(_SEVERITIES + r":  ")
_TIME: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)"
    r"(?: (?P<zone>[A-Z]{1,5}|[+-][0-9]{2}(?::?[0-9]{2})?)(?![A-Za-z0-9@]))?"
)
_EPOCH: Final = re.compile(r"(?<![0-9.])(?P<epoch>[0-9]{10})\.(?P<millis>[0-9]{3})(?![0-9.])")
_STATE: Final = re.compile(r"(?P<state_code>(?=[A-Z]{0,2}[0-9])[0-9A-Z]{5}): ")
_BRACKETS: Final = re.compile(r"\[([0-9]{1,9})(?:-([0-9]{1,9}))?\]")
_PAIR: Final = re.compile(
    r"(?<![A-Za-z_])(user|db|database|app|application|client|host|pid|line|session)=([^ ,]{0,255})"
)
_ACCOUNT: Final = re.compile(r"(?<![^ :,\]>])([^ :,@\[\]]{1,63}|\[unknown\])@([^ :,@\[\]]{0,63}|\[unknown\])(?![^ :,])")
_PEER: Final = re.compile(r"(?<![^ :,=])([0-9a-fA-F:.]{3,45}|\[local\])(?:\(([0-9]{1,5})\))?(?![^ :,])")
_SESSION: Final = re.compile(r"(?<![0-9a-f.])([0-9a-f]{6,16}\.[0-9a-f]{1,8})(?![0-9a-f.])")
_NAMES: Final = {
    "user": "user", "db": "dbname", "database": "dbname", "app": "application_name", "application": "application_name",
    "client": "address", "host": "address", "pid": "process_pid", "line": "line_num", "session": "session_id",
}  # fmt: skip

#: What each escape of ``log_line_prefix`` stands for.
_ESCAPES: Final = {
    "t": _TIME.pattern, "m": _TIME.pattern, "n": r"(?P<epoch>[0-9]{10})\.(?P<millis>[0-9]{3})",
    "a": r"(?P<application_name>.{0,64}?)", "u": r"(?P<user>.{0,64}?)", "d": r"(?P<dbname>.{0,64}?)",
    "r": r"(?:(?P<address>[^ (]{0,255})(?:\((?P<port>[0-9]{1,5})\))?)", "h": r"(?P<address>[^ ]{0,255}?)",
    "L": r"(?P<local_address>[^ ]{0,255}?)", "b": r"(?P<backend_type>.{0,64}?)", "p": r"(?P<process_pid>[0-9]{1,9})",
    "P": r"(?P<leader_pid>[0-9]{0,9})", "i": r"(?P<ps>.{0,64}?)", "e": r"(?P<state_code>[0-9A-Z]{5})",
    "c": r"(?P<session_id>[0-9a-f]{1,16}\.[0-9a-f]{1,8})", "l": r"(?P<line_num>[0-9]{1,18})",
    "s": r"(?P<session_start>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} [^ ]{1,6})",
    "v": r"(?P<vxid>[0-9]{0,9}(?:/[0-9]{1,18})?)",
    "x": r"(?P<txid>[0-9]{1,18})", "Q": r"(?P<query_id>-?[0-9]{1,20})", "%": "%",
}  # fmt: skip
_ESCAPE: Final = re.compile(r"%-?[0-9]{0,3}([a-zA-Z%])")


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    exact = prefix_pattern(context.options.log_format) if context.options.log_format else None
    return read_each(text, lambda record: _record(record, exact, context))


def _record(record: str, exact: re.Pattern[str] | None, context: ParseContext) -> Found:
    if record.startswith("\t"):
        return "a continued line without the message before it"
    said = parts_of(record, exact)
    if said is None:
        return "no PostgreSQL line: expected a prefix with the time, and `LOG:  ` or another severity"
    time = _time(said, context)
    if time is None:
        return "no time in the prefix: log_line_prefix needs %m, %t or %n"
    return time, completed({name: value for name, value in said.items() if name not in TIMES})


def parts_of(record: str, exact: re.Pattern[str] | None = None) -> dict[str, str | None] | None:
    """Give the parts of a prefix, the severity and the message; None where there is no severity."""
    head = exact.match(record) if exact is not None else None
    severity = _SEVERITY.search(record, 0, _PREFIX) if head is None else None
    said: dict[str, str | None]
    if head is not None:
        said, rest = head.groupdict(), record[head.end() :]
    elif severity is not None:
        said = {**_prefix(record[: severity.start()]), "error_severity": severity["error_severity"]}
        rest = record[severity.end() :]
    else:
        return None
    if state := _STATE.match(rest):  # log_error_verbosity = verbose
        said["state_code"], rest = state["state_code"], rest[state.end() :]
    if said.get("address") == "[local]":
        said["address"], said["remote_host"] = None, "[local]"
    return said | {"message": rest.replace("\n\t", "\n")}


def _time(said: dict[str, str | None], context: ParseContext) -> datetime | None:
    if epoch := said.get("epoch"):
        return datetime.fromtimestamp(int(epoch), UTC) + timedelta(milliseconds=int(said.get("millis") or 0))
    day, clock = said.get("day"), said.get("clock")
    return instant(day, clock, said.get("zone"), context.timezone) if day and clock else None


def _prefix(prefix: str) -> dict[str, str | None]:
    """Read a prefix by the looks of its parts."""
    time = _TIME.search(prefix) or _EPOCH.search(prefix)
    if time is None:
        return {}
    rest = prefix[: time.start()] + " " + prefix[time.end() :]
    said: dict[str, str | None] = time.groupdict() | _numbers(rest)
    for name, value in _PAIR.findall(rest):
        said.setdefault(_NAMES[name], value)
    rest = _PAIR.sub(" ", rest)
    if account := _ACCOUNT.search(rest):
        said = {"user": account[1], "dbname": account[2]} | said
        rest = rest[: account.start()] + " " + rest[account.end() :]
    if session := _SESSION.search(rest):
        said["session_id"] = session[1]
        rest = rest[: session.start()] + " " + rest[session.end() :]
    return said | _peer(rest, said.get("address"))


def _numbers(prefix: str) -> dict[str, str | None]:
    """Read ``[pid]``, ``[pid-line]``, and ``[line-1]`` where the process stands by itself."""
    said: dict[str, str | None] = {}
    brackets = _BRACKETS.findall(prefix)
    for number, line in brackets:
        if "process_pid" not in said and (not line or len(brackets) == 1):
            said["process_pid"] = number
            if line:
                said["line_num"] = line
        elif line:
            said["line_num"] = number
    return said


def _peer(prefix: str, client: str | None) -> dict[str, str | None]:
    """Read an address, or address and port (%r); ``client`` is what ``client=`` or ``host=`` said."""
    if client is not None:
        host, _, port = client.partition("(")
        return {"address": host, "port": port.rstrip(")") or None}
    for found, port in _PEER.findall(prefix):
        for peer in (found, found.strip(":")):  # colons may stand between the parts of a prefix
            if peer == "[local]" or address(peer):
                return {"address": peer, "port": port or None}
    return {}


@functools.lru_cache(maxsize=64)
def prefix_pattern(log_line_prefix: str) -> re.Pattern[str]:
    """Make the pattern of a prefix as a server's ``log_line_prefix`` gives it, with the severity behind it.

    Of an escape that stands in it twice the first counts; after ``%q`` everything may be missing, as it is for
    background processes.
    """
    before, _, after = log_line_prefix.partition("%q")
    seen: set[str] = set()
    pattern = _compiled(before, seen)
    if after:
        pattern += f"(?:{_compiled(after, seen)})?"
    return re.compile(pattern + _SEVERITIES + r":  ?")


def _compiled(prefix: str, seen: set[str]) -> str:
    pieces: list[str] = []
    at = 0
    for escape in _ESCAPE.finditer(prefix):
        pieces.append(re.escape(prefix[at : escape.start()]))
        piece = _ESCAPES.get(escape[1], "")
        names = set(re.findall(r"\(\?P<([a-z_]+)>", piece))
        pieces.append(re.sub(r"\(\?P<[a-z_]+>", "(?:", piece) if names & seen else piece)
        seen |= names
        at = escape.end()
    return "".join(pieces) + re.escape(prefix[at:])
