"""Random tokens, of which the store only ever sees the SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
#: The longest text that is looked at as a token: what we make has 43 characters.
_LONGEST: Final = 64


def new_token() -> str:
    """Give 256 random bits in URL-safe text."""
    return secrets.token_urlsafe(_BYTES)


def fingerprint(token: str) -> bytes:
    """Give the SHA-256 under which the store knows a token.

    No salt and no slow hash: the tokens have 256 random bits, there is nothing to guess.
    """
    return hashlib.sha256(token[:_LONGEST].encode("utf-8", "surrogatepass")).digest()
