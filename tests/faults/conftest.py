"""A war room of its own in a folder, and an independent look at what it stored."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from making import UNION_RULE, WEB_FEED, settings_for

from warroom.settings import ROOT


class Place:
    """A data folder with one web feed and one rule, used through the command line."""

    def __init__(self, folder: Path) -> None:
        settings_for(folder, {"web.yml": WEB_FEED}, {"web_union.yml": UNION_RULE})
        self.folder = folder
        self.data = folder / "data"
        self.logs = self.data / "logs"
        self.logs.mkdir(parents=True, mode=0o700)
        self.log = self.logs / "access.log"
        told = {name: folder / name.lower() for name in ("DATA", "CACHE", "FEEDS", "DETECTORS")}
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **{f"WARROOM_{name}": str(path) for name, path in told.items()},
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "warroom", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(self.command(*arguments), env=self.environment, stdout=log, stderr=log)

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
