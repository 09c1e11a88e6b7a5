"""Reads an expression over the rules of a correlation, such as ``recon and not (login or logout)``."""

from __future__ import annotations

import re
from typing import Final

from warroom.catalog.values import meant
from warroom.detect.heading import RefusedError, shown
from warroom.detect.rules import Expression, Joined

_WORD: Final = re.compile(r"[()]|[^\s()]+")
_OPERATORS: Final = ("and", "or", "not", "(", ")")
_MAX_DEPTH: Final = 50
_MAX_WORDS: Final = 1000


def read_expression(text: str, rules: tuple[str, ...], path: tuple[str, ...]) -> tuple[Expression, tuple[str, ...]]:
    """Read an expression; of several operators ``not`` binds most and ``or`` least.

    Args:
        text: as written.
        rules: the correlation's rules, each of which must occur; none: those that occur, in this order.
        path: where the expression stands.

    Returns:
        The expression, with places in the rules, and these.

    Raises:
        RefusedError: it is not well formed, or its rules are not those of the correlation.
    """
    words = _WORD.findall(text)
    if len(words) > _MAX_WORDS:
        raise RefusedError(f"the condition has more than {_MAX_WORDS} words", *path)
    named = tuple(dict.fromkeys(word for word in words if word not in _OPERATORS))
    for name in named:
        if rules and name not in rules:
            raise RefusedError(
                f"`{shown(name)}` in the condition is not among the rules{meant(name[:40], rules)}", *path
            )
    for rule in rules:
        if rule not in named:
            raise RefusedError(f"the rule `{shown(rule)}` is not in the condition", *path)
    reader = _Reader(words, {name: place for place, name in enumerate(rules or named)}, path)
    return reader.whole(), rules or named


class _Reader:
    """Goes through the words of one expression once."""

    def __init__(self, words: list[str], places: dict[str, int], path: tuple[str, ...]) -> None:
        self._words = words
        self._places = places
        self._path = path
        self._at = 0

    def whole(self) -> Expression:
        found = self._joined("or", 0)
        if self._at < len(self._words):
            raise RefusedError(f"`and` or `or` is missing before `{shown(self._words[self._at])}`", *self._path)
        return found

    def _joined(self, operator: str, depth: int) -> Expression:
        if depth > _MAX_DEPTH:
            raise RefusedError(f"the condition is nested deeper than {_MAX_DEPTH} levels", *self._path)
        parts = [self._part(operator, depth)]
        while self._words[self._at : self._at + 1] == [operator]:
            self._at += 1
            parts.append(self._part(operator, depth))
        return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts))

    def _part(self, operator: str, depth: int) -> Expression:
        return self._joined("and", depth) if operator == "or" else self._single(depth)

    def _single(self, depth: int) -> Expression:
        if depth > _MAX_DEPTH:
            raise RefusedError(f"the condition is nested deeper than {_MAX_DEPTH} levels", *self._path)
        word = self._words[self._at] if self._at < len(self._words) else "its end"
        self._at += 1
        if word == "not":
            return Joined("not", (self._single(depth + 1),))
        if word == "(":
            found = self._joined("or", depth + 1)
            if self._words[self._at : self._at + 1] != [")"]:
                raise RefusedError("a bracket of the condition is not closed", *self._path)
            self._at += 1
            return found
        if word not in self._places:
            raise RefusedError(f"the condition names no rule before `{shown(word)}`", *self._path)
        return self._places[word]
