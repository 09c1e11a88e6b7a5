"""The keys of a war room in one file, kept apart from its backups: the secret key and the signing key."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.access.keys import KEY_FILE, VARIABLE
from warroom.errors import ConflictError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.settings import Settings

_FORMAT: Final = 1
_MOST_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys as their files hold them; None: there is none."""

    secret_key: str | None
    signing_key: str | None


def gather(settings: Settings, environment: Mapping[str, str]) -> Keys:
    """Give the keys that this war room uses."""
    secret = environment.get(VARIABLE, "").strip() or _text(settings.data_dir / KEY_FILE)
    return Keys(secret, _text(settings.signing_key_file))


def save(keys: Keys, path: Path) -> None:
    """Write a new file that only its owner reads (mode 600).

    Raises:
        ConflictError: there is a file already.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as problem:
        raise ConflictError(f"{path} is there already: keys are not written over others") from problem
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **asdict(keys)}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(handle)


def load(path: Path) -> Keys:
    """Read what ``save`` wrote.

    Raises:
        UsageError: it is no file of keys, or others than its owner may read it.
    """
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise UsageError(f"{path}: others may read the keys: `chmod 600` it, and think of new ones")
        data = file.read(_MOST_BYTES)
    try:
        told = json.loads(data)
        keys = Keys(told["secret_key"], told["signing_key"])
        right = told["format"] == _FORMAT and all(isinstance(one, str | None) for one in asdict(keys).values())
    except (ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"{path}: no file of keys") from problem
    if not right:
        raise UsageError(f"{path}: no file of keys of this version")
    return keys


def put_in_place(keys: Keys, settings: Settings) -> list[str]:
    """Write keys where a war room looks for them, where none are yet; what was done, in words."""
    told = []
    places = ((keys.secret_key, settings.data_dir / KEY_FILE), (keys.signing_key, settings.signing_key_file))
    for key, path in places:
        if key is None:
            continue
        if path.exists() and _text(path) != key:
            told.append(f"{path} is there already and another one: it stays; the one of the backup was not written")
            continue
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        told.append(f"{path.name} is in place")
    return told


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
