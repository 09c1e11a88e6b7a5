"""Consoles forked from a process that has imported everything: each starts in a moment, and is a process all the same.

A console of a person's own, `python -m warroom console`, takes three CPU-seconds to import itself. The tests of the
command line, of the death of a console and of the way from a line to the wall start that one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType

from warroom.__main__ import main
from warroom.settings import ROOT

_WARM = multiprocessing.get_context("forkserver")
#: The costly part of what the console imports until its first page is shown; its screens wait for Streamlit to run.
_WARM.set_forkserver_preload(["warroom.console.server", "duckdb", "pandas", "plotly.graph_objects", "structlog"])


def start(environment: dict[str, str], log: Path) -> ForkServerProcess:
    """Run `./run console` with this environment, what it prints in a file."""
    process = _WARM.Process(target=_console, args=(environment, log))
    # The child would run this process's main module again, which may be a screen that Streamlit's test runner left.
    main_module = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = main_module
    return process


def _console(environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["warroom", "console"]
    sys.exit(main(["console"]))
