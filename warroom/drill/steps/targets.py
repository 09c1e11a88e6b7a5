"""Request targets as clients send them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

#: What clients leave as it is; `%` too: a target may hold what its sender encoded already.
_SAFE: Final = "%/?&=:;,+@!$*'()[]{}|<>^`~#\\\"-._"


def percent_encoded(target: str) -> str:
    """Encode what cannot stand in a request line: blanks, controls and everything beyond ASCII."""
    return quote(target, safe=_SAFE)
