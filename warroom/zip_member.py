"""The one log inside a zip archive, as a stream of bytes."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from zipfile import ZipExtFile, ZipInfo

#: Names that archive programs add beside the files themselves.
_BYWORK: Final = ("__MACOSX/",)
#: An archive whose directory names more than this is none of logs.
_MOST_MEMBERS: Final = 10_000


class ZipError(Exception):
    """The archive cannot be read as one log: it says why."""


def open_member(file: IO[bytes]) -> ZipExtFile:
    """Open the only file in an archive. Raises ZipError where there are several or none, or it is damaged."""
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
        found = [member for member in members[:_MOST_MEMBERS] if _is_log(member)]
        if len(found) != 1 or len(members) > _MOST_MEMBERS:
            raise ZipError(f"a zip archive of {len(found)} files: unpack it, one log is read from an archive")
        return cast("ZipExtFile", archive.open(found[0]))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as problem:
        raise ZipError(f"damaged or encrypted zip archive: {problem}") from problem


def _is_log(member: ZipInfo) -> bool:
    return not member.is_dir() and not member.filename.startswith(_BYWORK)
