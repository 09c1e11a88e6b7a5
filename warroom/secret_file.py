"""A secret in a file of the owner's alone."""

from __future__ import annotations

import os
import stat
from typing import Final

from warroom.errors import UsageError

_MOST_BYTES: Final = 64 << 10


def read_secret(path: str | os.PathLike[str]) -> str:
    """Read a secret, without the blanks and line ends around it.

    Raises:
        UsageError: it is not there, is empty, or is a file that others may read; the message says what to do.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}: put the secret there, chmod 600") from problem
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
            raise UsageError(f"{path} is no file of the owner's alone: chmod 600 it, and think of a new secret")
        data = file.read(_MOST_BYTES + 1)
    try:
        secret = data.decode("utf-8").strip()
    except UnicodeDecodeError as problem:
        raise UsageError(f"{path} holds bytes that are no UTF-8 text: write the secret as text") from problem
    if not secret or len(data) > _MOST_BYTES:
        raise UsageError(f"{path} holds no secret: it is empty, or larger than {_MOST_BYTES} bytes")
    return secret
