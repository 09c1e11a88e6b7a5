"""Secrets of feeds: a feed file only says where one is, in the environment or in a file of the owner's alone.

Where a transport's key is ``password``, the feed says ``password_env: NAME`` or ``password_file: /path``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.values import Values
from warroom.errors import UsageError
from warroom.secret_file import read_secret

_ENV_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
#: Our own settings are no secrets for others: a feed must not send them anywhere.
_OURS: Final = "WARROOM_"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is: the name of an environment variable, or the path of a file. Never the secret itself."""

    env: str = ""
    file: str = ""

    def load(self) -> str:
        """Read the secret, without the line end behind it; anew each time, so that it may be changed.

        Raises:
            WarroomError: it is not there, is empty, or is a file that others may read; the message says what to do.
        """
        if self.env:
            if told := os.environ.get(self.env, "").strip():
                return told
            raise UsageError(f"the environment variable {self.env} holds no secret: set it where the worker starts")
        return read_secret(self.file)


def secret_keys(name: str) -> tuple[str, str]:
    """Give the keys by which a feed names a secret: for a transport's KEYS."""
    return f"{name}_env", f"{name}_file"


def has_secret_ref(values: Values, *path: str, name: str) -> bool:
    """Whether the mapping at a path names a secret."""
    return any(values.value(*path, key) is not None for key in secret_keys(name))


def read_secret_ref(values: Values, *path: str, name: str) -> SecretRef:
    """Read ``<name>_env`` or ``<name>_file`` of the mapping at a path; exactly one of them stands there.

    Whether the secret is there is not looked at before it is needed: a feed file is checked anywhere.
    """
    env_key, file_key = secret_keys(name)
    place = ".".join((*path, name))
    if values.value(*path, name) is not None:
        values.fault(f"no secret stands in a feed file: write `{env_key}: NAME` or `{file_key}: /path`", *path, name)
        return SecretRef()
    env, file = values.value(*path, env_key), values.value(*path, file_key)
    if (env is None) == (file is None):
        values.fault(f"`{place}` is needed: write either `{env_key}: NAME` or `{file_key}: /path`", *path)
    elif env is not None:
        return _env(values, env, *path, env_key)
    elif isinstance(file, str) and Path(file).is_absolute() and ".." not in Path(file).parts and "\0" not in file:
        return SecretRef(file=file)
    else:
        values.fault(f"`{place}_file` is a whole path from /, without `..`", *path, file_key)
    return SecretRef()


def _env(values: Values, env: object, *path: str) -> SecretRef:
    if not isinstance(env, str) or not _ENV_NAME.fullmatch(env):
        values.fault(f"`{'.'.join(path)}` is the name of an environment variable, such as KAFKA_PASSWORD", *path)
    elif env.startswith(_OURS):
        values.fault(f"`{env}` is a setting of the war room itself: give the secret a variable of its own", *path)
    else:
        return SecretRef(env=env)
    return SecretRef()
