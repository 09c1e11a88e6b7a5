"""Records of several lines: whole, exactly once, whatever happens between two polls."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warroom.catalog import load_feeds
from warroom.catalog.transports.files import Files
from warroom.collect.file_chunks import Cutter
from warroom.collect.files import FileCollector
from warroom.collect.paths import blocks
from warroom.collect.reading import begins_of
from warroom.collect.records import Cut, Rule, cut, rule_of, split_records
from warroom.collect.recount import recount

BEGINS = rb"[0-9]+:|#"
PIECE = 256
MOST = 5
HOUR = timedelta(hours=1)
FEED = """\
title: {th: ฐานข้อมูล, en: Database}
platform: tang_rat
collect: {transport: file, paths: ["{data}/slow.log*"]}
parse: %s
logsource: {product: mysql}
"""


def rule(lines: int = MOST, size: int = 1 << 20) -> Rule:
    return Rule(re.compile(BEGINS), lines, size)


def joined(data: bytes, one: Rule | None = None) -> list[bytes]:
    found = cut(data, one or rule(), within=False, last=True)
    records: list[bytes] = split_records(data, 0, 1 << 20, found).lines.to_pylist()
    return records


def test_lines_belong_to_the_record_that_began_before_them() -> None:
    assert joined(b"1: a\n b\n\n c\n\n2: d\r\n e\r\n") == [b"1: a\n b\n\n c", b"2: d\n e"]


def test_lines_before_the_first_record_are_records_each() -> None:
    assert joined(b"head\n\nmore\n1: a\nb\n") == [b"head", b"more", b"1: a\nb"]
    assert joined(b"no record\nat all") == [b"no record", b"at all"]


def test_a_record_is_cut_at_its_bounds_and_the_rest_is_one() -> None:
    assert joined(b"1: a\nb\nc\nd\ne\nf\ng\n2: h\n") == [b"1: a\nb\nc\nd\ne", b"f\ng", b"2: h"]
    assert joined(b"1: a\nbbbb\nc\n", rule(size=10)) == [b"1: a\nbbbb", b"c"]
    assert joined(b"1: aaaaaaaaaaaa\nb\nc\n", rule(size=10)) == [b"1: aaaaaaaaaaaa", b"b\nc"]


def test_what_may_go_on_is_no_whole_record() -> None:
    assert cut(b"1: a\nb\n2: c\nd", rule(), within=False, last=False) == Cut([(0, 7, 0)], 7, 2, within=True)
    assert cut(b"1: a\nb", rule(), within=False, last=False).end == 0


def test_offsets_numbers_and_records_that_are_too_long() -> None:
    data = b"\nhead\n1: a\nb\n2: cccccccccccc\nd\n3: e\n"
    found = split_records(data, 100, 12, cut(data, rule(), within=False, last=True))
    assert found.lines.to_pylist() == [b"head", b"1: a\nb", b"3: e"]
    assert found.offsets.to_pylist() == [101, 106, 131]
    assert found.numbers.tolist() == [1, 2, 6]
    assert [(offset, raw) for offset, raw, _ in found.rejects] == [(113, b"2: cccccccccccc\nd")]
    assert (found.reject_numbers, found.count) == ([4], 7)


def test_a_file_named_by_hand_is_read_in_records(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"head\n1: a\nb\n\n2: c\n" + b"x" * 40 + b"\n3: d")
    (block,) = blocks(log, 30, BEGINS)
    assert block.lines.to_pylist() == [b"head", b"1: a\nb", b"3: d"]
    assert block.numbers.tolist() == [1, 2, 7]
    assert [number for number, _, _ in block.rejects] == [5]


def test_the_last_record_waits_for_the_next_or_for_stillness(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(b"1: a\nb\n")
    machine.poll()
    assert machine.read == []
    machine.write(b"c\n2: d\ne")
    machine.poll()
    assert machine.read == [b"1: a\nb\nc"]
    machine.poll(HOUR)
    assert machine.read == [b"1: a\nb\nc", b"2: d\ne"]
    machine.write(b"f\ng\n3: h\n")  # too late: a record of its own
    machine.poll(HOUR)
    assert machine.read[2:] == [b"f\ng", b"3: h"]
    machine.counts_alike()


@pytest.mark.parametrize(
    ("parse", "expected"),
    [
        ("{format: mysql_slow}", rb"# User@Host: |\S{1,200}, Version: .{1,300} started with:"),
        ("{format: mysql_slow, begins: '# Time'}", b"# Time"),
        ("{format: syslog}", None),
    ],
)
def test_a_feed_says_how_its_records_begin(tmp_path: Path, parse: str, expected: bytes | None) -> None:
    (tmp_path / "db.yml").write_text(FEED % parse, "utf-8")
    (feed,), faults = load_feeds(tmp_path, tmp_path)
    assert faults == []
    assert begins_of(feed) == expected


class Machine:
    """A log, its writer, logrotate, a collector, and a store of what was committed."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "app.log"
        self.collect = Files((f"{self.log}*",))
        self.positions: dict[str, str] = {}
        self.files: list[bytes] = [b""]
        self.read: list[bytes] = []
        self.refused: list[bytes] = []
        self.count = 0
        self.crash(0)

    def write(self, data: bytes) -> None:
        self.files[-1] += data
        with self.log.open("ab") as file:
            file.write(data)

    def line(self, kind: int) -> None:
        self.count += 1
        number = b"%d" % self.count
        line = (number + b": x", number, number + b"y" * 40, b"", b"#" + number, number + b"z" * 600)
        self.write(line[kind % 6] + b"\n")

    def half(self, kind: int) -> None:
        self.count += 1
        self.write(b"%d." % self.count + b"h" * (kind % 90))

    def poll(self, ahead: timedelta = timedelta(0), stop: int = 1 << 30, *, kept: bool = True) -> None:
        for number, chunk in enumerate(self.collector.poll(datetime.now(UTC) + ahead)):
            if number == stop and not kept:
                return
            self.read += chunk.lines.to_pylist()
            self.refused += [raw for _, raw, _ in chunk.rejects]
            self.positions[chunk.source] = chunk.position
            if number == stop:
                return
            self.collector.accept(chunk)

    def wait(self, _: int) -> None:
        self.poll(HOUR)

    def look(self, _: int) -> None:
        self.poll()

    def crash(self, stop: int) -> None:
        if self.count:
            self.poll(stop=stop % 3, kept=bool(stop % 2))
        cutter = Cutter(chunk_bytes=64, piece_bytes=PIECE, rule=rule_of(BEGINS, lines=MOST, piece_bytes=PIECE))
        self.collector = FileCollector(self.collect, self.positions, cutter)

    def rotate(self, kind: int) -> None:
        if not self.log.exists():
            return
        name = f"{self.log}.{len(self.files)}"
        self.log.rename(name)
        self.files.append(b"")
        if kind % 2:
            with Path(name).open("rb") as source, gzip.open(f"{name}.gz", "wb") as target:
                shutil.copyfileobj(source, target)
            Path(name).unlink()

    def counts_alike(self) -> None:
        again = recount(self.collect, self.positions, piece_bytes=PIECE, begins=BEGINS, record_lines=MOST)
        assert again.missing == []
        assert sum(again.sources.values()) == len(self.read) + len(self.refused)


def run(steps: list[tuple[str, int]], *, stills: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        for step, kind in steps:
            getattr(machine, step)(kind)
        machine.poll(HOUR)
        machine.poll(HOUR)
        # stillness may cut a line in two: bytes are what is never lost nor doubled
        given = b"".join(machine.read + machine.refused).replace(b"\n", b"")
        assert Counter(given) == Counter(b"".join(machine.files).replace(b"\n", b""))
        if not stills:
            expected = [record for data in machine.files for record in joined_at_once(data)]
            assert Counter(machine.read) == Counter(expected)
        machine.counts_alike()


def joined_at_once(data: bytes) -> list[bytes]:
    """The records of a whole file, without those of lines too long to hold."""
    one = rule(size=PIECE // 2)
    parts = re.split(rb"^([^\n]{%d,}\n?)" % PIECE, data, flags=re.MULTILINE)
    records: list[bytes] = []
    within = False
    for part in parts[::2]:
        found = cut(part, one, within=within, last=True)
        within = found.within
        records += split_records(part, 0, 1 << 20, found).lines.to_pylist()
    return records


def steps(*kinds: str) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 120)), max_size=40)


MOVING = steps("line", "line", "line", "look", "crash", "rotate")
RESTING = steps("line", "line", "line", "half", "look", "crash", "wait", "rotate")
QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(MOVING)
@example([("line", 0), ("line", 5), ("look", 0), ("line", 1), ("crash", 1), ("line", 1)])
def test_records_are_read_whole_and_once(plan: list[tuple[str, int]]) -> None:
    run(plan, stills=False)


@QUICK
@given(RESTING)
@example([("line", 4), ("wait", 0), ("line", 0), ("wait", 0), ("half", 3), ("wait", 0), ("line", 0)])
def test_nothing_is_lost_where_writers_pause_within_a_record(plan: list[tuple[str, int]]) -> None:
    run(plan, stills=True)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(MOVING, RESTING)
def test_records_at_length(moving: list[tuple[str, int]], resting: list[tuple[str, int]]) -> None:
    run(moving, stills=False)
    run(resting, stills=True)
