"""Whatever happens to a log between two polls, every line is read exactly once."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warroom.catalog.transports.files import Files
from warroom.collect.file_chunks import Cutter
from warroom.collect.files import FileCollector
from warroom.collect.recount import recount

APPEND, PARTIAL, POLL, CRASH, REFUSED, RENAME, LATE, COPY, GZIP = (
    "append", "partial", "poll", "crash", "refused", "rename", "late", "copy", "gzip",
)  # fmt: skip


class Machine:
    """A log, its writer, logrotate, a collector, and a store of what was committed."""

    def __init__(self, folder: Path, *, narrow: bool) -> None:
        self.log = folder / "access.log"
        self.collect = Files((f"{self.log}{'' if narrow else '*'}",))
        self.positions: dict[str, str] = {}
        self.collector = FileCollector(self.collect, {}, Cutter(chunk_bytes=64))
        self.written: list[bytes] = []
        self.read: list[bytes] = []
        self.half: bytes = b""  # what the log's last line lacks …
        self.begun = 0  # … and its place among the lines written
        self.latest_closed = True
        self.copied = False

    def line(self, size: int) -> bytes:
        text = b"%d:" % len(self.written) + b"x" * size
        self.written.append(text)
        return text

    def write(self, data: bytes, path: Path | None = None) -> None:
        with (path or self.log).open("ab") as file:
            file.write(data)

    def append(self, size: int) -> None:
        self.write(self.half + b"".join(self.line(size + place) + b"\n" for place in range(1 + size % 5)))
        self.half = b""

    def partial(self, size: int) -> None:
        self.append(1)
        self.begun = len(self.written)
        text = self.line(size + 2) + b"\n"
        self.write(text[: size // 2 + 1])
        self.half = text[size // 2 + 1 :]

    def finish(self) -> None:
        if self.half:
            self.write(self.half)
            self.half = b""

    def poll(self, ahead: timedelta = timedelta(0), stop: int = 1 << 30, *, accept_last: bool = True) -> None:
        for number, chunk in enumerate(self.collector.poll(datetime.now(UTC) + ahead)):
            if number == stop and not accept_last:
                return  # its commit failed
            self.read += chunk.lines.to_pylist()
            self.positions[chunk.source] = chunk.position
            if number == stop:
                return  # committed, then the worker died
            self.collector.accept(chunk)

    def crash(self, stop: int) -> None:
        self.poll(stop=stop % 3)
        self.collector = FileCollector(self.collect, self.positions, Cutter(chunk_bytes=64))

    def refused(self, stop: int) -> None:
        self.poll(stop=stop % 3, accept_last=False)

    def shift(self) -> None:
        for number in range(9, 0, -1):
            for end in ("", ".gz"):
                old = Path(f"{self.log}.{number}{end}")
                if old.exists():
                    old.rename(f"{self.log}.{number + 1}{end}")

    def rename(self, size: int) -> None:
        if not self.log.exists():
            return
        self.shift()
        if size % 2:
            self.finish()
        elif self.half:  # the last line never gets its end
            self.written[self.begun] = self.written[self.begun][: -len(self.half) + 1 or None]
        self.latest_closed = not self.half
        self.half = b""
        self.log.rename(f"{self.log}.1")

    def late(self, size: int) -> None:
        """Write on into the renamed file, as a server does until it is told to open its log again."""
        renamed = Path(f"{self.log}.1")
        if renamed.exists() and self.latest_closed and not self.copied:
            self.write(self.line(size) + b"\n", renamed)

    def copy(self, _: int) -> None:
        if not self.log.exists():
            return
        self.finish()
        self.shift()
        shutil.copyfile(self.log, f"{self.log}.1")
        os.truncate(self.log, 0)
        self.copied = True

    def gzip(self, _: int) -> None:
        for number in range(9, 0, -1):
            old = Path(f"{self.log}.{number}")
            if old.exists():
                with old.open("rb") as source, gzip.open(f"{old}.gz", "wb") as target:
                    shutil.copyfileobj(source, target)
                old.unlink()
                return


def run(steps: list[tuple[str, int]], *, narrow: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder), narrow=narrow)
        for step, size in steps:
            if narrow and step == RENAME and machine.log.exists():
                machine.poll()  # a file that leaves the pattern before it was ever seen cannot be known
                machine.append(size)
            if step == POLL:
                machine.poll()
            else:
                getattr(machine, step)(size)
        machine.finish()
        machine.poll()
        machine.poll(timedelta(hours=1))
        assert Counter(machine.read) == Counter(machine.written)
        absent = narrow and machine.written and not machine.log.exists()
        gone = [f"{machine.log}: the files are gone"] if absent else []
        assert machine.collector.problems == gone
        again = recount(machine.collect, machine.positions)
        assert again.missing == []
        assert sum(again.sources.values()) == len(machine.written)


def steps(*kinds: str) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 120)), max_size=25)


BY_RENAME = steps(APPEND, APPEND, PARTIAL, POLL, POLL, CRASH, REFUSED, RENAME, LATE, GZIP)
BY_COPY = steps(APPEND, APPEND, PARTIAL, POLL, CRASH, REFUSED, COPY, GZIP)
NARROW = steps(APPEND, APPEND, PARTIAL, POLL, CRASH, RENAME, LATE)
QUICK = settings(max_examples=40, deadline=None)
LONG = settings(max_examples=3000, deadline=None)


@QUICK
@given(BY_RENAME)
@example([(APPEND, 0), (RENAME, 0), (PARTIAL, 0), (LATE, 0), (RENAME, 0)])
def test_rotation_by_rename_and_gzip(plan: list[tuple[str, int]]) -> None:
    run(plan, narrow=False)


@QUICK
@given(BY_COPY)
def test_rotation_by_copy_and_truncate(plan: list[tuple[str, int]]) -> None:
    run(plan, narrow=False)


@QUICK
@given(NARROW)
def test_the_renamed_file_is_read_to_its_end_though_no_pattern_names_it(plan: list[tuple[str, int]]) -> None:
    run(plan, narrow=True)


@pytest.mark.soak
@LONG
@given(plan=st.one_of(BY_RENAME, BY_COPY), narrow=st.booleans())
def test_rotation_of_every_kind_at_length(plan: list[tuple[str, int]], *, narrow: bool) -> None:
    run([step for step in plan if not narrow or step[0] not in (GZIP, COPY)], narrow=narrow)
