"""A war room of its own in a folder, and an independent look at what it stored."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from making import UNION_RULE, WEB_FEED, new_store, settings_for
from warm import Running

from warroom.settings import ROOT


class Place:
    """A data folder with one web feed and one rule, used through the command line."""

    def __init__(self, folder: Path) -> None:
        settings_for(folder, {"web.yml": WEB_FEED}, {"web_union.yml": UNION_RULE})
        self.folder = folder
        self.data = folder / "data"
        new_store(self.data / "state.db").close()
        self.logs = self.data / "logs"
        self.logs.mkdir(mode=0o700)
        self.log = self.logs / "access.log"
        told = {name: folder / name.lower() for name in ("DATA", "CACHE", "FEEDS", "DETECTORS")}
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **{f"WARROOM_{name}": str(path) for name, path in told.items()},
        }

    def command(self, *arguments: str) -> list[str]:
        """What a person types."""
        return [sys.executable, "-m", "warroom", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, for two minutes at most."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            told = Path(name, "out"), Path(name, "errors")
            code = Running(arguments, self.environment, *told).wait(120)
            return subprocess.CompletedProcess(arguments, code, *(path.read_text(encoding="utf-8") for path in told))

    def start(self, *arguments: str) -> Running:
        """Start a command; what it tells is appended to one log."""
        log = self.folder / "worker.log"
        return Running(arguments, self.environment, log, log)

    def query(self, sql: str, *values: str) -> list[tuple]:
        link = sqlite3.connect(f"file:{self.data / 'state.db'}?mode=ro", uri=True, timeout=30)
        try:
            return link.execute(sql, values).fetchall()
        finally:
            link.close()

    def stored(self, kind: str) -> Counter[bytes]:
        """Every raw line in the files that the manifest names, read without our own reader."""
        found: Counter[bytes] = Counter()
        for (path,) in self.query("SELECT path FROM segments WHERE kind = ?", kind):
            found.update(pq.read_table(self.data / path, columns=["raw"]).column("raw").to_pylist())
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
