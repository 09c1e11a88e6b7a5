"""Runs a command and tells what it cost: CPU-seconds of it and all its children, memory, and what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: getrusage counts in bytes on macOS and in KiB elsewhere.
_UNIT = 1 << 20 if sys.platform == "darwin" else 1 << 10


@dataclass(frozen=True)
class Cost:
    """CPU-seconds (user and system, waited-for children included) and the largest memory of one process in MB."""

    cpu_seconds: float
    peak_mb: float


def run(command: Sequence[str | Path], cwd: Path, **environment: str) -> Cost:
    """Run a command to its end; exit codes 0 and 1 (something matched) are right, others raise CalledProcessError."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  commands of this project
            [str(part) for part in command],
            cwd=cwd,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            sys.stderr.write(said.read()[-4000:].decode(errors="replace"))
            raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command])
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _UNIT)
