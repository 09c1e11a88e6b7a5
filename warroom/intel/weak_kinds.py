"""The canonical spellings of what is kept and searched, but never compared with events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from warroom.indicators import Kind
from warroom.intel.plain import HEX_DIGITS

_DIGITS: Final = frozenset(HEX_DIGITS.values())
_HIGHEST_ASN: Final = (1 << 32) - 1
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SSDEEP: Final = re.compile(r"[0-9]{1,10}:[A-Za-z0-9/+]*:[A-Za-z0-9/+]*")
_TLSH: Final = re.compile(r"(?:T1)?[0-9A-F]{70}")
_ASN: Final = re.compile(r"(?:AS[N ]?\s?)?([0-9]{1,10})", re.IGNORECASE)
_MAC: Final = re.compile(r"[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")
_COIN: Final = re.compile(r"(?:[A-Za-z]{2,20}:)?[A-Za-z0-9]{14,128}")
_PHONE: Final = re.compile(r"\+?[0-9](?:[ ().-]{0,2}[0-9]){2,19}")


class NotThatError(ValueError):
    """A value is not of the kind it is said to be, or of no kind at all; the message says why, for people."""


def _hex32(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _HEX.fullmatch(value) or len(value) != HEX_DIGITS[Kind.MD5]:
        raise NotThatError(f"not {kind}: that has 32 digits of 0 to 9 and a to f")
    return kind, value.lower()


def _ssdeep(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _SSDEEP.fullmatch(value):
        raise NotThatError("not ssdeep: that is a size and two strings, parted by colons")
    return kind, value


def _tlsh(kind: Kind, value: str) -> tuple[Kind, str]:
    value = value.upper()
    if not _TLSH.fullmatch(value):
        raise NotThatError("not tlsh: that has 70 digits of 0 to 9 and A to F")
    return kind, value


def _certificate(kind: Kind, value: str) -> tuple[Kind, str]:
    value = value.replace(":", "").replace(" ", "").lower()
    if not _HEX.fullmatch(value) or len(value) not in _DIGITS:
        raise NotThatError("not the fingerprint of a certificate: it is a hash")
    return kind, value


def _asn(kind: Kind, value: str) -> tuple[Kind, str]:
    found = _ASN.fullmatch(value)
    if found is None or int(found[1]) > _HIGHEST_ASN:
        raise NotThatError("not the number of a network: it is written AS64496")
    return kind, f"AS{int(found[1])}"


def _mac(kind: Kind, value: str) -> tuple[Kind, str]:
    value = value.lower()
    if not _MAC.fullmatch(value):
        raise NotThatError("not a hardware address: it has 12 digits of 0 to 9 and a to f")
    digits = re.sub(r"[:.-]", "", value)
    return kind, ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _coin(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _COIN.fullmatch(value):
        raise NotThatError("not an address of a coin: 14 to 128 letters and digits")
    return kind, value


def _phone(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _PHONE.fullmatch(value):
        raise NotThatError("not a telephone number: 3 to 20 digits")
    return kind, re.sub(r"[^0-9+]", "", value)


#: Kind → what gives its canonical spelling; raises NotThatError.
WEAK: Final[Mapping[Kind, Callable[[Kind, str], tuple[Kind, str]]]] = {
    **dict.fromkeys((Kind.IMPHASH, Kind.JA3), _hex32),
    Kind.SSDEEP: _ssdeep,
    Kind.TLSH: _tlsh,
    Kind.CERTIFICATE: _certificate,
    Kind.ASN: _asn,
    Kind.MAC: _mac,
    Kind.COIN_ADDRESS: _coin,
    Kind.PHONE: _phone,
}
