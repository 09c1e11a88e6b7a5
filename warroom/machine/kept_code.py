"""Compiled code between starts: a folder that belongs to exactly these sources, this compiler and this processor.

Functions are compiled together with those that they call, so after an update kept code could do what those did before,
and it checks no bounds. Hence each state of all sources has a folder of its own: beside the package, in the home
folder, or where NUMBA_CACHE_DIR says.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import time
from pathlib import Path
from typing import Final, NamedTuple

import llvmlite  # type: ignore[import-untyped]
from llvmlite import binding

_PACKAGE: Final = Path(__file__).parent.parent
#: Every module that defines compiled functions; a test holds this list to the sources.
SOURCES: Final = ("machine/*.py", "*/*_kernel.py", "parse/json_*.py", "commands/addresses*.py")
#: Folders of other states go when nothing was compiled in them for so long, in seconds.
_OLD: Final = 7 * 86400


class Code(NamedTuple):
    """Object code with one entry.

    Attributes:
        entry: the name of the function in it.
        gives: what it gives back: ``none``, ``bool``, ``int`` or ``uint``.
        content: an object file of this machine.
    """

    entry: str
    gives: str
    content: bytes


def kept(name: str) -> Code | None:
    """Give what was kept under a name, if it is whole."""
    folder = folder_of_code()
    if folder is None:
        return None
    try:
        told, _, content = (folder / name).read_bytes().partition(b"\n")
        digest, gives, entry = told.decode("ascii").split(" ")
    except (OSError, ValueError):
        return None
    return Code(entry, gives, content) if digest == hashlib.sha256(content).hexdigest() else None


def keep(name: str, code: Code) -> None:
    """Keep code under a name, in one step; where that cannot be, the next start compiles it again."""
    folder = folder_of_code()
    if folder is None:
        return
    told = f"{hashlib.sha256(code.content).hexdigest()} {code.gives} {code.entry}\n"
    draft = folder / f".{name}.{os.getpid()}"
    with contextlib.suppress(OSError):
        draft.write_bytes(told.encode("ascii") + code.content)
        draft.replace(folder / name)


@functools.cache
def folder_of_code() -> Path | None:
    """Give the folder, the first that can be written; old ones go. None where nothing can be kept.

    Raises ImportError where there is no Numba.
    """
    state = _state()
    given, home = os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("HOME")
    places = [given] if given else [_PACKAGE / "__pycache__", *([Path(home, ".cache")] if home else [])]
    for place in map(Path, places):
        folder = place / state
        with contextlib.suppress(OSError):
            if not folder.exists():
                folder.mkdir(parents=True)
                for other in place.glob("compiled-*"):
                    if other != folder and time.time() - other.stat().st_mtime > _OLD:
                        shutil.rmtree(other, ignore_errors=True)
            if os.access(folder, os.W_OK):
                return folder
    return None


def _state() -> str:
    """Name the state of the sources, the compiler and how it is set, and the processor."""
    digest = hashlib.sha256()
    for told in (*_compiler(), *_processor()):
        digest.update(told.encode() + b"\0")
    for path in sorted({path for pattern in SOURCES for path in _PACKAGE.glob(pattern)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"compiled-{digest.hexdigest()[:16]}"


def _compiler() -> list[str]:
    """Tell the compiler's version and settings, and do not load it."""
    numba = importlib.util.find_spec("numba")
    if numba is None or numba.origin is None:
        raise ImportError("no Numba", name="numba")
    version = Path(numba.origin).with_name("_version.py").read_text(encoding="utf-8")
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_"))
    return [version, llvmlite.__version__, *settings]


def _processor() -> tuple[str, str, str]:
    return (
        binding.get_process_triple(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
    )
