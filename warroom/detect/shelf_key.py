"""The key that signs what is kept between starts: of this user on this machine, never in the folder that it signs."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.machine.log import log
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES: Final = 32
_NAME: Final = "cache.key"


@functools.cache
def own_key() -> bytes | None:
    """Give the key, made on first use; None where no place can hold one: then nothing is kept, and nothing believed."""
    for place in _places():
        with contextlib.suppress(OSError):
            if (found := _read(place) or _made(place)) is not None:
                return found
    log().warning("compiled rules are not kept: no home or state folder holds a key", file=_NAME)
    return None


def _places() -> Iterator[Path]:
    """Give the user's folder for state (XDG Base Directory Specification 0.8), then the war room's own."""
    home = os.environ.get("HOME")
    if state := os.environ.get("XDG_STATE_HOME") or (f"{home}/.local/state" if home else None):
        yield Path(state, "warroom", _NAME)
    yield Settings().data_dir / _NAME


def _read(path: Path) -> bytes | None:
    """Read a key that nobody else can know; another is no key."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise PermissionError(f"{path} is not this user's alone")
        key = file.read(_BYTES + 1)
    return key if len(key) == _BYTES else None


def _made(path: Path) -> bytes | None:
    """Write a new key in one step: of two processes that start at once, one makes it and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        with contextlib.suppress(FileExistsError):  # the other one was first
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read(path)
