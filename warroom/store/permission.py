"""Says that the state is another operating-system user's, where that is why it cannot be opened.

The state folder is closed to everybody else on purpose: docs/decisions/0011-who-acts-on-the-command-line.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

#: How the name begins of a user that has none, as in containers; the number follows.
NAMELESS: Final = "uid-"


def is_barred(path: Path) -> bool:
    """Whether a file is another user's and closed to this one, or lies in a folder that is.

    It is asked and not tried: closing a database's file ends the locks that this process holds on it.
    """
    try:
        theirs = path.stat().st_uid != os.geteuid()
    except OSError as problem:
        return isinstance(problem, PermissionError)
    return theirs and not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def barred(path: Path) -> str:
    """Say to whom the state belongs that this operating-system user may not open, and what to do."""
    me = user_name(os.geteuid())
    owner = _owner(path)
    return (
        f"the state in {path.parent} belongs to the operating-system user `{owner}` alone, and `{me}` may not open it: "
        f"use the console, with an account of your own; who may become that user (`sudo -u {owner}`) acts as it"
    )


def user_name(number: int) -> str:
    """Give the name of an operating-system user; ``uid-17`` for one without a name, as in containers."""
    try:
        import pwd  # noqa: PLC0415  POSIX only

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return f"{NAMELESS}{number}"


def _owner(path: Path) -> str:
    """Give who owns a file, else the nearest folder above it that can be looked at."""
    for place in (path, *path.absolute().parents):
        try:
            return user_name(place.stat().st_uid)
        except OSError:
            continue
    return user_name(0)
