"""Names an identifier by a keyed hash, so that the same person is known again and nobody learns who it is."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

from warroom.privacy.kinds import Kind
from warroom.privacy.reading import Reading

#: 13 digits are soon tried out: the key is all that protects them.
SHORTEST_KEY: Final = 16
#: Crockford's: no letters that look like digits or like each other.
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS: Final = 5
#: Ten letters, 50 bits: of a million people two have the same tag once in two thousand installations.
_TAG_LENGTH: Final = 10
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")
_NOT_LETTER_OR_DIGIT: Final = re.compile(r"[^0-9A-Za-z]+")
_ABROAD: Final = re.compile(r"(?:00)?66(?=[0-9]{8})0?")
_SPACING: Final = re.compile(r"[\s+,.:]+")
_ABBREVIATED: Final = tuple(
    (re.compile(rf"(?<![ก-๎]){re.escape(short)}"), long)
    for short, long in (("ต.", "ตำบล"), ("อ.", "อำเภอ"), ("จ.", "จังหวัด"), ("ม.", "หมู่"), ("ซ.", "ซอย"), ("ถ.", "ถนน"))
)
_PUNYCODE: Final = "xn--"
_LONGEST_LABEL: Final = 63


def pseudonym(kind: Kind, value: str, key: bytes) -> str:
    """Give ``kind#tag``: the same for all spellings of a value, for the product's own logs.

    The tag is HMAC-SHA-256 (RFC 2104) of kind and normalised value, cut to 50 bits.

    Raises:
        ValueError: the key has fewer than ``SHORTEST_KEY`` bytes.
    """
    return f"{kind.value}#{tag(kind, value, key)}"


def tag(kind: Kind, value: str, key: bytes) -> str:
    """Give the ten letters that stand for a value; see `pseudonym`."""
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key has {len(key)} bytes, it needs at least {SHORTEST_KEY}")
    digest = hmac.digest(key, f"{kind.value}\0{normalised(kind, value)}".encode(errors="surrogatepass"), hashlib.sha256)
    number = int.from_bytes(digest[:8])
    return "".join(_LETTERS[(number >> (_BITS * place)) & 31] for place in range(_TAG_LENGTH))


def normalised(kind: Kind, value: str) -> str:
    """Give the one form that all spellings of a value have in common."""
    plain = Reading(value).text
    if kind is Kind.PHONE:
        return _ABROAD.sub("0", _NOT_DIGIT.sub("", plain), count=1) if _is_abroad(plain) else _NOT_DIGIT.sub("", plain)
    if kind in {Kind.CITIZEN_ID, Kind.ACCOUNT, Kind.CARD}:
        return _NOT_DIGIT.sub("", plain)
    if kind is Kind.PASSPORT:
        return _NOT_LETTER_OR_DIGIT.sub("", plain).upper()
    folded = unicodedata.normalize("NFKC", plain).casefold()
    if kind is Kind.EMAIL:
        local, _, domain = folded.rpartition("@")
        return f"{local}@{'.'.join(_label(label) for label in domain.split('.'))}"
    for short, long in _ABBREVIATED:
        folded = short.sub(long, folded)
    return unicodedata.normalize("NFKC", _SPACING.sub("", folded))


def _is_abroad(plain: str) -> bool:
    digits = _NOT_DIGIT.sub("", plain)
    return digits.startswith(("66", "0066"))


def _label(label: str) -> str:
    """Give a label of a domain as it is read: ``xn--`` is undone (RFC 3492)."""
    if not label.startswith(_PUNYCODE) or len(label) > _LONGEST_LABEL:
        return label
    try:
        return label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode").casefold()
    except UnicodeError:
        return label
