"""The signing key and signed documents: one line of canonical JSON that carries its key's name and its signature.

Ed25519 (RFC 8032). The signature covers the document's kind and all of its values; a document that is not written
canonically is refused, so one byte more or less is found.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from warroom.errors import StoreError, UsageError
from warroom.store.canonical import Json, canonical, encoded

#: A document longer than this is not read: a day's list has a few thousand segments.
MOST_BYTES: Final = 64 << 20
_MOST_KEY: Final = 16 << 10
_PREFIX: Final = "warroom "


class UntrustedError(StoreError):
    """A document is not what its signature says."""


class Signer:
    """Signs documents with the key of a file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key()
        self.key_id = key_id(self.public_key)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the key of a file; makes one (mode 600) where there is none.

        Raises:
            UsageError: the file is not an Ed25519 key in PEM, or others may read it.
        """
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(f"{path}: others may read the signing key: `chmod 600` it")
        try:
            key = serialization.load_pem_private_key(_read(path), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise UsageError(f"{path}: no private key in PEM without a passphrase") from problem
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(f"{path}: the signing key must be an Ed25519 key")
        return cls(key)

    def public_pem(self) -> bytes:
        """The public key, by which anybody can check."""
        return self.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, kind: str, values: Mapping[str, Json]) -> str:
        """Give the document: ``values`` with ``kind``, ``key`` and ``signature``."""
        document = {**values, "kind": kind, "key": self.key_id}
        signature = base64.b64encode(self._key.sign(encoded(_PREFIX + kind, document))).decode()
        return canonical({**document, "signature": signature})


class Trusted:
    """The public keys whose signatures count, by their names."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {key_id(key): key for key in keys}

    @property
    def names(self) -> list[str]:
        """The names of the keys."""
        return sorted(self._keys)

    @classmethod
    def of(cls, signer: Signer) -> Self:
        """Trust the key of a signer."""
        return cls([signer.public_key])

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """Read public keys in PEM.

        Raises:
            UsageError: a file is no Ed25519 public key.
        """
        keys = []
        for path in paths:
            try:
                key = serialization.load_pem_public_key(_read(path))
            except (ValueError, UnsupportedAlgorithm) as problem:
                raise UsageError(f"{path}: no public key in PEM") from problem
            if not isinstance(key, Ed25519PublicKey):
                raise UsageError(f"{path}: not an Ed25519 public key")
            keys.append(key)
        return cls(keys)

    def opened(self, text: str) -> dict[str, Any]:
        """Give what a document says.

        Raises:
            UntrustedError: it was not signed so by a trusted key.
        """
        try:
            document = json.loads(text)
            if not isinstance(document, dict) or canonical(document) != text:
                raise UntrustedError("it is not a signed document")
            signature = base64.b64decode(document.pop("signature"), validate=True)
            kind, name = document["kind"], document["key"]
            if name not in self._keys:
                raise UntrustedError(f"it is signed by the key {str(name)[:16]}, which is not trusted")
            self._keys[name].verify(signature, encoded(_PREFIX + kind, document))
        except InvalidSignature as problem:
            raise UntrustedError("its signature is wrong") from problem
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as problem:
            raise UntrustedError("it is not a signed document") from problem
        return document


def key_id(key: Ed25519PublicKey) -> str:
    """Give a key's name: the first 16 digits of the SHA-256 of its 32 bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_KEY)


def _make(path: Path) -> None:
    """Make a key whose file is whole or not there at all."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - of a handle, whose mode was right from its first moment
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename it never puts a key in another one's place
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
