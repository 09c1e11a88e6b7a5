"""Finds rule files in folders and archives; what is no rule is left alone."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from warroom.errors import Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SUFFIXES: Final = (".yml", ".yaml")
#: Events that a rule must and must not match lie beside it.
_SAMPLES: Final = (".samples.yml", ".samples.yaml")
#: What placeholders stand for lies here: ``placeholders.yml``, or a folder.
PLACEHOLDERS: Final = "placeholders"
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
    """Give the rule files below a folder, sorted; samples, values of placeholders and hidden files are none."""
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    return sorted(path for path in found if not _is_other(path.relative_to(folder).parts))


def _is_other(parts: tuple[str, ...]) -> bool:
    name = parts[-1]
    return name.endswith(_SAMPLES) or name.startswith(".") or name == f"{PLACEHOLDERS}.yml" or parts[0] == PLACEHOLDERS


def members(archive: Path, faults: list[Fault]) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give an archive's rule files, name and content, in its own order; nothing is written to disk.

    Links and devices are passed over; what is too long, or would lie outside, is noted in ``faults``.

    Raises:
        UsageError: the archive cannot be read or is larger than any set of rules.
    """
    total = 0
    try:
        with tarfile.open(archive, "r:gz") as content:
            for count, member in enumerate(content):
                name = PurePosixPath(member.name)
                total += member.size
                if count >= _MAX_FILES or total > _MAX_TOTAL_BYTES:
                    raise UsageError(f"{archive}: more than {_MAX_FILES} files or {_MAX_TOTAL_BYTES >> 20} MiB")
                if not member.isfile() or name.suffix not in _SUFFIXES or _is_other(name.parts):
                    continue
                if name.is_absolute() or ".." in name.parts:
                    faults.append(Fault(f"{archive}:{name}", 0, "left in the archive: it would lie outside"))
                elif member.size > _MAX_FILE_BYTES:
                    faults.append(Fault(f"{archive}:{name}", 0, f"longer than {_MAX_FILE_BYTES >> 20} MiB"))
                elif (file := content.extractfile(member)) is not None:
                    yield name, file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as problem:
        raise UsageError(f"{archive}: not a readable .tar.gz archive: {problem}") from problem
