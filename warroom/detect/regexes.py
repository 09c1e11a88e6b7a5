r"""Finds many regular expressions in one value at once with Hyperscan, and by Python's engine what that refuses.

Both read the common part of PCRE; ``$`` also stands before a final line feed, in Hyperscan ``\w``, ``\d``
and ``\s`` are ASCII. Hyperscan's time is linear in the value; an expression that needs Python's engine
(look-around, back-references) runs only where Hyperscan's approximation of it is found. Compiled databases are
kept between starts: compiling takes seconds.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import operator
import platform
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import hyperscan

from warroom.detect.atoms import REACH, Regex, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from warroom.detect.shelf import Shelf

_FLAGS: Final = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
_ALWAYS: Final = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_UTF8


#: What asks for a long line alone: it takes Hyperscan a second to compile and Python no time to see.
_LONG_LINE: Final = re.compile(r"(?:\.|\(\.\))\{([0-9]{1,9}),?\}")


class Regexes:
    """Compiled expressions; ``fallbacks`` are those that Python's engine decides."""

    def __init__(self, expressions: Sequence[Regex], shelf: Shelf | None = None) -> None:
        lengths = [_LONG_LINE.fullmatch(one.pattern) if "s" not in one.flags else None for one in expressions]
        self._long = [(place, int(length[1])) for place, length in enumerate(lengths) if length]
        self._shortest = min((length for _, length in self._long), default=sys.maxsize)
        self._places = [place for place, length in enumerate(lengths) if not length]
        self._expressions = tuple(expressions[place] for place in self._places)
        kept = _kept(self._expressions, shelf)
        self._database = kept.database
        self._confirm = kept.confirm
        self._alone = kept.alone

    @property
    def fallbacks(self) -> tuple[Regex, ...]:
        """Expressions decided by Python's engine."""
        return tuple(self._expressions[number] for number in sorted({*self._alone, *self._confirm}))

    def found(self, values: Iterable[str]) -> Iterator[list[int]]:
        """Give for each value the positions of the expressions found in it, in no order."""
        scan = self._database.scan if self._database is not None else None
        places, alone, shortest = self._places, self._alone, self._shortest
        numbers: list[int] = []
        for value in values:
            if scan is not None:
                scan(value.encode(), _note, 0, numbers)  # by position: a third less a call
            if not numbers and not alone and len(value) < shortest:
                yield []  # most values by far
                continue
            if numbers and self._confirm:
                numbers = [n for n in numbers if n not in self._confirm or self._holds(n, value)]
            found = [places[n] for n in numbers]
            found += [places[n] for n in alone if self._holds(n, value)]
            if len(value) >= shortest:
                longest = max(map(len, value.split("\n")))
                found += [place for place, length in self._long if longest >= length]
            yield found
            numbers = []

    def _holds(self, number: int, value: str) -> bool:
        expression = self._expressions[number]
        return compiled(expression.pattern, expression.flags).search(value, 0, REACH) is not None


def _note(place: int, _start: int, _end: int, _flags: int, places: object) -> None:
    cast("list[int]", places).append(place)


@dataclass(frozen=True, slots=True)
class _Bank:
    """A database, which of its expressions are approximations, and which have not even that."""

    database: hyperscan.Database | None
    confirm: frozenset[int]
    alone: tuple[int, ...]


def _kept(expressions: tuple[Regex, ...], shelf: Shelf | None) -> _Bank:
    """Compile expressions, or take what is kept of them."""
    name = _name(expressions)
    kept = _read(shelf, name) if shelf else None
    if kept is None:
        kept = _compiled(expressions)
        if shelf:
            _write(shelf, name, kept)
    return kept


def _compiled(expressions: Sequence[Regex]) -> _Bank:
    if not expressions:
        return _Bank(None, frozenset(), ())
    places = range(len(expressions))
    flags = [functools.reduce(operator.or_, (_FLAGS[letter] for letter in one.flags), _ALWAYS) for one in expressions]
    try:
        return _Bank(_database(expressions, flags, places), frozenset(), ())
    except hyperscan.error:
        refused = _refused(expressions, flags, places)
    for place in refused:
        flags[place] |= hyperscan.HS_FLAG_PREFILTER
    alone = _refused(expressions, flags, refused)
    accepted = [place for place in places if place not in alone]
    return _Bank(
        _database(expressions, flags, accepted) if accepted else None,
        frozenset(refused) - frozenset(alone),
        tuple(alone),
    )


def _refused(expressions: Sequence[Regex], flags: Sequence[int], places: Sequence[int]) -> list[int]:
    """Find expressions that cannot be compiled by halves, for one compilation is slow."""
    if not places:
        return []
    try:
        _database(expressions, flags, places)
    except hyperscan.error:
        half = len(places) // 2
        if not half:
            return list(places)
        return [place for part in (places[:half], places[half:]) for place in _refused(expressions, flags, part)]
    return []


def _database(expressions: Sequence[Regex], flags: Sequence[int], places: Sequence[int]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=[expressions[place].pattern.encode() for place in places],
        ids=list(places),
        flags=[flags[place] for place in places],
    )
    return database


def _name(expressions: Sequence[Regex]) -> str:
    """Name a bank by its expressions, this library and this kind of processor."""
    known = [
        importlib.metadata.version("hyperscan"),
        platform.machine(),
        [(one.pattern, one.flags) for one in expressions],
    ]
    return f"expressions-{hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]}.hs"


def _read(shelf: Shelf, name: str) -> _Bank | None:
    body = shelf.read(name)
    if body is None:
        return None
    head, _, serialised = body.partition(b"\n")
    places = json.loads(head)
    database = None
    if serialised:
        try:
            database = hyperscan.loadb(serialised, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:  # made for another processor or another version of the library
            return None
    return _Bank(database, frozenset(places["confirm"]), tuple(places["alone"]))


def _write(shelf: Shelf, name: str, bank: _Bank) -> None:
    head = json.dumps({"confirm": sorted(bank.confirm), "alone": bank.alone}).encode()
    shelf.write(name, head + b"\n" + (hyperscan.dumpb(bank.database) if bank.database else b""))
