"""The secret key: what is encrypted or keyed in the store is worth nothing without it.

From ``WARROOM_KEY``, or from the file ``secret.key`` in the state folder (mode 600), made on first use. Keys for each
purpose are derived from it (HKDF-SHA-256), so that no two uses share one. Ciphers come from ``cryptography``: the
standard library has none, and that package is kept by the Python Cryptographic Authority, on OpenSSL.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from warroom.errors import StoreError, UsageError

#: The variable; not one of the settings, because `./run settings` shows those.
VARIABLE: Final = "WARROOM_KEY"
KEY_FILE: Final = "secret.key"
_BYTES: Final = 32
_NONCE: Final = 12
#: First byte of what is sealed: by it a later cipher is told from this one.
_AES_GCM: Final = b"\x01"


class SecretKey:
    """The war room's key: seals small secrets and gives keys for other purposes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "SecretKey(…)"

    def derived(self, purpose: str) -> bytes:
        """Give the key (32 bytes) for a purpose, such as ``recovery codes``; the same at every start."""
        return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=f"warroom {purpose}".encode()).derive(self._key)

    def seal(self, secret: bytes, *, purpose: str, owner: str) -> bytes:
        """Encrypt a secret so that it opens for this purpose and this owner only (AES-256-GCM)."""
        nonce = secrets.token_bytes(_NONCE)
        return _AES_GCM + nonce + AESGCM(self.derived(purpose)).encrypt(nonce, secret, owner.encode())

    def opened(self, sealed: bytes, *, purpose: str, owner: str) -> bytes:
        """Decrypt what ``seal`` gave. Raises StoreError where it was changed, moved or sealed with another key."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        refusal = StoreError(
            f"a stored secret ({purpose}) does not open with this key: use the {VARIABLE} or {KEY_FILE} "
            "that this store was made with"
        )
        if sealed[:1] != _AES_GCM or len(nonce) != _NONCE:
            raise refusal
        try:
            return AESGCM(self.derived(purpose)).decrypt(nonce, body, owner.encode())
        except InvalidTag as problem:
            raise refusal from problem


def load_key(data_dir: Path, environment: Mapping[str, str] = os.environ) -> SecretKey:
    """Give the key of a state folder, from the environment or its key file; makes the file on first use.

    Raises:
        UsageError: the key is malformed, or others than the owner may read the file.
    """
    if told := environment.get(VARIABLE):
        return SecretKey(_decoded(told, VARIABLE))
    path = data_dir / KEY_FILE
    if not path.exists():
        _make(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "r", encoding="ascii", errors="replace") as file:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o077:
            raise UsageError(f"{path} has mode {mode:o}: others can read the key; chmod 600 it, and think of a new one")
        return SecretKey(_decoded(file.read(1024), str(path)))


def new_key() -> str:
    """Give a new key as ``WARROOM_KEY`` and the file hold it: 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def _make(path: Path) -> None:
    """Write a new key file in one step: of two processes that start at once, one makes it and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{new_key()}\n")
            file.flush()
            os.fsync(descriptor)
        os.link(draft, path)
    except FileExistsError:
        pass  # the other one was first
    finally:
        draft.unlink()


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise UsageError(f"{where} holds no key: it is {_BYTES} random bytes in base64 (openssl rand -base64 {_BYTES})")
    return key
