r"""Finds many regular expressions in one value at once with Hyperscan, and by Python's engine what that refuses.

Both read the common part of PCRE; ``$`` also stands before a final line feed, in Hyperscan ``\w``, ``\d``
and ``\s`` are ASCII. Hyperscan's time is linear in the value; an expression that needs Python's engine
(look-around, back-references) runs only where Hyperscan's approximation of it is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import hyperscan

from warroom.detect.atoms import Regex, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS: Final = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
_ALWAYS: Final = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_UTF8


class Regexes:
    """Compiled expressions; ``fallbacks`` are the positions of those that Python's engine decides."""

    def __init__(self, expressions: Sequence[Regex]) -> None:
        self._expressions = tuple(expressions)
        accepted: list[tuple[int, int]] = []
        self._alone: list[int] = []  # not even an approximation
        self._confirm: set[int] = set()
        for place, expression in enumerate(self._expressions):
            flags = _ALWAYS
            for letter in expression.flags:
                flags |= _FLAGS[letter]
            if _accepts(expression, flags):
                accepted.append((place, flags))
            elif _accepts(expression, flags | hyperscan.HS_FLAG_PREFILTER):
                accepted.append((place, flags | hyperscan.HS_FLAG_PREFILTER))
                self._confirm.add(place)
            else:
                self._alone.append(place)
        self._database = None
        if accepted:
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=[self._expressions[place].pattern.encode() for place, _ in accepted],
                ids=[place for place, _ in accepted],
                flags=[flags for _, flags in accepted],
            )

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
        return compiled(expression.pattern, expression.flags).search(value) is not None


def _note(place: int, _start: int, _end: int, _flags: int, places: object) -> None:
    cast("list[int]", places).append(place)


def _accepts(expression: Regex, flags: int) -> bool:
    try:
        hyperscan.Database().compile(expressions=[expression.pattern.encode()], ids=[0], flags=[flags])
    except hyperscan.error:
        return False
    return True
