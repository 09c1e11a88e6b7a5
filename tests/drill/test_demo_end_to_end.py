from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from warroom.errors import StoreError
from warroom.settings import ROOT
from warroom.store.database import State
from warroom.store.drill import PlayedIncident, played_incidents

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 150


def incidents_of(data: Path) -> list[PlayedIncident]:
    opened = State(f"sqlite:///{data / 'state.db'}")
    try:
        return played_incidents(opened)
    except StoreError:  # not there yet
        return []
    finally:
        opened.close()


@pytest.mark.slow
def test_the_demo_raises_an_incident_and_ends_clean(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path / "demo"
    told = tmp_path / "printed.txt"
    environment = {
        **os.environ,
        "WARROOM_DATA": str(data),
        "WARROOM_ADDRESS": f"127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    with told.open("wb") as output:
        demo = subprocess.Popen([sys.executable, "-m", "warroom", "demo"], cwd=ROOT, env=environment, stdout=output)
    link = f"http://127.0.0.1:{port}/signin?token="
    found: list[PlayedIncident] = []
    try:
        # The worker may be there before the console is, or after it.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found and link in told.read_text()) and time.monotonic() < deadline and demo.poll() is None:
            time.sleep(0.5)
            found = incidents_of(data)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(timeout=60)
    assert found, (data / "processes" / "worker.log").read_text()[-2_000:]
    assert found[0].platform_id == "tang_rat"
    assert link in told.read_text()
    assert demo.returncode == 0
    for process in (tmp_path / ".demo.lock").read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)
