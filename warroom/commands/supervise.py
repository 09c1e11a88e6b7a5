"""Keeps a command's processes running together: starts them, restarts what crashed, ends all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from warroom.commands.stopping import asked_to_stop
from warroom.errors import WarroomError
from warroom.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: A process that crashes more often than this in a row takes the command down with it.
_RESTARTS: Final = 3
#: Having run so long, a process counts as sound again.
_SOUND_SECONDS: Final = 60.0
_END_SECONDS: Final = 15.0
#: A log that is longer is put aside, as NAME.log.1; the one put aside before goes.
_LOG_BYTES: Final = 16 << 20


@dataclass(slots=True)
class _Process:
    name: str
    arguments: Sequence[str]
    log: Path
    running: subprocess.Popen[bytes]
    started: float
    crashes: int = 0


class Processes:
    """Commands of the war room as child processes; leaving the context ends them all.

    Each gets a process group of its own, so that Ctrl-C reaches only this process, which then ends the
    others in order; what they print goes to ``{folder}/{name}.log`` (mode 600). ``held`` are file
    descriptors that they inherit, such as a lock.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *, held: Sequence[int] = ()) -> None:
        self._held = held
        self._folder = folder
        self._environment = {**os.environ, **environment}
        self._processes: list[_Process] = []
        self._ending = ExitStack()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def __enter__(self) -> Self:
        self._stop = self._ending.enter_context(asked_to_stop())
        return self

    def __exit__(self, *_: object) -> None:
        with self._ending:
            self._end()

    def start(self, name: str, *arguments: str) -> None:
        """Start ``python -m warroom {arguments}``."""
        log = self._folder / f"{name}.log"
        self._processes.append(_Process(name, arguments, log, self._spawn(arguments, log), time.monotonic()))

    def ids(self) -> list[int]:
        """Give the process ids."""
        return [process.running.pid for process in self._processes]

    def pause(self, seconds: float) -> bool:
        """Wait; True as soon as somebody asked this command to end."""
        return self._stop.wait(seconds)

    def watch(self) -> None:
        """Look after the processes until the command is to end; one that ends well (exit 0) stays ended.

        Raises WarroomError when a process crashed too often, with the place of its log.
        """
        while not self.pause(0.5):
            self.check()

    def check(self) -> None:
        """Restart what crashed since the last look, put logs aside that are long; raises as ``watch`` does."""
        for process in self._processes:
            put_aside(process.log)
            code = process.running.poll()
            if code in (None, 0):
                continue
            if time.monotonic() - process.started > _SOUND_SECONDS:
                process.crashes = 0
            process.crashes += 1
            if process.crashes > _RESTARTS:
                raise WarroomError(f"{process.name} ended with {code} again and again: see {process.log}")
            sys.stderr.write(f"{process.name} ended with {code}; starting it again (its log: {process.log})\n")
            process.running = self._spawn(process.arguments, process.log)
            process.started = time.monotonic()

    def _end(self) -> None:
        alive = [process for process in self._processes if process.running.poll() is None]
        for process in alive:
            process.running.terminate()
        deadline = time.monotonic() + _END_SECONDS
        for process in alive:
            try:
                process.running.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.running.kill()
                process.running.wait()

    def _spawn(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603  our own interpreter and our own commands
                [sys.executable, "-m", "warroom", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                process_group=0,
                pass_fds=self._held,
            )
        finally:
            os.close(descriptor)


def put_aside(log: Path, most_bytes: int = _LOG_BYTES) -> None:
    """Empty a log that is too long, after a copy: whoever appends to it goes on at its beginning.

    What is written between the two is lost, a line or two of 16 MiB.
    """
    if log.stat().st_size > most_bytes:
        aside = log.with_suffix(".log.1")
        shutil.copy(log, aside)  # with its mode, 600
        os.truncate(log, 0)
