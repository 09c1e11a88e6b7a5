"""Watches the content folders and the settings: what changed is told to the audit."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from warroom.bench.drafts import drafts_folder
from warroom.catalog import Feed
from warroom.catalog.intel_feeds import IntelFeed
from warroom.detect import RuleSet
from warroom.environment import SecretStr
from warroom.privacy import mask
from warroom.settings import Settings
from warroom.store import seen
from warroom.store.database import State
from warroom.store.lease import Lease

_SUFFIXES: Final = (".yml", ".yaml", ".tar.gz", ".tgz")
#: Larger files are known by their size and time alone: no rule or feed is that long.
_LARGEST: Final = 64 << 20
#: What names no file, nor who: paths of a machine say nothing about what the war room does.
_NOT_TOLD: Final = frozenset({"data", "cache"})


class ContentFolder:
    """A folder of content: whether a file in it changed, and what its files are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, int], str]] = {}

    def look(self) -> dict[str, tuple[int, int]]:
        """Give time and size of every content file by its path here; equal as long as none changes."""
        found: dict[str, tuple[int, int]] = {}
        for path in sorted(self._folder.rglob("*")):
            if not path.name.endswith(_SUFFIXES):
                continue
            try:
                told = path.stat()
            except OSError:
                continue  # an editor replaces it: the next look sees the new one
            found[str(path.relative_to(self._folder))] = told.st_mtime_ns, told.st_size
        return found

    def hashes(self, found: Mapping[str, tuple[int, int]]) -> dict[str, str]:
        """Give the SHA-256 of every file of a look; read again is only what has another time or size."""
        known: dict[str, tuple[tuple[int, int], str]] = {}
        for name, told in found.items():
            before = self._known.get(name)
            known[name] = before if before and before[0] == told else (told, self._hash(name, told))
        self._known = known
        return {name: sha256 for name, (_, sha256) in known.items()}

    def _hash(self, name: str, told: tuple[int, int]) -> str:
        if told[1] > _LARGEST:
            return f"{told[1]} bytes, not read"
        try:
            with (self._folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as problem:
            return f"unreadable: {type(problem).__name__}"


class Watch:
    """The content folders of a war room, by what the worker saw in them when it last looked."""

    def __init__(self, settings: Settings, state: State, lease: Lease) -> None:
        self._settings, self._state, self._lease = settings, state, lease
        self._detectors, self._feeds = ContentFolder(settings.detectors), ContentFolder(settings.feeds)
        self._drafts = ContentFolder(drafts_folder(settings.data_dir))

    def look(self) -> tuple[object, object, object]:
        """Give something that is equal as long as no content file changes."""
        return self._detectors.look(), self._feeds.look(), self._drafts.look()

    def tell_content(self, rules: RuleSet, feeds: Iterable[Feed | IntelFeed]) -> int:
        """Tell the audit which files are not what they were, and with how many rules and feeds; how many files."""
        whole = rules.whole  # what a stage leaves out stands in its file still
        places = [one.file for one in whole.rules] + [one.file for one in whole.correlations]
        in_file = Counter(_inside(place, self._settings.detectors) for place in places)
        feed_files = Counter(_inside(str(one.file), self._settings.feeds) for one in feeds)
        detectors = self._detectors.hashes(self._detectors.look())
        sources = self._feeds.hashes(self._feeds.look())
        with self._state.write() as connection:
            self._lease.hold(connection)
            changed = seen.tell_content(connection, "detectors", _files(detectors, in_file))
            return changed + seen.tell_content(connection, "feeds", _files(sources, feed_files))

    def tell_settings(self) -> list[str]:
        """Tell the audit which settings are not what they were at the last start; their names."""
        with self._state.write() as connection:
            self._lease.hold(connection)
            return seen.tell_settings(connection, in_effect(self._settings))


def in_effect(settings: Settings) -> dict[str, str]:
    """Give every setting as text; of a secret one only whether it is set, and no identifiers of people."""
    values = {name: getattr(settings, name) for name in sorted(type(settings).model_fields) if name not in _NOT_TOLD}
    return {
        name: "set" if isinstance(value, SecretStr) else mask(str(value))
        for name, value in values.items()
        if value is not None and value != ""
    }


def _files(hashes: Mapping[str, str], counts: Counter[str]) -> dict[str, seen.File]:
    return {mask(name): seen.File(sha256, counts[name]) for name, sha256 in hashes.items()}


def _inside(file: str, folder: Path) -> str:
    """Give a rule's file as a path below the folder; an archive's name for what lies in one."""
    path = Path(file.partition(":")[0])
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
