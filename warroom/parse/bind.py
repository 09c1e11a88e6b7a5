"""BIND's own log files (channel ``file``): queries, security, transfers and the rest, with the parts that are printed.

``print-time`` writes ``28-Sep-2021 09:22:18.536``, ISO 8601 or ISO 8601 in UTC, ``print-category`` and
``print-severity`` what follows it. https://bind9.readthedocs.io/en/latest/reference.html#logging-block-grammar
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.dns_messages import facts
from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MONTHS: Final = {
    name: f"{number:02}"
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
_LINE: Final = re.compile(
    r"(?:(?:(?P<dom>[0-9]{1,2})-(?P<month>[A-Z][a-z]{2})-(?P<year>[0-9]{4}) |(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T)"
    r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})? )?"
    r"(?:(?P<category>[a-z][a-z0-9-]{1,31}): )?"
    r"(?:(?P<severity>critical|error|warning|notice|info|debug(?: [0-9]{1,3})?|dynamic): )?(?P<message>.*)",
    re.DOTALL,
)
_SIGNS: Final = re.compile(
    r"(?:client |zone |transfer of |named|rpz|resolver|general|managed-keys|listening on |command channel |"
    r"received |starting BIND|loading |reloading |using |automatic |all zones |running|stopping|shutting|sizing |"
    r"network unreachable|connection refused|lame|host unreachable|timed out|success resolving|[^ ]{1,64} resolving )"
)


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    return read_each(text, lambda line: _line(line, context))


def _line(line: str, context: ParseContext) -> Found:
    match = _LINE.fullmatch(line)
    if match is None:
        return "no BIND line: expected `28-Sep-2021 09:22:18.536 category: severity: message`"
    if not (match["severity"] or match["category"] or _SIGNS.match(match["message"])):
        return "no BIND line: neither a category, nor a severity, nor a message of BIND's"
    said = {name: match[name] for name in ("category", "severity", "message")} | dict(facts("named", match["message"]))
    if not match["clock"]:  # print-time no
        return (context.now, said) if "action" in said else "no BIND line: neither a time, nor a message of a client's"
    day = match["day"] or f"{match['year']}-{_MONTHS.get(match['month'], '')}-{match['dom']:0>2}"
    time = instant(day, match["clock"], match["zone"], context.timezone)
    if time is None:
        return "there is no such time"
    return time, said
