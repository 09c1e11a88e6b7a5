"""Files that the manifest names no more: removed once no reader can be at them any more.

A reader takes its list of files before it opens them, so they stay for a grace period. What a worker that ends
leaves behind is swept at the next start.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final

#: No reader takes longer from its list to the last of its files.
GRACE_SECONDS: Final = 120.0


class Retired:
    """The files of one data folder that wait for their removal."""

    def __init__(self, data_dir: Path, grace_seconds: float = GRACE_SECONDS) -> None:
        self._data_dir, self._grace = data_dir, grace_seconds
        self._waiting: deque[tuple[float, Path]] = deque()

    def add(self, paths: Iterable[str]) -> None:
        """Let files go that no row of the manifest names any more."""
        now = time.monotonic()
        self._waiting.extend((now, self._data_dir / path) for path in paths)

    def unlink(self) -> None:
        """Remove what has waited for long enough, and folders of days that are empty then."""
        now = time.monotonic()
        while self._waiting and now - self._waiting[0][0] >= self._grace:
            _, path = self._waiting.popleft()
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
