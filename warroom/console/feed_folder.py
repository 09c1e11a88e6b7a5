"""The feeds as their files define them, switched on or not: read once for all sessions, again only what changed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from warroom.catalog import load_feed
from warroom.catalog.feeds import feed_files
from warroom.console import snapshot
from warroom.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.catalog import Feed

_Stamp = tuple[int, int, int]
_Read = tuple["Feed | None", tuple[Fault, ...]]


class FeedFolder:
    """The feeds of a folder. A look costs one ``stat`` for each file; a file is read when it is not what it was."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self._folder, self._data_dir = folder, data_dir
        self._known: dict[Path, tuple[_Stamp, _Read]] = {}
        self._lock = Lock()

    def look(self) -> tuple[list[Feed], list[Fault]]:
        """Give the sound feeds by id, and every fault, as of now."""
        with self._lock:
            try:
                paths = sorted(feed_files(self._folder), key=lambda path: path.name)
            except OSError as problem:
                return [], [Fault(str(self._folder), 0, f"cannot be read: {problem.strerror}")]
            self._known = {path: found for path in paths if (found := self._of(path)) is not None}
            read = [one for _, one in self._known.values()]
        return [feed for feed, _ in read if feed is not None], [fault for _, faults in read for fault in faults]

    def _of(self, path: Path) -> tuple[_Stamp, _Read] | None:
        try:
            told = path.stat()
        except OSError:
            return None  # an editor replaces it: the next look sees the new one
        stamp = told.st_mtime_ns, told.st_size, told.st_ino
        before = self._known.get(path)
        if before is not None and before[0] == stamp:
            return before
        feed, faults = load_feed(path, self._data_dir, snapshot.platforms())
        return stamp, (feed, tuple(faults))


_FOLDERS: Final[dict[tuple[Path, Path], FeedFolder]] = {}


def feeds_of(folder: Path, data_dir: Path) -> tuple[list[Feed], list[Fault]]:
    """Give the feeds of a folder, and its faults, as of now; ``data_dir`` is what ``{data}`` in a path stands for."""
    return _FOLDERS.setdefault((folder, data_dir), FeedFolder(folder, data_dir)).look()
