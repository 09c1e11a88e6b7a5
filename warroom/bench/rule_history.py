"""The history of a rule's file, as git tells it where the folder is a working copy; without git there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Commits that are told at most, characters of each text, and seconds in which git has to answer.
MOST: Final = 50
_LONGEST: Final = 200
_SECONDS: Final = 10
_MOST_BYTES: Final = 1 << 20
_PARTS: Final = 4
#: Nothing that a repository's own settings name is run: no pager, no signature check, no hook that watches files.
_QUIET: Final = ("--no-pager", "-c", "log.showSignature=false", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that changed the file: its number, when (ISO 8601), by whom, and its first line."""

    commit: str
    at: str
    author: str
    subject: str


def file_history(file: Path, limit: int = MOST) -> list[Commit]:
    """Give the commits that changed a file, newest first; none where git, a working copy or an answer is missing."""
    git = shutil.which("git")
    if git is None or not file.is_absolute() or not file.parent.is_dir():
        return []
    command = [git, *_QUIET, "-C", str(file.parent), "log", "--follow", f"--max-count={min(limit, MOST)}"]
    command += ["--date=iso-strict", "--no-color", "--format=%H%x1f%ad%x1f%an%x1f%s", "--", file.name]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - git itself, with a path as its own argument behind `--`
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            env=kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode:
        return []
    lines = done.stdout[:_MOST_BYTES].decode(errors="replace").splitlines()
    return [Commit(*map(_shown, parts)) for line in lines if len(parts := line.split("\x1f")) == _PARTS]


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_LONGEST])
