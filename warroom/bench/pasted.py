"""Pasted log lines made fit for samples: without personal data, with `$time` where their time stood."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from warroom.detect.sample_files import Source, time_written
from warroom.errors import UsageError
from warroom.model import FIELDS
from warroom.parse import ParseContext, parse
from warroom.privacy import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Bounds of what is pasted.
MOST_LINES: Final = 50
LONGEST: Final = 16 << 10
#: How times are written; whichever the parser takes for the event's is the one.
_STAMPS: Final = tuple(
    re.compile(form)
    for form in (
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?",
        r"\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}",
        r"[A-Z][a-z]{2} [ 0-9]?\d \d\d:\d\d:\d\d(?:\.\d{1,6})?",
        r"\b1\d{9}(?:\.\d{1,6})?\b",
    )
)
_MOST_STAMPS: Final = 20
_PROBE: Final = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
#: Not what stands behind a slash as in `Chrome/142.0.0.0`.
_IPV4: Final = re.compile(r"(?<![\d.])(?<!\w/)\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:])")
_DOCUMENTATION: Final = (ipaddress.ip_network("203.0.113.0/24"), ipaddress.ip_network("2001:db8::/32"))
_NAMES: Final = 250


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a sample has it, whether its time was found, and its event: every field that it has, by name."""

    text: str
    timed: bool
    event: dict[str, Any]


def lines_of(pasted: str) -> list[str]:
    """Give the lines of what was pasted, without blank ones.

    Raises:
        UsageError: there is none, or more or longer ones than a sample needs.
    """
    lines = [line.rstrip("\r") for line in pasted.split("\n") if line.strip()]
    if not lines:
        raise UsageError("there is no line: paste the log lines that the detector is to find")
    if len(lines) > MOST_LINES:
        raise UsageError(f"{len(lines)} lines: paste at most {MOST_LINES}, those that tell the attack")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST:
            raise UsageError(f"line {number} has more than {LONGEST} characters: shorten it")
        if not all(char.isprintable() or char == "\t" for char in line):
            raise UsageError(f"line {number} has control characters: remove them")
    return lines


def sample_lines(lines: Iterable[str], source: Source) -> list[Line]:
    """Make lines fit for samples.

    Raises:
        UsageError: one does not parse; says which and why.
    """
    addresses = _Addresses()
    return [_line(number, addresses.replaced(mask(line)), source) for number, line in enumerate(lines, 1)]


def _line(number: int, text: str, source: Source) -> Line:
    found = _parsed(text, source)
    if isinstance(found, str):
        raise UsageError(f"line {number} does not parse as {source.format}: {found}")
    for begin, end in _stamps(text):
        timed = f"{text[:begin]}{time_written(source.format, _PROBE)}{text[end:]}"
        again = _parsed(timed, source)
        if not isinstance(again, str) and again["ts"] == _PROBE:
            return Line(f"{text[:begin]}$time{text[end:]}", timed=True, event=_told(found))
    return Line(text, timed=False, event=_told(found))


def _parsed(text: str, source: Source) -> dict[str, Any] | str:
    """Give a line's event, or why it is none."""
    context = ParseContext(source.format, source.timezone, _PROBE, source.mapping)
    parsed = parse(pa.array([text.encode()], pa.binary()), context)
    if parsed.rejects:
        return parsed.rejects[0].reason
    row: dict[str, Any] = parsed.events.to_pylist()[0]
    return row


def _told(event: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of an event that have a value: core columns, and the native ones below ``fields``."""
    return {name: value for name, value in event.items() if name != FIELDS and value is not None} | {
        FIELDS: {name: value for name, value in (event[FIELDS] or {}).items() if value is not None}
    }


def _stamps(text: str) -> Iterator[tuple[int, int]]:
    """Give the places that may be the line's time, the most usual notations first."""
    places = [match.span() for form in _STAMPS for match in form.finditer(text)]
    yield from places[:_MOST_STAMPS]


class _Addresses:
    """Puts addresses of documentation in the place of public ones, the same for the same."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def replaced(self, text: str) -> str:
        """Give a text without public addresses."""
        return _IPV6.sub(self._one, _IPV4.sub(self._one, text))

    def _one(self, match: re.Match[str]) -> str:
        text = match[0]
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text
        if not address.is_global or any(address in network for network in _DOCUMENTATION):
            return text
        number = len(self._given) % _NAMES + 1
        return self._given.setdefault(text, f"203.0.113.{number}" if address.version == 4 else f"2001:db8::{number:x}")  # noqa: PLR2004
