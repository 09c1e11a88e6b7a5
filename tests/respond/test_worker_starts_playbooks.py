"""From a line in a log to a playbook that runs, by the real worker."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from making import UNION_RULE, WEB_FEED, settings_for, web_line

from warroom.store import incidents as store
from warroom.store.database import State
from warroom.store.views import playbook as views
from warroom.worker import Worker

pytestmark = pytest.mark.slow


def test_an_attack_in_a_log_starts_its_playbooks(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, {"web.yml": WEB_FEED}, {"union.yml": UNION_RULE})
    log = settings.data_dir / "logs" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(web_line(1, "q=1+union+select"))
    ended = threading.Event()
    worker = Worker(settings, ended)
    worker.start()
    running = threading.Thread(target=worker.run)
    running.start()
    found: tuple[views.RunView, ...] = ()
    try:
        with State(settings.db_url) as state:
            deadline = time.monotonic() + 90
            while len(found) < 2 and time.monotonic() < deadline:
                time.sleep(0.2)
                found = views.runs(state, 1) or ()
            with state.read() as connection:
                told = [one.body for one in store.log_of(connection, 1) if one.action == "playbook_started"]
    finally:
        ended.set()
        running.join(60)
        worker.stop()
    # the second because the category that is proposed is one of those reported at once
    assert {one.run.playbook for one in found} == {"web_intrusion", "state_agency_incident"}
    assert all(one["text_th"] and one["text_en"] for one in told)
