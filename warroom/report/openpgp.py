"""OpenPGP: what a public key says of itself, and encrypting to it; nobody's private key is ever here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pysequoia
from pysequoia.packet import PacketPile, SignatureType, Tag

from warroom.errors import UsageError
from warroom.store.database import from_us, to_us

#: A key with many signatures has some tens of kilobytes.
LONGEST: Final = 200_000
_PRIVATE: Final = "PRIVATE KEY BLOCK"
_PUBLIC: Final = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key; ``expires_at`` in microseconds, None: never. ``armoured`` holds nothing but its public part."""

    armoured: str
    fingerprint: str
    names: tuple[str, ...]
    expires_at: int | None
    revoked: bool

    def fault(self, now: int) -> str:
        """Say why it cannot be used now; empty where it can."""
        if self.revoked:
            return "it was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return f"it expired on {from_us(self.expires_at):%Y-%m-%d}"
        return ""


def read_key(text: str) -> Key:
    """Read an armoured public key.

    Raises:
        UsageError: it is none, it is several, it is too long, it is a private one, or it cannot encrypt.
    """
    cert = _cert(text)
    try:
        names = tuple(str(one) for one in cert.user_ids)
        return Key(str(cert), cert.fingerprint.upper(), names, _end(cert), cert.is_revoked)
    except (ValueError, RuntimeError) as problem:  # no signature of its own holds
        raise UsageError("this OpenPGP key is damaged or too old to be used: ask for a new one") from problem


def encrypt(data: bytes, text: str, now: int) -> bytes:
    """Encrypt to a public key, armoured.

    Raises:
        UsageError: the key is none, expired, revoked or has no part that encrypts; says which.
    """
    key = read_key(text)
    if fault := key.fault(now):
        raise UsageError(
            f"the OpenPGP key {key.fingerprint[-16:]} of this contact cannot be used: {fault}; ask for a new one"
        )
    return _encrypted(data, _cert(text), key.fingerprint)


def check_key(text: str, now: int) -> Key:
    """Give a key that could be encrypted to now. Raises UsageError as ``encrypt`` does."""
    encrypt(b"", text, now)
    return read_key(text)


def _cert(text: str) -> pysequoia.Cert:
    if len(text) > LONGEST:
        raise UsageError(f"an OpenPGP key has at most {LONGEST} characters")
    if _PRIVATE in text:
        raise UsageError(
            "this is a private key: it must not leave its owner; ask for the public one, and for a new pair"
        )
    if _PUBLIC not in text:
        raise UsageError(f"an OpenPGP key begins with {_PUBLIC}")
    try:
        found = pysequoia.Cert.split_bytes(text.encode("ascii"))
    except (ValueError, RuntimeError, UnicodeEncodeError) as problem:
        raise UsageError(
            "this is no OpenPGP public key: copy the whole block, with its first and last line"
        ) from problem
    if len(found) != 1:
        raise UsageError(f"give one OpenPGP key; here are {len(found)}")
    return found[0]


def _end(cert: pysequoia.Cert) -> int | None:
    """Give when the key ends: the whole of it, or the last of its parts that encrypt; None: never."""
    whole = None if cert.expiration is None else to_us(cert.expiration)
    parts = _parts(cert)
    if not parts or None in parts:
        return whole
    last = max(one for one in parts if one is not None)
    return last if whole is None else min(whole, last)


def _parts(cert: pysequoia.Cert) -> list[int | None]:
    """Give when each subkey that encrypts ends, by its newest binding: the library would encrypt to it still."""
    ends: dict[str, int | None] = {}
    newest: dict[str, int] = {}
    subkey = None
    for packet in PacketPile.from_bytes(bytes(cert)):
        if packet.tag == Tag.PublicSubkey:
            subkey = packet
        elif subkey is not None and packet.signature_type == SignatureType.SubkeyBinding:
            flags, made = packet.key_flags, packet.signature_created
            at = 0 if made is None else to_us(made)
            if flags is None or not (flags.storage_encryption or flags.transport_encryption):
                continue
            if at >= newest.get(subkey.fingerprint, 0):
                newest[subkey.fingerprint] = at
                valid = packet.key_validity_period
                ends[subkey.fingerprint] = None if valid is None else to_us(subkey.key_created + valid)
    return list(ends.values())


def _encrypted(data: bytes, cert: pysequoia.Cert, fingerprint: str) -> bytes:
    try:
        return bytes(pysequoia.encrypt(data, recipients=[cert]))
    except (ValueError, RuntimeError) as problem:
        raise UsageError(
            f"the OpenPGP key {fingerprint[-16:]} cannot encrypt: it has no usable part for that; ask for another one"
        ) from problem
