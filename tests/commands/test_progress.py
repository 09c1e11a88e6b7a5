"""What a terminal shows while a scan goes on, and what stands there in the end."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from tests.commands.test_scan import LINE, RULES
from warroom.commands.progress import Progress, amount, rate


class Terminal:
    """A real pseudo terminal, 80 columns wide; ``line`` is what stands on its last line, ``lines`` are those above."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.file: TextIO = os.fdopen(slave, "w", encoding="utf-8")
        self.written = ""

    def read(self) -> None:
        os.set_blocking(self.master, False)
        try:
            while data := os.read(self.master, 65_536):
                self.written += data.decode()
        except OSError:  # nothing more, or nobody writes any more
            return

    @property
    def shown(self) -> list[str]:
        self.read()
        shown = [""]
        for part in self.written.replace("\r\n", "\n").split("\n"):
            line = ""
            for piece in part.split("\r"):
                line = piece + line[len(piece) :]
            shown[-1] = line.rstrip()
            shown.append("")
        return shown[:-1]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm")
    made = Terminal()
    yield made
    made.file.close()
    os.close(made.master)


def test_the_line_tells_how_far_it_is_and_is_gone_at_the_end(terminal: Terminal) -> None:
    times = iter([0.0, 0.5, 0.5, 0.6, 2.0, 2.0, 4.0])
    progress = Progress(terminal.file, 4_000_000, clock=lambda: next(times))
    progress.say("reading rules …")
    assert terminal.shown == ["reading rules …"]
    progress.file("a.log", 3_000_000, packed=False)
    progress.block(1_000_000, 1000, 2)
    assert terminal.shown == ["a.log  1 MB of 4 MB  25 %  2,000 events/s  2 matches  0:02 left"]
    progress.block(1_000_000, 9999, 9)  # a tenth of a second later: too soon
    assert "2,000 events/s" in terminal.shown[0]
    progress.file("b.log", 1_000_000, packed=False)
    progress.block(500_000, 8000, 9)
    assert terminal.shown == ["b.log  4 MB of 4 MB  87 %  4,000 events/s  9 matches  0:00 left"]
    progress.finish(8000, 10, 3)
    assert terminal.shown == ["8,000 events, 10 matches, refused rules: 3, 4.0 s, 2,000 events/s", ""]


def test_the_line_never_wraps(terminal: Terminal) -> None:
    progress = Progress(terminal.file, 1000)
    progress.say("x" * 200)
    progress.say("y")
    assert terminal.shown == ["y"]
    assert "x" * 79 in terminal.written
    assert "x" * 80 not in terminal.written


def test_packed_content_has_no_share_of_its_file(terminal: Terminal) -> None:
    times = iter([0.0, 1.0, 1.0])
    progress = Progress(terminal.file, 1000, clock=lambda: next(times))
    progress.file("a.log.gz", 1000, packed=True)
    progress.block(70_000, 500, 0)
    assert terminal.shown == ["a.log.gz  70 kB unpacked  500 events/s  0 matches"]


def test_a_name_cannot_write_to_the_terminal(terminal: Terminal) -> None:
    times = iter([0.0, 1.0, 1.0])
    progress = Progress(terminal.file, 1000, clock=lambda: next(times))
    progress.file("\x1b[2Ja.log", 1000, packed=False)
    progress.block(10, 1, 0)
    assert "\x1b" not in terminal.written
    assert terminal.shown[0].startswith("\\x1b[2Ja.log")


@pytest.mark.parametrize("dumb", [False, True])
def test_nothing_is_written_where_no_line_can_be_written_over(monkeypatch: pytest.MonkeyPatch, *, dumb: bool) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "dumb")
    file = terminal.file if dumb else io.StringIO()
    progress = Progress(file, 1000, clock=iter(range(9)).__next__)
    progress.say("reading rules …")
    progress.file("a.log", 1000, packed=False)
    progress.block(10, 1, 0)
    progress.finish(1, 0, 0)
    terminal.file.close()
    assert terminal.shown == [""]
    assert dumb or isinstance(file, io.StringIO)
    assert dumb or not file.getvalue()
    os.close(terminal.master)


def test_a_scan_ends_with_one_line_of_what_it_found(tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rule.yml").write_text(RULES)
    (tmp_path / "rules/bad.yml").write_text("title: x\n")
    log = tmp_path / "access.log"
    log.write_text("".join(f"{LINE.format(second, '../etc')}\n" for second in range(5)))
    asked = ["scan", log, "--rules", tmp_path / "rules", "--output", tmp_path / "found"]
    environment = {**os.environ, "WARROOM_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "warroom", *map(str, asked)]
    subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=terminal.file, env=environment)
    told = "\n".join(terminal.shown)
    assert "reading rules" in terminal.written
    assert "reading rules" not in told
    assert "warning: " in told
    assert "5 events, 6 matches, refused rules: 1, " in told
    assert terminal.shown[-1] == ""


def test_an_error_stands_on_a_line_of_its_own(tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "access.log").write_text("")
    command = [sys.executable, "-m", "warroom", "scan", tmp_path / "access.log", "--rules", tmp_path / "none"]
    subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=terminal.file)
    assert terminal.shown[0].startswith("error: ")
    assert "reading rules" in terminal.written


@pytest.mark.parametrize(
    ("size", "written"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (5_250_000_000, "5.2 GB"), (10**16, "10000.0 TB")]
)
def test_amounts(size: int, written: str) -> None:
    assert amount(size) == written


@pytest.mark.parametrize(("events", "seconds", "told"), [(0, 0, 0), (612_345, 1, 612_000), (5, 2, 2), (1, 0.0, 1000)])
def test_rates_have_three_digits(events: int, seconds: float, told: int) -> None:
    assert rate(events, seconds) == told
