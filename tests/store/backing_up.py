"""How tests make backups and bring them back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from proving import Kept

from warroom.store.backup import Source
from warroom.store.backup_list import Contents
from warroom.store.database import State
from warroom.store.restore import restore


def silent(*_: object) -> None:
    """Tell nobody how far it is."""


def nobody(_state: State, _contents: Contents) -> None:
    """Witness nothing."""


def source(kept: Kept) -> Source:
    return Source(kept.data_dir, kept.data_dir / "state.db", "0.1.0")


def bring_back(folder: Path, place: Path) -> State:
    restore(folder, place, place / "state.db", nobody, silent)
    return State(f"sqlite:///{place / 'state.db'}")


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as link:
        return [line for line in link.iterdump() if '"leases"' not in line]
