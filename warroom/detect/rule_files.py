"""Finds rule files in folders and archives, and gives each one's bytes; what is no rule is left alone."""

from __future__ import annotations

import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.errors import Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SUFFIXES: Final = (".yml", ".yaml")
#: Events that a rule must and must not match lie beside it.
_SAMPLES: Final = (".samples.yml", ".samples.yaml")
#: Bounds of an archive: SigmaHQ has 3,782 files of 2 kB.
_MAX_FILES: Final = 100_000
_MAX_FILE_BYTES: Final = 2 << 20
_MAX_TOTAL_BYTES: Final = 512 << 20


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to read, and the name by which it is reported."""

    path: Path
    name: str


@contextmanager
def rule_files(places: Sequence[Path]) -> Iterator[tuple[list[RuleFile], list[Fault]]]:
    """Give every rule file of folders, single files and ``.tar.gz`` archives, in order; archives live until the end.

    Raises:
        UsageError: a place does not exist or an archive cannot be read.
    """
    files: list[RuleFile] = []
    faults: list[Fault] = []
    with tempfile.TemporaryDirectory(prefix="warroom-rules-") as scratch:
        for number, place in enumerate(places):
            if place.is_dir():
                files += [RuleFile(path, str(path)) for path in _walk(place)]
            elif place.name.endswith((".tar.gz", ".tgz")) and place.is_file():
                folder = Path(scratch, str(number))
                faults += _unpack(place, folder)
                files += [RuleFile(path, f"{place}:{path.relative_to(folder)}") for path in _walk(folder)]
            elif place.is_file():
                files.append(RuleFile(place, str(place)))
            else:
                raise UsageError(f"{place}: no such folder of rules, rule file or .tar.gz archive")
        yield files, faults


def _walk(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    return sorted(path for path in found if not path.name.endswith(_SAMPLES) and not path.name.startswith("."))


def _unpack(archive: Path, folder: Path) -> list[Fault]:
    """Write an archive's YAML files under ``folder``; links, devices and ways out of it are left behind."""
    faults: list[Fault] = []
    total = 0
    folder.mkdir()
    try:
        with tarfile.open(archive, "r:gz") as content:
            for count, member in enumerate(content):
                if count >= _MAX_FILES or total > _MAX_TOTAL_BYTES:
                    raise UsageError(f"{archive}: more than {_MAX_FILES} files or {_MAX_TOTAL_BYTES >> 20} MiB")
                if not member.isfile() or not member.name.endswith(_SUFFIXES):
                    continue
                if member.size > _MAX_FILE_BYTES:
                    faults.append(Fault(f"{archive}:{member.name}", 0, f"longer than {_MAX_FILE_BYTES >> 20} MiB"))
                    continue
                total += member.size
                try:
                    content.extract(member, folder, filter="data")
                except tarfile.FilterError as problem:
                    faults.append(Fault(f"{archive}:{member.name}", 0, f"left in the archive: {problem}"))
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise UsageError(f"{archive}: not a readable .tar.gz archive: {problem}") from problem
    return faults
