"""Shows on a terminal how far a scan is: one line that is written over again and again, and gone at the end."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, TextIO

from warroom.commands.output import printable

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two writings: more often nobody can read it.
_PAUSE: Final = 0.2
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_STEP: Final = 1000
#: Where a terminal does not tell its width.
_WIDTH: Final = 80
_LONGEST_NAME: Final = 32
_MINUTE: Final = 60


class Progress:
    """How far a scan is.

    Args:
        file: where it is shown, if that is a terminal that can write over a line.
        total: bytes of all files as they lie on the disk.
        live: show it while the scan goes on; what came of it is told at the end in any case.
        clock: seconds that only grow.
    """

    def __init__(
        self, file: TextIO, total: int, *, live: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._terminal = file if file.isatty() and os.environ.get("TERM") != "dumb" else None
        self._line_on = self._terminal if live else None
        self._total = total
        self._clock = clock
        self._begun: float | None = None
        self._shown_at = 0.0
        self._shown = 0  # characters that stand on the line
        self._passed = 0  # bytes of the files that are done
        self._name = ""
        self._size = 0
        self._packed = False
        self._read = 0  # bytes of the file's content

    def file(self, name: str, size: int, *, packed: bool) -> None:
        """Begin with a file; ``size`` is its bytes on the disk, which is no measure of content that is ``packed``."""
        if self._begun is None:
            self._begun = self._shown_at = self._clock()
        self._passed += self._size
        self._name, self._size, self._packed, self._read = name, size, packed, 0

    def block(self, read: int, events: int, matches: int) -> None:
        """Count ``read`` more bytes of content; ``events`` and ``matches`` are those of the whole scan."""
        self._read += read
        if self._line_on and (now := self._clock()) - self._shown_at >= _PAUSE:
            self._shown_at = now
            self.say(self._line(self._seconds(), events, matches))

    def say(self, text: str) -> None:
        """Show a text on the line, in place of what stands there."""
        if self._line_on is None:
            return
        try:
            width = os.get_terminal_size(self._line_on.fileno()).columns or _WIDTH
        except OSError:
            width = _WIDTH
        text = text[: width - 1]  # a line that wraps cannot be written over
        self._line_on.write(f"\r{text:<{self._shown}}")
        self._line_on.flush()
        self._shown = len(text)

    def clear(self) -> None:
        """Leave the line empty, for whatever is written next."""
        if self._line_on and self._shown:
            self._line_on.write(f"\r{' ' * self._shown}\r")
            self._line_on.flush()
            self._shown = 0

    def finish(self, events: int, matches: int, refused: int) -> None:
        """Say in one line what the scan found; ``refused`` counts rules."""
        self.clear()
        if self._terminal:
            seconds = self._seconds()
            rules = f", refused rules: {refused:,}" if refused else ""
            speed = f"{seconds:.1f} s, {rate(events, seconds):,} events/s"
            self._terminal.write(f"{events:,} events, {matches:,} matches{rules}, {speed}\n")

    def _seconds(self) -> float:
        return 0.0 if self._begun is None else self._clock() - self._begun

    def _line(self, seconds: float, events: int, matches: int) -> str:
        name = printable(self._name)  # a name may hold what a terminal obeys
        parts = [name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"]
        if self._packed:
            parts.append(f"{amount(self._read)} unpacked")
        else:
            done = self._passed + min(self._read, self._size)
            parts += [f"{amount(done)} of {amount(self._total)}", f"{100 * done // max(self._total, 1)} %"]
        parts += [f"{rate(events, seconds):,} events/s", f"{matches:,} matches"]
        if not self._packed and done:
            parts.append(f"{_clock_time(seconds * (self._total - done) / done)} left")
        return "  ".join(parts)


def rate(events: int, seconds: float) -> int:
    """Give events a second, to three digits: more of them only flicker."""
    whole = round(events / max(seconds, 0.001))
    return round(whole, 3 - len(str(whole)))


def amount(size: int) -> str:
    """Write bytes in the largest unit that gives one or more."""
    value = float(size)
    for unit in _UNITS:
        if value < _STEP or unit == _UNITS[-1]:
            break
        value /= _STEP
    return f"{value:.0f} {unit}" if unit in _UNITS[:3] else f"{value:.1f} {unit}"


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def byte_progress(line: Progress) -> Callable[[str, int, int], None]:
    """Give what shows on a line what is being done, with bytes done and bytes in all."""
    shown = ("", 0.0)

    def tell(what: str, done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if what == shown[0] and now - shown[1] < _PAUSE:
            return
        shown = (what, now)
        line.say(f"{what}: {amount(done)} of {amount(total)}, {100 * done // total} %" if total else what)

    return tell
