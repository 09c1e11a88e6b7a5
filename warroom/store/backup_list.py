"""The list of what a backup holds, ``manifest.json``: every file by path, bytes and SHA-256, and of which schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from alembic.config import Config
from alembic.script import ScriptDirectory

from warroom.errors import StoreError
from warroom.store import draft_files
from warroom.store.days import FOLDER as PROOFS
from warroom.store.evidence_files import FOLDER as EVIDENCE
from warroom.store.intel.snapshots import FOLDER as INTEL
from warroom.store.segments import KINDS

NAME: Final = "manifest.json"
DATABASE: Final = "state.db"
#: Folders of a backup, and of a state folder, that belong to the store.
FOLDERS: Final = (*KINDS, PROOFS, EVIDENCE, INTEL, *draft_files.FOLDERS)
#: 2: with drafts.
FORMAT: Final = 2
_MOST_BYTES: Final = 1 << 30
_SHA256_LENGTH: Final = 64
_DRAFTS: Final = tuple(f"{folder}/" for folder in draft_files.FOLDERS)
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a backup; ``path`` is relative, with slashes."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds.

    ``lacking`` are files that the store names and that could not be had, with the reason: they were lost before.
    """

    made_at: str  # of the database's copy, ISO 8601, UTC
    version: str  # of the war room
    schema: str  # of the database: the revision of the last migration that it went through
    counts: Mapping[str, int]  # rows by kind
    lacking: Mapping[str, str]
    files: tuple[Part, ...]

    def text(self) -> str:
        """Write as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1)

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(part.bytes for part in self.files)


def read(folder: Path) -> Contents:
    """Read a backup's list; every path in it is one that a backup can have.

    Raises:
        StoreError: there is none, it is damaged, or a newer war room wrote it.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError as problem:
        raise StoreError(f"{folder}: no backup: there is no {NAME}") from problem
    except ValueError as problem:
        raise StoreError(f"{path}: not readable as JSON: the backup is damaged") from problem
    try:
        return _contents(document)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise StoreError(f"{path}: not a backup's list: {problem}") from problem


def known_schemas() -> list[str]:
    """The revisions that this war room can bring up to its own, oldest first; the last one is its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def _contents(document: Any) -> Contents:  # noqa: ANN401 - whatever JSON holds
    told = document["format"]
    if not isinstance(told, int) or told > FORMAT:
        raise StoreError(
            f"this backup has format {told!r}, this war room knows formats up to {FORMAT}: use a newer one"
        )
    contents = Contents(
        made_at=str(document["made_at"]),
        version=str(document["version"]),
        schema=str(document["schema"]),
        counts={str(name): int(count) for name, count in document["counts"].items()},
        lacking={str(name): str(why) for name, why in document["lacking"].items()},
        files=tuple(_part(one) for one in document["files"]),
    )
    paths = [part.path for part in contents.files]
    if DATABASE not in paths or len(set(paths)) != len(paths):
        raise ValueError(f"{DATABASE} is not in it, or a file is in it twice")
    if sum(path.startswith(_DRAFTS) for path in paths) > draft_files.MOST_OF_ALL:
        raise ValueError("more drafts than there can be")
    newest = known_schemas()[-1]
    if contents.schema not in known_schemas():
        raise StoreError(
            f"this backup is of a newer war room ({contents.version}, schema {contents.schema}); "
            f"this one knows schemas up to {newest}: restore it with that version"
        )
    return contents


def _part(one: Any) -> Part:  # noqa: ANN401 - whatever JSON holds
    part = Part(str(one["path"]), int(one["bytes"]), str(one["sha256"]))
    if not is_place(part.path):
        raise ValueError(f"{part.path!r} is no place of a backup's file")
    if part.path.startswith(_DRAFTS) and part.bytes > draft_files.MOST_BYTES:
        raise ValueError(f"{part.path}: too long for a draft")
    if part.bytes < 0 or len(part.sha256) != _SHA256_LENGTH:
        raise ValueError(f"{part.path}: no size or no SHA-256")
    return part


def is_place(path: str) -> bool:
    """Whether a file of a store can lie there: the database, a draft, or something in one of the other folders."""
    if path.startswith(_DRAFTS):
        return draft_files.is_draft(path)
    parts = PurePosixPath(path).parts
    plain = str(PurePosixPath(*parts)) == path and "\0" not in path and not {"..", "."}.intersection(parts)
    return plain and (path == DATABASE or (len(parts) > 1 and parts[0] in FOLDERS))
