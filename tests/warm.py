"""Commands forked from a process that has imported them: each starts in a moment, and is a process all the same.

A command typed by a person, `python -m warroom verify`, takes two CPU-seconds to import itself and a tenth of one to
do its work. That start is shown by the tests of `./run`, `up`, `demo`, of the worker's command and of memory; those
that need many processes, to kill them or to look at what they left, take these.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import connection
from pathlib import Path
from types import ModuleType

from warroom.__main__ import STAYING, main
from warroom.machine import bulk
from warroom.settings import ROOT

WARM = multiprocessing.get_context("forkserver")
#: What the worker and the console import until they are ready; a fork server has one list, whoever starts it.
WARM.set_forkserver_preload(
    [
        "warroom.worker",
        "warroom.console.server",
        *(f"warroom.commands.{name}" for name in ("ingest", "ledger", "verify", "backup", "restore", "incident")),
        *("duckdb", "hyperscan", "llvmlite", "pandas", "plotly.graph_objects", "structlog"),
    ]
)


class Running:
    """A command under way, as ``subprocess.Popen`` tells of it."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], out: Path, errors: Path) -> None:
        self.arguments = [*arguments]
        for path in (out, errors):
            path.touch()
        given = (self.arguments, dict(environment), out, errors)
        # a daemon: one that a failed test left behind ends with the tests
        self._process = WARM.Process(target=_command, args=given, daemon=True)
        # The child would run this process's main module again, which may be a screen that Streamlit's test runner left.
        main_module = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            self._process.start()
        finally:
            sys.modules["__main__"] = main_module

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and tell how it ended; ``subprocess.TimeoutExpired`` where it does not."""
        if not connection.wait([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def _command(arguments: list[str], environment: dict[str, str], out: Path, errors: Path) -> None:
    for number, path in ((1, out), (2, errors)):
        with path.open("ab") as output:
            os.dup2(output.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["warroom", *arguments]
    if STAYING.intersection(arguments[:1]):
        bulk.make_ready_to_stay()
    sys.exit(main(arguments))
