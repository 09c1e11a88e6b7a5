"""Positions are forgotten only when nothing that stands could be read a second time."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collect.watching import Watch

from warroom.collect.finished import KEPT, finished

LATER = datetime.now(UTC) + KEPT + timedelta(hours=12)  # a whole run of the tests may lie between
OLD = b"".join(b"old line %d\n" % number for number in range(200))


def watched(folder: Path) -> Watch:
    """A log of yesterday and one of today, both read to the end."""
    (folder / "a.log.1").write_bytes(OLD)
    (folder / "a.log").write_bytes(b"today\n")
    watch = Watch(f"{folder}/a.log*")
    assert len(watch.poll()) == 201
    return watch


def source_of(watch: Watch, name: str) -> str:
    (source,) = (source for source, position in watch.positions.items() if f'{name}"' in position)
    return source


def test_a_file_long_gone_is_finished_and_only_it(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    yesterday = source_of(watch, "a.log.1")
    assert finished(watch.collect, watch.positions, LATER) == set()
    (tmp_path / "a.log.1").unlink()
    assert finished(watch.collect, watch.positions, datetime.now(UTC)) == set()
    assert finished(watch.collect, watch.positions, LATER) == {yesterday}
    assert finished(watch.collect, watch.positions, LATER, kept=KEPT * 2) == set()


def test_what_is_finished_can_be_forgotten_and_nothing_is_read_twice(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    (tmp_path / "a.log.1").unlink()
    for source in finished(watch.collect, watch.positions, LATER):
        del watch.positions[source]
    watch.restart()
    assert len(watch.positions) == 1
    assert watch.poll() == []


def test_a_compressed_copy_keeps_its_source(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    (tmp_path / "a.log.2.gz").write_bytes(gzip.compress(OLD))
    (tmp_path / "a.log.1").unlink()
    assert finished(watch.collect, watch.positions, LATER) == set()


def test_a_copy_cut_short_keeps_its_source(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    (tmp_path / "a.log.2").write_bytes(OLD[:1500])
    (tmp_path / "a.log.1").unlink()
    assert finished(watch.collect, watch.positions, LATER) == set()


def test_a_file_renamed_away_from_the_pattern_keeps_its_source(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    (tmp_path / "a.log.1").rename(tmp_path / "kept-by-hand")
    assert finished(watch.collect, watch.positions, LATER) == set()


def test_a_folder_that_is_empty_or_gone_is_no_proof(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    for name in ("a.log", "a.log.1"):
        (tmp_path / name).unlink()
    assert finished(watch.collect, watch.positions, LATER) == set()


def test_a_file_that_cannot_be_read_may_be_any_of_its_family(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    (tmp_path / "a.log.1").unlink()
    (tmp_path / "a.log.2.gz").write_bytes(b"no gzip")
    assert finished(watch.collect, watch.positions, LATER) == set()


def test_a_name_once_given_is_not_given_to_another_file(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    first = source_of(watch, "a.log.1")
    inode = (tmp_path / "a.log.1").stat().st_ino
    with (tmp_path / "a.log.1").open("r+b") as file:  # the same inode begins anew
        file.truncate(0)
        file.write(b"new\n")
    del watch.positions[first]
    watch.restart()
    assert watch.poll(timedelta(days=1)) == [b"new"]
    assert (tmp_path / "a.log.1").stat().st_ino == inode
    assert first not in watch.positions
