"""From a line in a log to a message at somebody else's server, by the real worker."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from making import UNION_RULE, WEB_FEED, new_store, settings_for, somebody, web_line
from notify.outside import web

from warroom.access.keys import load_key
from warroom.incidents import channels
from warroom.model import Severity
from warroom.settings import Settings
from warroom.store.outbox import Channel
from warroom.worker import Worker

pytestmark = pytest.mark.slow


def test_an_attack_in_a_log_becomes_a_message(tmp_path: Path) -> None:
    made = settings_for(tmp_path, {"web.yml": WEB_FEED}, {"union.yml": UNION_RULE})
    settings = Settings(
        data=made.data,
        cache=made.cache,
        feeds=made.feeds,
        detectors=made.detectors,
        outbound="127.0.0.1",
        hosts="warroom.example",
    )
    ended = threading.Event()
    with web() as site:
        with new_store(settings.data_dir / "state.db") as state:
            told = Channel(
                0,
                "room",
                "",
                Severity.LOW,
                None,
                "th",
                personal=False,
                quiet_from=None,
                quiet_to=None,
                per_minute=5,
                enabled=True,
                made_at=0,
            )
            address = f"json://127.0.0.1:{site.port}/hook"
            channels.add_channel(state, somebody("wipa"), load_key(settings.data_dir), told, address)
        log = settings.data_dir / "logs" / "access.log"
        log.parent.mkdir(parents=True)
        log.write_bytes(web_line(1, "q=1+union+select"))
        worker = Worker(settings, ended)
        worker.start()
        running = threading.Thread(target=worker.run)
        running.start()
        try:
            deadline = time.monotonic() + 90
            while not site.got and time.monotonic() < deadline:
                time.sleep(0.2)
        finally:
            ended.set()
            running.join(60)
            worker.stop()
    assert [one["title"] for one in site.got] == ["เหตุการณ์ใหม่ #1 ระดับสูง"]
    assert site.got[0]["message"].splitlines()[-1] == "เปิดดู: https://warroom.example/?incident=1"
