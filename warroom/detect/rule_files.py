"""Finds rule files in folders and archives; what is no rule is left alone."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Final

from warroom.errors import Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SUFFIXES: Final = (".yml", ".yaml")
#: Events that a rule must and must not match lie beside it.
_SAMPLES: Final = (".samples.yml", ".samples.yaml")
_ARCHIVES: Final = (".tar.gz", ".tgz")
#: Bounds of an archive: SigmaHQ has 3,782 files of 2 kB.
_MAX_FILES: Final = 100_000
_MAX_FILE_BYTES: Final = 2 << 20
_MAX_TOTAL_BYTES: Final = 512 << 20


def is_archive(path: Path) -> bool:
    """Say whether a file holds rule files."""
    return path.name.endswith(_ARCHIVES)


def find(places: Sequence[Path]) -> Iterator[Path]:
    """Give each rule file and archive of folders (searched below) and single files, in a fixed order.

    Raises:
        UsageError: a place does not exist.
    """
    for place in places:
        if place.is_dir():
            yield from walk(place)
        elif place.is_file():
            yield place
        else:
            raise UsageError(f"{place}: no such folder of rules, rule file or .tar.gz archive")


def walk(folder: Path) -> list[Path]:
    """Give the rule files below a folder, sorted; samples of rules and hidden files are none."""
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    return sorted(path for path in found if not path.name.endswith(_SAMPLES) and not path.name.startswith("."))


def unpack(archive: Path, folder: Path) -> list[Fault]:
    """Write an archive's YAML files under a folder; links, devices and ways out of it are left behind.

    Raises:
        UsageError: the archive cannot be read or is larger than any set of rules.
    """
    faults: list[Fault] = []
    total = 0
    try:
        with tarfile.open(archive, "r:gz") as content:
            for count, member in enumerate(content):
                if not member.isfile() or not member.name.endswith(_SUFFIXES):
                    continue
                total += member.size
                if count >= _MAX_FILES or total > _MAX_TOTAL_BYTES:
                    raise UsageError(f"{archive}: more than {_MAX_FILES} files or {_MAX_TOTAL_BYTES >> 20} MiB")
                if member.size > _MAX_FILE_BYTES:
                    faults.append(Fault(f"{archive}:{member.name}", 0, f"longer than {_MAX_FILE_BYTES >> 20} MiB"))
                    continue
                try:
                    content.extract(member, folder, filter="data")
                except tarfile.FilterError as problem:
                    faults.append(Fault(f"{archive}:{member.name}", 0, f"left in the archive: {problem}"))
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise UsageError(f"{archive}: not a readable .tar.gz archive: {problem}") from problem
    return faults
