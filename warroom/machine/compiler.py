"""Numba, with a folder for what it compiles that belongs to exactly these sources.

Numba keeps compiled code under the file of a function and its time of change, but functions of other modules are
written out in it, too: after an update it could run with what those were before, and compiled code checks no bounds. So
each state of the sources has a folder of its own: beside the package, in the home folder, or where NUMBA_CACHE_DIR
says.

Numba reads every function that it could compile a call to before it takes a compiled one from its folder: a fifth of a
second that only compiling needs, and compiling does it by itself.
"""

# mypy: ignore-errors
# Numba ships no types.

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Final

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

_PACKAGE: Final = Path(__file__).parent.parent
#: Every module that defines compiled functions; a test holds this list to the sources.
SOURCES: Final = ("machine/*.py", "*/*_kernel.py", "parse/json_*.py", "commands/addresses.py")
#: Folders of other states go when nothing was compiled in them for so long, in seconds.
_OLD: Final = 7 * 86400


class _Kept(FunctionCache):
    """Takes compiled functions from their folder, and reads nothing besides."""

    def load_overload(self, sig, target_context):  # noqa: ANN001, ANN202
        """As Numba does, without its ``refresh``; but what counts references must be there."""
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def njit(*, cache=False, **options):  # noqa: ANN001, ANN003, ANN201
    """Compile a function when it is first called, and with ``cache`` keep the result.

    Raises RuntimeError, Numba's word for it, where it cannot be kept.
    """

    def compiled(function):  # noqa: ANN001, ANN202
        dispatcher = numba.njit(**options)(function)
        if cache:
            dispatcher._cache = _Kept(function)  # noqa: SLF001  as its own enable_caching does
        return dispatcher

    return compiled


def _state() -> str:
    """Name the state of the sources."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted({path for pattern in SOURCES for path in _PACKAGE.glob(pattern)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"compiled-{digest.hexdigest()[:16]}"


def _folder() -> Path | None:
    """Give the folder that belongs to the sources, the first that can be written; old ones go."""
    given = numba.config.CACHE_DIR
    home = os.environ.get("HOME")
    places = [given] if given else [_PACKAGE / "__pycache__", *([Path(home, ".cache")] if home else [])]
    for place in map(Path, places):
        folder = place / _state()
        with contextlib.suppress(OSError):
            if not folder.exists():
                folder.mkdir(parents=True)
                for other in place.glob("compiled-*"):
                    if other != folder and time.time() - other.stat().st_mtime > _OLD:
                        shutil.rmtree(other, ignore_errors=True)
            if os.access(folder, os.W_OK):
                return folder
    return None


if (_kept_in := _folder()) is not None:
    numba.config.CACHE_DIR = str(_kept_in)
