"""Loads files into the indicators by hand: they belong to a feed of their own, each file for itself.

A file that is loaded again replaces what it said before, and changes nothing where it says the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.intel_feeds import BY_HAND
from warroom.indicators import Kind, Tlp
from warroom.intel.formats.reading import FormatRefusedError, Reading, Refused, Told
from warroom.intel.taking import Put, Taking, settle
from warroom.intel.unpacking import contents
from warroom.model import Severity
from warroom.privacy import mask
from warroom.store.audit import AuditAction, Entry
from warroom.store.canonical import Json
from warroom.store.database import State
from warroom.store.intel import feeds, snapshots
from warroom.store.intel.incoming import Incoming
from warroom.store.intel.merging import How, Merged

#: What nobody said how far to believe, and how far it may go.
USUAL_CONFIDENCE: Final = 50
USUAL_TLP: Final = Tlp.AMBER
_YEAR_US: Final = 366 * 86_400 * 1_000_000
#: Names of files that the audit tells.
_NAMES: Final = 20
_LONGEST_NAME: Final = 100
#: What lies beside data and is none.
_BYWORK: Final = ("license", "licence", "copying", "notice", "readme", "changelog", "contributing")
_BYWORK_ENDS: Final = ("", ".md", ".txt", ".rst")

#: Told a file, the bytes that are done and those of all files.
Tell = Callable[[Path, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What is said of all files that are loaded: see ``./run intel load --help``."""

    format: str = ""
    kind: Kind | None = None
    confidence: int | None = None
    tlp: Tlp | None = None


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What came of a file, or of a file in an archive.

    Args:
        path: as it was given; of a file in an archive, with its name there behind it.
        format: one of FORMATS; "" where nothing of it was taken.
        read: items in it.
        by_kind: its indicators.
        counts: what else is in it, by its own types.
        refused: the first items that were not taken; ``refused_count`` all of them.
        taken: False: it was refused as a whole.
    """

    path: str
    format: str
    read: int
    by_kind: Mapping[str, int]
    counts: Mapping[str, int]
    refused: Sequence[Refused]
    refused_count: int
    taken: bool


@dataclass(slots=True)
class Loaded:
    """What came of loading; ``changed`` counts indicators, and rows of other tables, that came, went or changed."""

    files: list[LoadedFile] = field(default_factory=list)
    changed: int = 0


def by_hand() -> feeds.Registered:
    """Give the feed to which belongs what is loaded by hand."""
    return feeds.Registered(
        feed_id=BY_HAND,
        title_th="นำเข้าด้วยมือ",
        title_en="Loaded by hand",
        way=feeds.BY_HAND,
        format="",
        licence="",
        about="",
        confidence=USUAL_CONFIDENCE,
        tlp=str(USUAL_TLP),
        severity=str(Severity.HIGH),
        lifetime_us=None,
        mark="",
        drill=False,
        every_us=0,
        stale_after_us=100 * _YEAR_US,
        enabled=True,
    )


def is_bywork(path: Path) -> bool:
    """Whether a file in a folder is by its name a licence or a description, no data."""
    stem = path.name.lower().partition(".")[0].partition("-")[0]
    return path.suffix.lower() in {"", *_BYWORK_ENDS} and stem in _BYWORK


@needs(Permission.MANAGE_FEEDS)
def load(
    state: State, data_dir: Path, actor: Actor, files: Sequence[Path], options: Options, *, now: int, tell: Tell
) -> Loaded:
    """Load files; what they changed is an entry of the audit.

    Args:
        state: the state database.
        data_dir: the state folder.
        actor: who loads.
        files: no folders.
        options: what is said of all of them.
        now: microseconds since 1970.
        tell: how far it is.

    Raises:
        ConflictError: others load at the same time, again and again.
        StoreError: there is no room, or more than there may be; nothing is changed.
    """
    begun = time.monotonic_ns()
    loaded = Loaded()
    sizes = [path.stat().st_size for path in files]
    done = 0
    with snapshots.workplace(data_dir) as work:
        unpacked = work / "unpacked"
        unpacked.mkdir()
        taking = Taking(Incoming(work, now, pages=False), options.confidence)
        for path, size in zip(files, sizes, strict=True):
            tell(path, done, sum(sizes))
            loaded.files += _load(path, options, taking, unpacked)
            done += size
        tell(files[-1], done, done)
        if taking.taken:
            put = Put(state, data_dir, work, by_hand(), now, begun, lambda merged: _entry(actor, loaded.files, merged))
            merged, _ = settle(put, taking, How(whole=False), "")
            loaded.changed = merged.added + merged.removed + merged.changed
    snapshots.sweep(state, data_dir)
    return loaded


def _entry(actor: Actor, files: Sequence[LoadedFile], merged: Merged) -> Entry:
    """Say who loaded what, for the audit."""
    names = [mask(Path(one.path).name)[:_LONGEST_NAME] for one in files if one.taken]
    body: dict[str, Json] = {
        "files": len(names),
        "names": names[:_NAMES],
        "added": merged.added,
        "removed": merged.removed,
        "changed": merged.changed,
    }
    return Entry(actor.name, actor.via, AuditAction.FEED_CHANGED, "feed", BY_HAND, body)


def _load(path: Path, options: Options, taking: Taking, unpacked: Path) -> list[LoadedFile]:
    """Take a file, with what is packed in it; a faulty one never keeps the others from loading."""
    found: list[LoadedFile] = []
    origin = str(path.absolute())
    try:
        for content in contents(path, unpacked):
            shown = f"{path}/{content.part}" if content.part else str(path)
            told = Told(origin, options.kind, tlp=options.tlp)
            try:
                reading = taking.document(content.path, told, options.format, part=content.part)
            except FormatRefusedError as problem:
                found.append(_refused(shown, str(problem)))
            else:
                found.append(_taken(shown, reading))
    except (FormatRefusedError, OSError) as problem:
        reason = f"cannot be read: {problem.strerror}" if isinstance(problem, OSError) else str(problem)
        taking.refuse(origin, Refused(path.name, reason))
        found.append(_refused(str(path), reason))
    return found


def _taken(path: str, reading: Reading) -> LoadedFile:
    table = reading.tables.get("indicators")
    by_kind: dict[str, int] = {}
    if table is not None:
        counted = pc.value_counts(table.column("kind").cast(pa.string()))
        by_kind = {one["values"]: one["counts"] for one in counted.to_pylist()}
    return LoadedFile(
        path,
        reading.format,
        reading.read,
        dict(sorted(by_kind.items())),
        reading.counts,
        reading.refused,
        reading.refused_count,
        taken=True,
    )


def _refused(path: str, reason: str) -> LoadedFile:
    return LoadedFile(path, "", 0, {}, {}, [Refused(path, reason)], 1, taken=False)
