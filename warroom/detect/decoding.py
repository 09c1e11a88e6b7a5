"""Percent-decoding of web text, as a server would read it: at most two rounds, never longer than before."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, unquote_plus

#: Twice-encoded attacks are common (`%2527`); a third round has no reader behind it.
_ROUNDS: Final = 2


def readings(value: str) -> tuple[str, ...]:
    """Give the text as logged and each further reading: decoded once (``+`` is a blank), and once more."""
    if "%" not in value:
        return (value, value.replace("+", " ")) if "+" in value else (value,)
    found = [value]
    for number in range(_ROUNDS):
        decoded = (unquote if number else unquote_plus)(found[-1], errors="replace")
        if decoded == found[-1]:
            break
        found.append(decoded)
    return tuple(found)
