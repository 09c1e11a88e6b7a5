from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from making import WEB_FEED, settings_for

from warroom.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.0, 4.0])
def test_asked_to_stop_at_any_moment_the_worker_ends_well(tmp_path: Path, seconds: float) -> None:
    settings_for(tmp_path, {"web.yml": WEB_FEED}, {})
    told = {f"WARROOM_{name}": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "FEEDS", "DETECTORS")}
    worker = subprocess.Popen([sys.executable, "-m", "warroom", "worker"], cwd=ROOT, env=told, stderr=subprocess.PIPE)
    time.sleep(seconds)
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    # Before the first line of the command has run, nothing is open and the signal simply ends the process.
    assert worker.returncode == 0 or (worker.returncode == -signal.SIGTERM and b"ready" not in said)
    assert b"Traceback" not in said
