"""Reads a rule's condition: ``selection and not 1 of filter_*`` becomes a condition over its searches.

The grammar of the specification, from what binds least: ``or``, ``and``, ``not``, ``1 of``/``all of``, brackets.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Final

from warroom.catalog.values import meant
from warroom.detect.heading import RefusedError, shown
from warroom.detect.rules import Condition, Every, Negation, Some

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD: Final = re.compile(r"[()|]|[^\s()|]+")
_QUANTIFIERS: Final = ("1", "any", "all")
_MAX_DEPTH: Final = 100
#: Names that are compared with one that is not known, and its length.
_MAX_COMPARED: Final = 100
#: Values in a whole condition, counted wherever it names their search: SigmaHQ's largest rule has 1,300.
MAX_VALUES: Final = 200_000


def read_condition(
    text: str, searches: Mapping[str, Condition], sizes: Mapping[str, int], path: tuple[str | int, ...]
) -> Condition:
    """Read one condition.

    Args:
        text: as written.
        searches: what it may name.
        sizes: the number of values of each search.
        path: where the condition stands.

    Raises:
        RefusedError: it is not well formed, names what is not there, or would grow without bound.
    """
    reader = _Reader(text, searches, sizes, path)
    return reader.whole()


class _Reader:
    """Goes through the words of one condition once."""

    def __init__(
        self, text: str, searches: Mapping[str, Condition], sizes: Mapping[str, int], path: tuple[str | int, ...]
    ) -> None:
        self._words = _WORD.findall(text)
        self._searches = searches
        self._sizes = sizes
        self._path = path
        self._at = 0
        self._size = 0

    def whole(self) -> Condition:
        if "|" in self._words:
            raise self._refused(
                "counts behind `|` (the old pipe syntax) are no part of Sigma any more: write a correlation"
            )
        if not self._words:
            raise self._refused("`condition` is empty: name a search")
        condition = self._alternatives(0)
        if self._next() is not None:
            raise self._refused(f"`and` or `or` is missing before `{shown(self._next())}`")
        return condition

    def _alternatives(self, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise self._refused(f"nested deeper than {_MAX_DEPTH} levels")
        parts = [self._together(depth)]
        while self._next() == "or":
            self._at += 1
            parts.append(self._together(depth))
        return joined(parts, every=False)

    def _together(self, depth: int) -> Condition:
        parts = [self._single(depth)]
        while self._next() == "and":
            self._at += 1
            parts.append(self._single(depth))
        return joined(parts, every=True)

    def _single(self, depth: int) -> Condition:
        word = self._next()
        if depth > _MAX_DEPTH:
            raise self._refused(f"nested deeper than {_MAX_DEPTH} levels")
        if word is None or word in (")", "and", "or"):
            before = "end" if word is None else f"`{word}`"
            raise self._refused(f"a search is missing before the {before} of the condition")
        self._at += 1
        if word == "not":
            return Negation(self._single(depth + 1))
        if word == "(":
            inner = self._alternatives(depth + 1)
            if self._next() != ")":
                raise self._refused("a bracket is not closed")
            self._at += 1
            return inner
        if word in _QUANTIFIERS and self._next() == "of":
            self._at += 2
            return self._several(word, self._words[self._at - 1] if self._at <= len(self._words) else "")
        return self._named(word)

    def _several(self, quantifier: str, pattern: str) -> Condition:
        found = [name for name in self._searches if _is_meant(pattern, name)]
        if not found:
            known = ", ".join(self._searches)
            raise self._refused(f"`{quantifier} of {shown(pattern)}` refers to no search; there are: {shown(known)}")
        return joined([self._named(name) for name in found], every=quantifier == "all")

    def _named(self, name: str) -> Condition:
        if name not in self._searches:
            known = ["and", "or", "not", *self._searches][:_MAX_COMPARED]
            near = meant(name, known) if len(name) < _MAX_COMPARED else ""
            reason = f"the condition names `{shown(name)}`, which the detection does not define{near}"
            raise self._refused(reason)
        self._size += self._sizes[name]
        if self._size > MAX_VALUES:
            raise self._refused(f"the condition asks for more than {MAX_VALUES:,} values: split the rule")
        return self._searches[name]

    def _next(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _refused(self, reason: str) -> RefusedError:
        return RefusedError(reason, *self._path)


def joined(parts: list[Condition], *, every: bool) -> Condition:
    """Join conditions; one alone stays as it is."""
    if len(parts) == 1:
        return parts[0]
    return Every(tuple(parts)) if every else Some(tuple(parts))


def _is_meant(pattern: str, name: str) -> bool:
    """Say whether ``them`` or a pattern means a search; those that begin with ``_`` only if the pattern does."""
    if name.startswith("_") and not pattern.startswith("_"):
        return False
    return pattern == "them" or fnmatch.fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]"))
