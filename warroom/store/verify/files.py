"""Checks the segments' files: each is there, is what it was, and no other file lies beside them."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import select

from warroom.store.audit_tables import segment_log
from warroom.store.canonical import canonical
from warroom.store.database import State
from warroom.store.segments import KINDS
from warroom.store.tables import leases, segments
from warroom.store.verify.expected import Expected
from warroom.store.verify.report import Broken, Report, clean

_PIECE: Final = 1 << 20
_TRIES: Final = 6
_PAUSE_SECONDS: Final = 0.5

#: Told bytes read so far.
Tell = Callable[[int], None]


def check_files(state: State, data_dir: Path, since: int, expected: Expected, report: Report, tell: Tell) -> None:
    """Hash every file that must be there; then look for files that must not.

    Args:
        state: asked again about files that seem wrong: the worker goes on meanwhile.
        data_dir: the state folder.
        since: the segments' log up to which ``expected`` knows.
        expected: what must be there.
        report: gets the findings.
        tell: told the bytes read so far.
    """
    read = 0
    for one in expected.segments():
        report.add("segment files")
        found = _hash(data_dir, one.path, read, tell)
        if isinstance(found, str):
            if not _let_go(state, one.path, since):
                report.find(Broken.SEGMENT_MISSING, one.path, found)
            continue
        own, size = found
        read += size
        tell(read)
        if one.sha256 is not None and own != one.sha256:
            report.find(Broken.SEGMENT_CHANGED, one.path, "its bytes are not what was written (SHA-256)")
    _check_others(state, data_dir, since, expected, report)


def _hash(data_dir: Path, path: str, before: int, tell: Tell) -> tuple[str, int] | str:
    """Give hash and size of a file, or why there is none; a place where no segment can be is not even looked at."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in KINDS or ".." in parts:  # noqa: PLR2004 - a folder and a name
        return "no place of a segment"
    try:
        handle = os.open(data_dir / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as problem:
        return "gone" if isinstance(problem, FileNotFoundError) else f"unreadable: {problem}"
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return "not a plain file"
        total, hashed = 0, hashlib.sha256()
        try:
            while piece := file.read(_PIECE):
                hashed.update(piece)
                total += len(piece)
                tell(before + total)
        except OSError as problem:
            return f"unreadable: {problem.strerror}"
    return hashed.hexdigest(), total


def _check_others(state: State, data_dir: Path, since: int, expected: Expected, report: Report) -> None:
    """Find files that nothing names; what a worker is writing at this moment is named soon."""
    waiting, others = 0, []
    for path in _files(data_dir):
        known = expected.segment(clean(path))
        if known is None:
            others.append(path)
        elif not known.there:
            waiting += 1
    for attempt in range(_TRIES if others and _is_written(state) else 1):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        others = [path for path in others if _is_stray(state, data_dir, path, since)]
        if not others:
            break
    for path in others:
        report.find(Broken.SEGMENT_EXTRA, clean(path), "no row of the manifest names it; the next start sweeps it")
    if waiting:
        report.note(f"{waiting} files of merged or deleted segments wait for their removal")


def _files(data_dir: Path) -> Iterator[str]:
    for kind in KINDS:
        for folder, folders, names in os.walk(data_dir / kind):
            folders.sort()
            for name in sorted(names):
                yield os.path.relpath(os.path.join(folder, name), data_dir)  # noqa: PTH118 - names may be any bytes


def _is_written(state: State) -> bool:
    """Whether a worker may be writing at this moment."""
    with state.read() as connection:
        return connection.scalar(select(leases.c.renewed_at).limit(1)) is not None


def _is_stray(state: State, data_dir: Path, path: str, since: int) -> bool:
    """Whether a file is there and neither the manifest nor the segments' log names it by now."""
    if not os.path.lexists(data_dir / path):
        return False
    with state.read() as connection:
        named = connection.scalar(select(segments.c.id).where(segments.c.path == clean(path)))
    return named is None and not _let_go(state, clean(path), since)


def _let_go(state: State, path: str, since: int) -> bool:
    """Whether a segment was merged or deleted after the check began."""
    later = select(segment_log.c.seq).where(segment_log.c.seq > since, segment_log.c.what != "added")
    with state.read() as connection:
        named = later.where(segment_log.c.body.contains(canonical(path), autoescape=True)).limit(1)
        return connection.scalar(named) is not None
