"""What a rule asks of one value: the leaves of every condition, each with its plain, obvious meaning.

An atom tests the text of a value (numbers arrive as text too); ``holds`` is its definition. The search for literals
and the regular-expression engine find the same answers faster for many atoms at once.
"""

from __future__ import annotations

import functools
import ipaddress
import operator
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from warroom.detect.folding import fold


class Wild(Enum):
    """A wildcard between the literal pieces of a text pattern."""

    MANY = "*"
    ONE = "?"


#: A pattern: literal text and wildcards in order, never two literals side by side.
Pieces = tuple[str | Wild, ...]

#: Characters of a value that Python's engine looks at: its work may grow with their square (``expressions``).
REACH: Final = 4096

#: Texts of each of two lists that are compared each with each.
_COMPARED: Final = 1000

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
#: An expression that says itself that it looks at lines.
_MANY_LINES: Final = re.compile(r"\(\?[a-zA-Z]*m")
#: The ``^`` of an expression; what is escaped, a comment or a class is found whole, and so is no ``^`` within it.
_CARETS: Final = re.compile(r"\\.|\(\?#[^)]*\)|\[\^?\]?(?:\\.|[^\]\\])*\]|\^", re.DOTALL)
COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Text:
    """The whole value equals a pattern with wildcards; without ``cased``, letters' case does not count."""

    pieces: Pieces
    cased: bool = False

    def holds(self, value: str) -> bool:
        """Say whether the value matches."""
        return wild_match(self.pieces, value, cased=self.cased)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression is found in the value (PCRE's common part); ``flags`` of ``i``, ``m``, ``s``."""

    pattern: str
    flags: str = ""

    def holds(self, value: str) -> bool:
        """Say whether the expression is found."""
        return compiled(self.pattern, self.flags).search(value) is not None


@dataclass(frozen=True, slots=True)
class Network:
    """The value is an address inside a network, IPv4 or IPv6; IPv4 written as ``::ffff:a.b.c.d`` counts as both."""

    cidr: str

    def holds(self, value: str) -> bool:
        """Say whether the address lies inside."""
        inside = network(self.cidr)
        return any(address.version == inside.version and address in inside for address in _addresses(value))


@dataclass(frozen=True, slots=True)
class Number:
    """The value is this number, however it is written."""

    number: int | float

    def holds(self, value: str) -> bool:
        """Say whether the value is the number."""
        return number_of(value) == self.number


@dataclass(frozen=True, slots=True)
class Compare:
    """The value is a number and ``lt``, ``lte``, ``gt`` or ``gte`` the rule's; text that is no number never is."""

    comparison: str
    number: int | float

    def holds(self, value: str) -> bool:
        """Say whether the comparison is true."""
        found = number_of(value)
        return found is not None and COMPARISONS[self.comparison](found, self.number)


@dataclass(frozen=True, slots=True)
class TimePart:
    """A part of an ISO 8601 time as written, zones left alone: minute, hour, day, week, month or year.

    ``comparison`` is ``eq``, ``lt``, ``lte``, ``gt`` or ``gte``.
    """

    unit: str
    number: int
    comparison: str = "eq"

    def holds(self, value: str) -> bool:
        """Say whether the value is a time with that part."""
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            return False
        part = when.isocalendar().week if self.unit == "week" else getattr(when, self.unit)
        return COMPARISONS[self.comparison](part, self.number)


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there, whatever its value."""

    def holds(self, value: str) -> bool:  # noqa: ARG002  the value does not matter
        """Any value is there."""
        return True


@dataclass(frozen=True, slots=True)
class Null:
    """The field is absent or null; an empty text is not null."""

    def holds(self, value: str) -> bool:  # noqa: ARG002  the value does not matter
        """No value is null."""
        return False


@dataclass(frozen=True, slots=True)
class Reference:
    """The value equals, begins with, ends with or contains the value of another field of the event, caselessly.

    Not a test of one value: the matcher compares the two columns by ``related``.
    """

    field: str
    starts: bool = False
    ends: bool = False

    def holds(self, value: str) -> bool:  # noqa: ARG002  needs the other field
        """Never by one value alone."""
        return False

    def related(self, values: Iterable[str], others: Iterable[str]) -> bool:
        """Say whether some value stands in this relation to some other; each is folded once.

        Of long lists, ``contains`` compares the first ``_COMPARED`` texts: it has no quick way.
        """
        left, right = [fold(value) for value in values], [fold(other) for other in others]
        if self.starts and self.ends:
            several = dict.fromkeys(right[:_COMPARED])
            return any(other in value for value in dict.fromkeys(left[:_COMPARED]) for other in several)
        known = frozenset(right)
        if self.starts:
            lengths = {len(other) for other in known}
            return any(value[:length] in known for value in left for length in lengths if length <= len(value))
        if self.ends:
            lengths = {len(other) for other in known}
            return any(value[len(value) - n :] in known for value in left for n in lengths if n <= len(value))
        return not known.isdisjoint(left)


Atom = Text | Regex | Network | Number | Compare | TimePart | Exists | Null | Reference


def wild_match(pieces: Pieces, value: str, *, cased: bool) -> bool:
    """Match a whole value: the parts between ``*`` are found from the left, so the cost stays linear."""
    if not cased:
        value = fold(value)
    first, *later = _parts(pieces, cased)
    if not later:
        return first.fullmatch(value) is not None
    found = first.match(value)
    if found is None:
        return False
    at = found.end()
    *middle, last = later
    for part in middle:
        found = part.search(value, at)
        if found is None:
            return False
        at = found.end()
    length = sum(len(piece) if isinstance(piece, str) else 1 for piece in _tail(pieces))
    start = len(value) - length
    return start >= at and last.match(value, start) is not None


def number_of(value: str) -> int | float | None:
    """Read a decimal number, or None; hexadecimal and words are text."""
    text = value.strip(" ")
    if _NUMBER.fullmatch(text) is None:
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str, flags: str) -> re.Pattern[str]:
    """Compile with Python's engine, to mean what PCRE means; raises re.error where the pattern is not valid."""
    if "m" in flags or _MANY_LINES.search(pattern):
        # Python's `^` also stands behind the line feed that ends a text, PCRE's (and Hyperscan's) does not
        pattern = _CARETS.sub(lambda found: r"(?:\A|^(?!\Z))" if found[0] == "^" else found[0], pattern)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rule's author sees no warnings; what is not valid is an error
        return re.compile(f"(?{flags}){pattern}" if flags else pattern)


def _tail(pieces: Pieces) -> Pieces:
    cut = len(pieces) - pieces[::-1].index(Wild.MANY)
    return pieces[cut:]


@functools.lru_cache(maxsize=8192)
def _parts(pieces: Pieces, cased: bool) -> tuple[re.Pattern[str], ...]:  # noqa: FBT001  a cache key
    """Compile what stands between the ``*``: literals and single characters only, nothing to go back over."""
    texts = [""]
    for piece in pieces:
        if piece is Wild.MANY:
            texts.append("")
        elif piece is Wild.ONE:
            texts[-1] += "."
        else:
            texts[-1] += re.escape(str(piece) if cased else fold(str(piece)))
    return tuple(re.compile(text, re.DOTALL) for text in texts)


@functools.lru_cache(maxsize=4096)
def network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read the network of a rule; bits behind its length do not count."""
    return ipaddress.ip_network(cidr, strict=False)


def _addresses(value: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]:
    return _parsed(value) if len(value) <= 64 else ()  # noqa: PLR2004  longer than any address with a zone


@functools.lru_cache(maxsize=1024)  # many networks are asked for one address, one after the other
def _parsed(value: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return ()
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address, address.ipv4_mapped
    return (address,)
