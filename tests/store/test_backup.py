"""A backup is one moment of the store with all of its files."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from proving import Kept
from store.backing_up import bring_back, everything, rows, silent, source

from warroom.errors import ConflictError, StoreError, UsageError
from warroom.store import manifest
from warroom.store.backup import Source, back_up
from warroom.store.ledger import books, recounted
from warroom.store.segments import write_segment
from warroom.store.signing import Signer, Trusted
from warroom.store.verify import Evidence, verify


def test_what_comes_back_elsewhere_is_what_was_there_and_proven(kept: Kept, copied: Path, tmp_path: Path) -> None:
    kept_rows = rows(kept.data_dir / "state.db")
    shutil.move(kept.data_dir, tmp_path / "lost")
    place = tmp_path / "other" / "machine"
    with bring_back(copied, place) as state:
        assert rows(place / "state.db") == kept_rows
        told = verify(Evidence(state, place, Trusted.of(Signer.open(kept.key)), kept.copy), silent)
        assert told.findings == []
        assert told.checked["segment files"] == 13
        for line in books(state).lines:
            assert recounted(line, place, books(state).paths[line.feed_id]).missing_segments == 0
    assert not list(place.glob(".restoring"))


def test_only_its_owner_reads_it_and_no_key_is_in_it(kept: Kept, tmp_path: Path) -> None:
    for name in ("secret.key", "signing.key"):
        (kept.data_dir / name).write_text("x")
    copied = tmp_path / "copy"
    back_up(source(kept), copied, silent)
    for path in (copied, *copied.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    names = {path.relative_to(copied).parts[0] for path in copied.rglob("*")}
    assert names == {"manifest.json", "state.db", "events", "proofs"}


def test_segments_merged_while_it_runs_are_looked_for_in_a_newer_copy(kept: Kept, tmp_path: Path) -> None:
    merged: list[str] = []

    def meddle(what: str, _done: int, _total: int) -> None:
        """As a compaction does whose grace period is over: one file for two, which are gone."""
        if what == "files" and not merged:
            merged.extend(merge_two(kept))

    contents = back_up(source(kept), tmp_path / "copy", meddle)
    paths = {part.path for part in contents.files}
    assert merged
    assert not paths & set(merged[:2])
    assert merged[2] in paths
    assert not contents.lacking
    assert not any((tmp_path / "copy" / path).exists() for path in merged[:2])
    with bring_back(tmp_path / "copy", tmp_path / "place") as state:
        told = verify(Evidence(state, tmp_path / "place", Trusted.of(Signer.open(kept.key)), None), silent)
        assert told.findings == []


def test_the_database_is_of_one_moment_whoever_writes_meanwhile(kept: Kept, tmp_path: Path) -> None:
    """Each transaction writes the same number twice, far apart in a database of many steps."""
    written = 0

    def write_on(what: str, *_: int) -> None:
        nonlocal written
        if what == "state database":
            written += 1
            with kept.state as state, state.write() as connection:
                connection.exec_driver_sql("UPDATE meta SET value = ? WHERE key IN ('a', 'z')", (str(written),))

    with kept.state as state, state.write() as connection:
        for key in ("a", *(f"m{number}" for number in range(60)), "z"):
            text = "0" if key in {"a", "z"} else str(number_of(key)) * (1 << 20)
            connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?)", (key, text))
    back_up(source(kept), tmp_path / "copy", write_on)
    assert written > 3
    with closing(sqlite3.connect(tmp_path / "copy" / "state.db")) as link:
        assert link.execute("SELECT DISTINCT value FROM meta WHERE key IN ('a', 'z')").fetchall() == [("0",)]
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with kept.state as state, state.read() as connection:
        assert connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'z'").scalar() == str(written)


def number_of(key: str) -> int:
    return int(key.removeprefix("m")) % 10


def merge_two(kept: Kept) -> list[str]:
    """Merge the two newest segments of a closed day; their paths and the new one's."""
    with kept.state as state:
        with state.read() as connection:
            told = connection.exec_driver_sql("SELECT day, path FROM segments ORDER BY id LIMIT 2").all()
        old = [row.path for row in told]
        whole = pa.concat_tables([pq.read_table(kept.data_dir / path, partitioning=None) for path in old])
        new = write_segment(
            kept.data_dir, "events", "web", whole, times=whole["ts"], ids=whole["event_id"], day=told[0].day
        )
        with state.write() as connection:
            manifest.replace(connection, old, new)
    for path in old:
        (kept.data_dir / path).unlink()
    return [*old, new.path]


def test_what_was_lost_or_changed_before_is_told_and_all_else_is_saved(kept: Kept, tmp_path: Path) -> None:
    first, second, *_ = sorted((kept.data_dir / "events").rglob("*.parquet"))
    first.unlink()
    second.write_bytes(b"something else")
    contents = back_up(source(kept), tmp_path / "copy", silent)
    lost, changed = (path.relative_to(kept.data_dir).as_posix() for path in (first, second))
    assert set(contents.lacking) == {lost, changed}
    assert contents.lacking[lost] == "gone"
    assert "SHA-256" in contents.lacking[changed]
    with bring_back(tmp_path / "copy", tmp_path / "place") as state:
        assert (tmp_path / "place" / "state.db").exists()
        found = verify(Evidence(state, tmp_path / "place", Trusted.of(Signer.open(kept.key)), None), silent)
        assert {one.place for one in found.findings} == {lost, changed}


def test_a_link_in_a_segments_place_is_not_followed(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("a secret of the machine")
    first = min((kept.data_dir / "events").rglob("*.parquet"))
    first.unlink()
    first.symlink_to(tmp_path / "elsewhere")
    contents = back_up(source(kept), tmp_path / "copy", silent)
    assert list(contents.lacking) == [first.relative_to(kept.data_dir).as_posix()]
    assert b"a secret of the machine" not in everything(tmp_path / "copy").values()


def test_interrupted_it_goes_on_with_what_is_there(kept: Kept, tmp_path: Path) -> None:
    class Interrupted(Exception):  # noqa: N818 - of this test
        pass

    pieces = 0

    def stop(what: str, _done: int, _total: int) -> None:
        nonlocal pieces
        pieces += what == "files"
        if pieces == 6:
            raise Interrupted

    target = tmp_path / "copy"
    with pytest.raises(Interrupted):
        back_up(source(kept), target, stop)
    assert not target.exists()
    partial = tmp_path / ".copy.partial"
    before = {path: path.stat().st_mtime_ns for path in partial.rglob("*.parquet")}
    assert len(before) == 5
    spoiled = min(before)
    spoiled.write_bytes(b"torn")  # by the crash
    back_up(source(kept), target, silent)
    assert not partial.exists()
    moved = {target / path.relative_to(partial): at for path, at in before.items()}
    kept_as_they_were = [path for path, at in moved.items() if path.stat().st_mtime_ns == at]
    assert len(kept_as_they_were) == 4
    for path in moved:
        assert path.read_bytes() == (kept.data_dir / path.relative_to(target)).read_bytes()
    assert not list(target.rglob(".*"))


def test_it_writes_to_no_place_where_it_does_harm(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the state folder"):
        back_up(source(kept), kept.data_dir / "backups" / "one", silent)
    (tmp_path / "link").symlink_to(kept.data_dir)
    with pytest.raises(UsageError, match="inside the state folder"):
        back_up(source(kept), tmp_path / "link" / "one", silent)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ConflictError, match="not empty"):
        back_up(source(kept), tmp_path / "full", silent)
    with pytest.raises(UsageError, match="mount point"):
        back_up(source(kept), Path("/proc"), silent)
    (tmp_path / "empty").mkdir()
    back_up(source(kept), tmp_path / "empty", silent)
    assert (tmp_path / "empty" / "manifest.json").exists()


def test_two_backups_do_not_write_one_target(kept: Kept, tmp_path: Path) -> None:
    partial = tmp_path / ".copy.partial"
    partial.mkdir()
    other = os.open(partial, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(ConflictError, match="another backup"):
        back_up(source(kept), tmp_path / "copy", silent)
    os.close(other)


def test_a_folder_without_a_store_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        back_up(Source(tmp_path / "data", tmp_path / "data" / "state.db", "0"), tmp_path / "copy", silent)
