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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import hyperscan
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.atoms import REACH, Regex, compiled
from warroom.detect.prefilter import WORTH, texts_hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.shelf import Shelf

_FLAGS: Final = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
_ALWAYS: Final = hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_UTF8
#: For one value at a time, and for many with line feeds between them.
_EACH: Final = _ALWAYS | hyperscan.HS_FLAG_SINGLEMATCH
_TOGETHER: Final = _ALWAYS | hyperscan.HS_FLAG_MULTILINE
#: Where texts begin and end, whatever the flags.
_ENDS: Final = re.compile(r"\\[AzZG]")


class Regexes:
    """Compiled expressions; ``fallbacks`` are those that Python's engine decides."""

    def __init__(self, expressions: Sequence[Regex], shelf: Shelf | None = None) -> None:
        self._expressions = tuple(expressions)
        kept = _kept(self._expressions, shelf, _EACH)
        self._database = kept.database
        self._confirm = kept.confirm
        self._alone = kept.alone

    @property
    def fallbacks(self) -> tuple[Regex, ...]:
        """Expressions decided by Python's engine."""
        return tuple(self._expressions[place] for place in sorted({*self._alone, *self._confirm}))

    def found(self, value: str) -> list[int]:
        """Give the positions of the expressions found in a value, in no order."""
        places: list[int] = []
        if self._database is not None:
            self._database.scan(value.encode(), _note, context=places)
            if self._confirm:
                places = [place for place in places if place not in self._confirm or self._holds(place, value)]
        return places + [place for place in self._alone if self._holds(place, value)]

    def _holds(self, place: int, value: str) -> bool:
        expression = self._expressions[place]
        return compiled(expression.pattern, expression.flags).search(value, 0, REACH) is not None


class RegexPrefilter:
    """Says in which of many values some expression may be found: all are looked at together, a line feed apart.

    So an expression may be found across values; what is said is "perhaps", never "no" where one is found.
    """

    def __init__(self, expressions: Sequence[Regex], shelf: Shelf | None = None) -> None:
        self._database: hyperscan.Database | None = None
        if not any(_ENDS.search(one.pattern) for one in expressions):
            kept = _kept(tuple(expressions), shelf, _TOGETHER)
            self._database = None if kept.alone else kept.database

    def perhaps(self, texts: pa.Array) -> npt.NDArray[np.uint8] | None:
        """Give for each text 1 where an expression may be found; None where that would be no help."""
        if self._database is None or texts.nbytes < WORTH:
            return None
        lines = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.binary()).fill_null(b""))
        data = memoryview(pc.binary_join(lines, b"\n")[0].as_buffer())
        lengths = pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        return texts_hit(self._database, data, np.concatenate(([0], np.cumsum(lengths + 1))))


def _note(place: int, _start: int, _end: int, _flags: int, places: object) -> None:
    cast("list[int]", places).append(place)


@dataclass(frozen=True, slots=True)
class _Bank:
    """A database, which of its expressions are approximations, and which have not even that."""

    database: hyperscan.Database | None
    confirm: frozenset[int]
    alone: tuple[int, ...]


def _kept(expressions: tuple[Regex, ...], shelf: Shelf | None, always: int) -> _Bank:
    """Compile expressions, or take what is kept of them."""
    name = _name(expressions, always)
    kept = _read(shelf, name) if shelf else None
    if kept is None:
        kept = _compiled(expressions, always)
        if shelf:
            _write(shelf, name, kept)
    return kept


def _compiled(expressions: Sequence[Regex], always: int) -> _Bank:
    places = range(len(expressions))
    flags = [functools.reduce(operator.or_, (_FLAGS[letter] for letter in one.flags), always) for one in expressions]
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


def _name(expressions: Sequence[Regex], always: int) -> str:
    """Name a bank by its expressions, this library and this kind of processor."""
    known = [
        always,
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
