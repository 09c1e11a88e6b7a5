"""Folders of Windows event log files (EVTX): which ones are read, and when one counts as whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.transports import files
from warroom.catalog.values import Values

KEYS: Final = ("paths", "still")


@dataclass(frozen=True, slots=True)
class Evtx:
    """Whole paths or patterns of the files that a feed reads, and after how long without a change one is whole."""

    paths: tuple[str, ...]
    still_seconds: float


def read(values: Values, data_dir: Path) -> Evtx:
    """Read ``collect`` of a feed of EVTX files; ``data_dir`` is what ``{data}`` stands for."""
    return Evtx(files.read(values, data_dir).paths, values.seconds("collect", "still", default="10s", least=0))
