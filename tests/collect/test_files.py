"""The collector of files: late, partial, long, unreadable, damaged, hostile."""

from __future__ import annotations

import gzip
import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from collect.unprivileged import poll_without_privileges
from collect.watching import Watch

from warroom.catalog.transports.files import Files
from warroom.collect.files import FileCollector
from warroom.collect.find import family
from warroom.collect.recount import recount


def test_a_file_that_appears_later_is_read(tmp_path: Path) -> None:
    watch = Watch(f"{tmp_path}/*.log")
    assert watch.poll() == []
    (tmp_path / "a.log").write_bytes(b"one\n")
    assert watch.poll() == [b"one"]
    assert watch.collector.problems == []


def test_line_ends_blank_lines_and_offsets(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\r\n\n \t\r\ntwo\n\n")
    (chunk,) = FileCollector(Files((f"{tmp_path}/a.log",)), {}).poll(datetime.now(UTC))
    assert chunk.lines.to_pylist() == [b"one", b"two"]
    assert chunk.offsets.to_pylist() == [0, 10]
    assert (chunk.path, chunk.lag_bytes) == (f"{tmp_path}/a.log", 0)


def test_the_last_line_waits_for_its_end_or_for_stillness(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\ntw")
    watch = Watch(str(log))
    assert watch.poll() == [b"one"]
    assert watch.poll(timedelta(seconds=20)) == []
    assert watch.poll(timedelta(seconds=31)) == [b"tw"]
    assert watch.poll(timedelta(hours=1)) == []


def test_a_long_line_is_refused_whole_and_the_next_is_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 5000 + b"\nnext\n")
    watch = Watch(str(log), line_limit=1024, chunk_bytes=100)
    assert watch.poll() == [b"next"]
    ((offset, raw, reason),) = watch.rejects
    assert (offset, raw) == (0, b"x" * 5000)
    assert "5000 bytes" in reason
    assert sum(recount(watch.collect, watch.positions).sources.values()) == 2


def test_a_line_too_long_to_hold_is_refused_in_pieces(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"before\n" + b"x" * 2500 + b"\nafter\n")
    watch = Watch(str(log), line_limit=500, chunk_bytes=100, piece_bytes=1000)
    lines = watch.poll()
    assert lines == [b"before", b"after"]
    assert [len(raw) for _, raw, _ in watch.rejects] == [1000, 1000, 500]
    assert sum(recount(watch.collect, watch.positions, piece_bytes=1000).sources.values()) == 5


def test_a_restart_in_the_middle_of_a_split_line_goes_on_refusing(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 1500)
    watch = Watch(str(log), piece_bytes=1000)
    assert watch.poll() == []
    with log.open("ab") as file:
        file.write(b'{"forged": "event"}\nreal\n')
    watch.restart()
    assert watch.poll() == [b"real"]


def test_an_unreadable_file_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "good.log").write_bytes(b"one\n")
    with gzip.open(tmp_path / "bad.log.gz", "wb") as file:
        file.write(os.urandom(5000))
    damaged = bytearray((tmp_path / "bad.log.gz").read_bytes())
    damaged[2000:2100] = b"\xff" * 100
    (tmp_path / "bad.log.gz").write_bytes(damaged)
    (tmp_path / "no.log.gz").write_bytes(b"this is no gzip")
    watch = Watch(f"{tmp_path}/*.log*")
    assert b"one" in watch.poll()
    assert len(watch.collector.problems) == 2
    assert all("damaged gzip file" in problem for problem in watch.collector.problems)
    again = list(watch.collector.problems)
    assert watch.poll() == []
    assert sorted(watch.collector.problems) == sorted(again)


def test_a_file_without_the_right_to_read_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    (tmp_path / "a.log").chmod(0)
    (tmp_path / "b.log").write_bytes(b"two\n")
    assert poll_without_privileges(f"{tmp_path}/*.log") == {
        "lines": ["two"],
        "problems": [f"{tmp_path}/a.log: cannot be read: Permission denied"],
    }


def test_a_folder_without_the_right_to_read_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_bytes(b"one\n")
    folder.chmod(0o311)
    found = poll_without_privileges(f"{folder}/*.log")
    assert found["lines"] == []
    assert "the folder cannot be read" in found["problems"][0]


def test_a_gzip_file_that_grows_is_read_on_and_once(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b"line %d %s\n" % (number, os.urandom(20).hex().encode()) for number in range(500)))
    path = tmp_path / "a.log.gz"
    watch = Watch(f"{tmp_path}/*")
    seen: list[bytes] = []
    for end in (len(whole) // 3, 2 * len(whole) // 3, len(whole)):
        path.write_bytes(whole[:end])
        seen += watch.poll()
        assert bool(watch.collector.problems) == (end < len(whole))
        watch.restart()
    assert [line.split()[1] for line in seen] == [b"%d" % number for number in range(500)]


def test_a_gzip_bomb_is_not_read_on(tmp_path: Path) -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"a" * ((2 << 20) - 1) + b"\n"
    with (tmp_path / "a.log.gz").open("wb") as file:
        for _ in range(70):
            file.write(squeeze.compress(block))
        file.write(squeeze.flush())
    watch = Watch(f"{tmp_path}/*.gz", line_limit=1024)
    for number, _ in enumerate(watch.collector.poll(datetime.now(UTC))):
        assert number < 40
    assert "expands more than" in watch.collector.problems[0]


def test_a_link_to_outside_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret\n")
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "evil.log").symlink_to(tmp_path / "secret")
    (folder / "real.log").write_bytes(b"one\n")
    (folder / "good.log").symlink_to(folder / "real.log")
    os.mkfifo(folder / "pipe.log")
    watch = Watch(f"{folder}/*.log")
    assert watch.poll() == [b"one"]
    (problem,) = watch.collector.problems
    assert "evil.log" in problem


def test_files_that_are_gone_are_told(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    watch = Watch(str(log))
    watch.poll()
    log.unlink()
    assert watch.poll() == []
    assert "gone" in watch.collector.problems[0]
    assert recount(watch.collect, watch.positions).missing == list(watch.positions)


def test_a_new_file_under_the_old_name_that_begins_alike_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"#header\n")
    watch = Watch(f"{tmp_path}/*")
    assert watch.poll() == [b"#header"]
    (tmp_path / "keep").write_bytes(b"")  # so that no inode comes back at once
    log.rename(tmp_path / "a.log.1")
    log.write_bytes(b"#header\nnew\n")
    assert watch.poll() == [b"#header", b"new"]


def test_a_file_copied_anew_under_its_name_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    old = b"".join(b"line %d\n" % number for number in range(300))
    log.write_bytes(old)
    watch = Watch(str(log))
    assert len(watch.poll()) == 300
    (tmp_path / "incoming").write_bytes(old + b"more\n")
    (tmp_path / "incoming").rename(log)
    assert watch.poll() == [b"more"]


def test_a_file_cut_and_grown_beyond_the_old_place_is_read_anew(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"old 1\nold 2\n")
    watch = Watch(str(log))
    watch.poll()
    with log.open("r+b") as file:
        file.truncate(0)
        file.write(b"new 1\nnew 2\nnew 3\n")
    assert watch.poll() == [b"new 1", b"new 2", b"new 3"]


def test_two_files_alike_are_two_sources(tmp_path: Path) -> None:
    for name in ("host-1.log", "host-2.log"):
        (tmp_path / name).write_bytes(b"same\n")
    assert Watch(f"{tmp_path}/*.log").poll() == [b"same", b"same"]


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("access.log", "access.log"),
        ("access.log.1", "access.log"),
        ("access.log.12.gz", "access.log"),
        ("access.log-20261122", "access.log"),
        ("access.log-20261122-1700.gz", "access.log"),
        ("access-20261122.log.gz", "access.log"),
        ("access-2026-11-22.log", "access.log"),
        ("app.1.log", "app.log"),
        ("host-1.log", "host-1.log"),
        ("u_ex1.log", "u_ex1.log"),
    ],
)
def test_the_name_a_rotated_file_shares(name: str, of: str) -> None:
    assert family(f"/var/log/{name}") == of
