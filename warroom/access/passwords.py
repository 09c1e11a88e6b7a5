"""Passwords: which are accepted, and how they are stored and checked (OWASP ASVS 4.0 V2.1 and V2.4)."""

from __future__ import annotations

import re
import threading
import unicodedata
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from warroom.errors import UsageError
from warroom.settings import REFERENCE

#: Length in characters; the upper bound keeps the work of a hash bounded, not the password short.
SHORTEST: Final = 12
LONGEST: Final = 256

#: Above OWASP's minimum for argon2id (19 MiB, 2 rounds): about 0.13 CPU-seconds.
_MEMORY_KIB: Final = 46 * 1024
_ROUNDS: Final = 2
#: Hashes computed at once: sign-in attempts must not take the machine's memory.
_AT_ONCE: Final = 2

_LIST: Final = REFERENCE / "common_passwords.txt"
_CONTEXT: Final = frozenset(
    {"warroom", "thailand", "dga", "ncsa", "thaicert", "tangrat", "thaid", "paotang", "ทางรัฐ", "เป๋าตัง", "ประเทศไทย"}
)
#: What has to be left of a password without the words that anybody would guess.
_OWN_PART: Final = 8
#: Runs of neighbouring keys and letters: Thai keyboards write the second half.
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "ๆไำพะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใฝ",
)
_SPELT: Final = str.maketrans("@4301!5$7+", "aaeoiisstt")


class PasswordFault(StrEnum):
    """Why a password is not accepted: screens say it in their own language."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    GUESSED = "guessed"
    NOT_NEW = "not_new"


_TOLD: Final = {
    PasswordFault.TOO_SHORT: f"a password has at least {SHORTEST} characters: three or four words will do",
    PasswordFault.TOO_LONG: f"a password has at most {LONGEST} characters",
    PasswordFault.UNPRINTABLE: "a password has no control characters",
    PasswordFault.GUESSED: "this password is among the first that attackers try: take words nobody connects with you",
    PasswordFault.NOT_NEW: "the new password is the old one",
}


class PasswordError(UsageError):
    """A new password is not accepted; ``fault`` says why."""

    def __init__(self, fault: PasswordFault) -> None:
        super().__init__(_TOLD[fault])
        self.fault = fault


class Hashing:
    """Argon2id with one set of parameters; a few hashes at a time."""

    def __init__(self, *, memory_kib: int = _MEMORY_KIB, rounds: int = _ROUNDS) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._few = threading.BoundedSemaphore(_AT_ONCE)
        # Checked where there is no account: an answer takes as long as for one that exists.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Give the hash to store, with salt and parameters in it."""
        with self._few:
            return self._hasher.hash(_as_bytes(password))

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password is the stored one; takes equally long where none is stored."""
        given = _as_bytes(password)
        with self._few:
            try:
                self._hasher.verify(stored or self._nobody, given)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash was made with other parameters: then it is made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(stored)


@cache
def strong() -> Hashing:
    """Give the hashing in use."""
    return Hashing()


def normal(password: str) -> str:
    """Give the password as it is hashed: NFKC, as NIST SP 800-63B 5.1.1.2 has it.

    Keyboards differ in what they send for the same typed text: SARA AM (U+0E33) comes as one sign from one and as two
    from another, and ü likewise. They are one password.
    """
    return unicodedata.normalize("NFKC", password)


def _as_bytes(password: str) -> bytes:
    """Give what is hashed; of a text too long to be a password nothing, so that it is no work."""
    text = normal(password) if len(password) <= LONGEST * 4 else ""
    return text.encode("utf-8", "surrogatepass")


def checked_password(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Give a new password as it will be hashed.

    No rules of composition: they make passwords harder to remember, not to guess.

    Args:
        password: as typed.
        about: what everybody knows of its owner, such as the account's name.

    Raises:
        PasswordError: too short, too long, or among the first that an attacker tries; says which.
    """
    given = normal(password)
    if len(given) < SHORTEST:
        raise PasswordError(PasswordFault.TOO_SHORT)
    if len(given) > LONGEST:
        raise PasswordError(PasswordFault.TOO_LONG)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in given):
        raise PasswordError(PasswordFault.UNPRINTABLE)
    if _is_guessed(given, about):
        raise PasswordError(PasswordFault.GUESSED)
    return given


def _is_guessed(password: str, about: tuple[str, ...]) -> bool:
    low = password.casefold()
    if _is_pattern(low):
        return True
    names = {word for name in about for word in re.split(r"[\s._@-]+", name.casefold()) if len(word) > 2}  # noqa: PLR2004
    # Most specific first: a name may contain a common word.
    words = sorted(names | _CONTEXT | _common(), key=len, reverse=True)
    # As written, and with the usual replacements undone: P@ssw0rd.
    for text in (low, low.translate(_SPELT)):
        rest = text
        for word in words:
            rest = rest.replace(word, " ")
        if rest == text:
            continue
        # Signs anywhere, and digits before and behind, are what everybody adds to a common word.
        own = "".join(character for character in rest if unicodedata.category(character)[0] in "LMN")
        if len(own.strip("0123456789")) < _OWN_PART:
            return True
    return False


def _is_pattern(text: str) -> bool:
    """Whether a password is one run or a short piece repeated: 123456789012, abababababab, qwertyuiop[]."""
    if len(set(text)) <= 4:  # noqa: PLR2004  fewer different signs than a PIN
        return True
    for size in range(1, len(text) // 2 + 1):
        if (text[:size] * (len(text) // size + 1))[: len(text)] == text:
            return True
    return any(_follows(text, run) or _follows(text, run[::-1]) for run in _RUNS)


def _follows(text: str, run: str) -> bool:
    """Whether nearly every sign of a text is followed by its neighbour in a run."""
    neighbours = {a + b for a, b in pairwise(run)}
    pairs = [text[place : place + 2] for place in range(len(text) - 1)]
    return sum(pair in neighbours for pair in pairs) >= 0.75 * len(pairs)


@cache
def _common() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
