"""Feeds that hang delay no other: more of them than there are threads, and logs on disk are read all the same."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
from making import WEB_FEED, settings_for

from warroom.collect import pull
from warroom.settings import Settings
from warroom.store.database import State
from warroom.store.ledger import books
from warroom.worker import Worker

HANGING = 70
PULL = """\
title: {{th: ก, en: pulled}}
platform: tang_rat
collect: {{transport: pull, url: "http://127.0.0.1:{port}/", every: 200ms}}
parse: {{format: jsonl}}
logsource: {{product: govplatform}}
"""
LINE = '192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET / HTTP/1.1" 200 5 "-" "-"\n'


def stored(settings: Settings) -> int:
    with State(settings.db_url) as state:
        return sum(line.stored for line in books(state).lines)


@pytest.mark.slow
def test_feeds_that_never_answer_delay_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "_EXCHANGE_SECONDS", 600.0)  # they hang until the test ends, however slow the machine
    (tmp_path / "data/logs").mkdir(parents=True)
    log = tmp_path / "data/logs/access.log"
    log.write_text(LINE)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as nobody:  # takes connections, and that is all
        pulled = PULL.format(port=nobody.getsockname()[1])
        made = settings_for(tmp_path, {f"pull{one:02}.yml": pulled for one in range(HANGING)} | {"a.yml": WEB_FEED}, {})
        folders = {"data": made.data, "feeds": made.feeds, "detectors": made.detectors, "cache": made.cache}
        settings = Settings(**folders, outbound="127.0.0.0/8")
        ended = threading.Event()
        worker = Worker(settings, ended)
        worker.start()
        runs = threading.Thread(target=worker.run)
        runs.start()
        try:
            for count in (1, 2, 3):
                limit = time.monotonic() + 60
                while stored(settings) < count:
                    assert time.monotonic() < limit, "a line on disk waits for somebody else's network"
                    time.sleep(0.1)
                with log.open("a") as file:
                    file.write(LINE)
        finally:
            ended.set()
            nobody.close()  # who waits for it is told so
            runs.join()
            worker.stop()
