"""Folds case the way rules compare text: Unicode simple case folding, one character to one character.

``str.casefold`` lengthens some characters (ß → ss), and the folding of Arrow and of Hyperscan differs from
Python's, so patterns and values must go through this one function. It keeps the length and looks at each
character alone: a fold of two joined texts is the two folds joined, and ``?`` stays one character.
"""

from __future__ import annotations

import functools
import re


def fold(text: str) -> str:
    """Fold case; the result has as many characters as ``text``."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    pieces = _lengthening().split(text)
    pieces[::2] = [piece.casefold() for piece in pieces[::2]]
    pieces[1::2] = [_simple(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def _simple(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


@functools.cache
def _lengthening() -> re.Pattern[str]:
    """Match a character whose full case folding is longer; none lies beyond the first plane."""
    found = (character for code in range(0x80, 0x10000) if len((character := chr(code)).casefold()) > 1)
    return re.compile(f"([{''.join(found)}])")
