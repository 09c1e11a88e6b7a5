"""Writes lines into log files as real programs do: in bursts, with half a line at the end, rotated by rename."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, Self

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from warroom.drill.lines import Line
    from warroom.drill.scenario import LogFile, Scenario

#: A play faster than the clock writes this much at a time.
_BUFFER_BYTES: Final = 1 << 18


@dataclass(slots=True)
class _Open:
    log: LogFile
    path: Path
    file: BinaryIO
    rotated: int = 0
    pending: bytearray = field(default_factory=bytearray)


class LogWriter:
    """Holds a scenario's log files open below one folder; a context manager that leaves whole lines behind."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._logs: dict[str, _Open] = {}
        for log in scenario.logs:
            path = folder / log.path
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._logs[log.id] = _Open(log, path, _append(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for log in self._logs.values():
            _write(log, len(log.pending))
            log.file.close()

    def add(self, line: Line, moment: datetime) -> None:
        """Take one line; it reaches the file with the next ``flush``, or a rotation that is due before it."""
        log = self._logs[line.log]
        if log.log.rotate is not None and (turn := int(line.at // log.log.rotate)) > log.rotated:
            log.rotated = turn
            _rotate(log)
        log.pending += line.encode(moment)
        if len(log.pending) >= _BUFFER_BYTES:
            _write(log, len(log.pending))

    def flush(self, *, whole: bool = False) -> None:
        """Write what is there. Unless ``whole``, a buffering program's last line is cut, for the next flush."""
        for log in self._logs.values():
            size = len(log.pending)
            if size and not whole and log.log.format != "syslog":
                last = log.pending.rfind(b"\n", 0, size - 1) + 1
                size = last + (size - last) // 2
            _write(log, size)


def _write(log: _Open, size: int) -> None:
    if size:
        log.file.write(bytes(log.pending[:size]))
        log.file.flush()
        del log.pending[:size]


def _append(path: Path) -> BinaryIO:
    return path.open("ab", buffering=0)


def _rotate(log: _Open) -> None:
    """As logrotate by default: ``.1`` is the newest, older ones move up, a new file takes the name."""
    _write(log, len(log.pending))
    log.file.close()
    number = 1
    while log.path.with_name(f"{log.path.name}.{number}").exists():
        number += 1
    for older in range(number, 1, -1):
        log.path.with_name(f"{log.path.name}.{older - 1}").rename(log.path.with_name(f"{log.path.name}.{older}"))
    log.path.rename(log.path.with_name(f"{log.path.name}.1"))
    log.file = _append(log.path)
