"""Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds, as every authenticator has them). Pure."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from hashlib import sha1
from typing import Final
from urllib.parse import quote

from warroom.store.database import to_us

STEP_SECONDS: Final = 30
DIGITS: Final = 6
#: Steps that a clock may be off, each way.
_DRIFT: Final = 1
_SEED_BYTES: Final = 20

#: Recovery codes given out at once, and their length in base32 letters (80 random bits).
RECOVERY_CODES: Final = 10
_RECOVERY_LETTERS: Final = 16
_GROUP: Final = 4


def new_seed() -> bytes:
    """Give a new seed: 160 random bits, the length of SHA-1 (RFC 4226, section 4)."""
    return secrets.token_bytes(_SEED_BYTES)


def step_at(now: datetime) -> int:
    """Give the number of the time step."""
    return to_us(now) // (STEP_SECONDS * 1_000_000)


def code_at(seed: bytes, step: int) -> str:
    """Give the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.new(seed, step.to_bytes(8, "big"), sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(seed: bytes, code: str, now: datetime, *, after: int | None) -> int | None:
    """Give the time step whose code this is; None where it is none, too old, too new or used.

    ``after`` is the newest step that was used: a code that somebody saw being typed opens nothing a second time
    (RFC 6238, section 5.2).
    """
    given = "".join(code.split())
    found = None
    for step in range(step_at(now) - _DRIFT, step_at(now) + _DRIFT + 1):
        # Every step is compared: the time taken does not tell which one was near.
        fits = hmac.compare_digest(code_at(seed, step).encode(), given.encode("utf-8", "surrogatepass"))
        if fits and (after is None or step > after):
            found = step
    return found


def enrolment_uri(seed: bytes, account: str, issuer: str = "War room") -> str:
    """Give the ``otpauth://`` address that an authenticator reads from a QR code."""
    label = quote(f"{issuer}:{account}", safe="")
    return (
        f"otpauth://totp/{label}?secret={seed_text(seed)}&issuer={quote(issuer)}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )


def seed_text(seed: bytes) -> str:
    """Give the seed in base32, for typing it in."""
    return base64.b32encode(seed).decode().rstrip("=")


def new_recovery_codes() -> list[str]:
    """Give the codes that stand in for a lost authenticator, such as ``K3QD-7YFA-…``; each works once."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str, key: bytes, account_id: int) -> bytes:
    """Give what is stored of a recovery code: keyed, and different for each account."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hmac.new(key, f"{account_id}:{plain}".encode("utf-8", "surrogatepass"), "sha256").digest()


def looks_like_recovery(code: str) -> bool:
    """Whether something typed as a code is meant as a recovery code."""
    return sum(character.isalnum() for character in code) == _RECOVERY_LETTERS


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_LETTERS * 5 // 8)).decode()
    return "-".join(letters[place : place + _GROUP] for place in range(0, _RECOVERY_LETTERS, _GROUP))
