"""Real servers that tests fetch from the package registries, once a machine: kept outside the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

#: Locks of what is fetched stand here.
LOCKS = Path(__file__).resolve().parent / "locks"


def fetched(lock: Path, fetch: Callable[[Path], None]) -> Path:
    """The folder with what a lock names, which ``fetch`` fills; made whole or not at all, whoever else fetches."""
    name = f"{lock.stem}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}-{sys.implementation.cache_tag}"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "warroom-tests"
    folder = home / name
    if not folder.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=home))
        fetch(draft)
        try:
            draft.rename(folder)
        except OSError:  # another test was quicker
            shutil.rmtree(draft)
    return folder


def run(*command: str | Path) -> None:
    """Run a command that fetches or prepares; its own words are the failure's."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def free_port() -> int:
    """A port of the loopback on which nobody listens now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def needed(command: str, package: str) -> str:
    """The path of a program; where it is missing the test says what to install."""
    path = shutil.which(command) or shutil.which(command, path="/usr/sbin:/sbin")
    assert path, f"{command} is missing: sudo apt-get install --no-install-recommends {package}"
    return path
