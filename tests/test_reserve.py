"""Intake stops before the disk is full, and goes on by itself."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from making import WEB_FEED, settings_for

from warroom.errors import DiskFullError
from warroom.reserve import Reserve
from warroom.settings import Settings
from warroom.store.database import State
from warroom.store.ledger import books
from warroom.worker import Worker

LINE = '192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET / HTTP/1.1" 200 5 "-" "-"\n'


def test_there_is_room_above_the_reserve_and_none_below(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert Reserve(tmp_path, 0).why_stopped() is None
    told = Reserve(tmp_path, 2 * free).why_stopped()
    assert told is not None
    assert "make room" in told


def test_a_worker_leaves_its_sources_alone_while_there_is_too_little_room(tmp_path: Path) -> None:
    made = settings_for(tmp_path, {"web.yml": WEB_FEED}, {})
    folders = {"data": made.data, "feeds": made.feeds, "detectors": made.detectors, "cache": made.cache}
    (tmp_path / "data/logs").mkdir(parents=True)
    (tmp_path / "data/logs/access.log").write_text(LINE)
    worker = Worker(Settings(**folders, disk_reserve_mib=1 << 40), threading.Event())
    worker.start()
    with pytest.raises(DiskFullError, match="WARROOM_DISK_RESERVE_MIB"):
        worker.read_once()
    worker.stop()
    worker = Worker(Settings(**folders), threading.Event())
    worker.start()
    assert worker.read_once() == {"web": 1}
    worker.stop()
    with State(made.db_url) as state:
        assert [line.stored for line in books(state).lines] == [1]
