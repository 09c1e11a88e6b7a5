"""The reserve: room on the volume of the state folder that intake leaves alone, so that a full disk breaks nothing.

Below it no source is read and nothing is received: senders keep what they have. Incidents, clocks and the audit go on,
which need little.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Final

_LOOK_EVERY_SECONDS: Final = 1.0


class Reserve:
    """Watches one volume; ``bytes_kept`` is what is left free on it."""

    def __init__(self, folder: Path, bytes_kept: int) -> None:
        self._folder, self._kept = folder, bytes_kept
        self._looked_at = float("-inf")
        self._told: str | None = None

    def why_stopped(self) -> str | None:
        """Say why intake has to stop; None where there is room. Looks at most once a second."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_EVERY_SECONDS:
            self._looked_at = now
            free = shutil.disk_usage(self._folder).free
            self._told = None if free >= self._kept else self._words(free)
        return self._told

    def _words(self, free: int) -> str:
        return (
            f"intake stands still: {free >> 20:,} MiB are free on the volume of the state folder, {self._kept >> 20:,} "
            "are left alone (WARROOM_DISK_RESERVE_MIB); make room, it goes on by itself"
        )
