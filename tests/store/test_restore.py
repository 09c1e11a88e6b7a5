"""A backup comes back whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from making import events
from proving import ADMIN, Kept
from store.backing_up import bring_back, everything, nobody, silent, source
from store.test_every_schema import filled

from warroom.errors import ConflictError, ForbiddenError, StoreError
from warroom.intel.loading import Options, load
from warroom.store import backup_list
from warroom.store.backup import Source, back_up
from warroom.store.backup_list import Contents, known_schemas
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.intel import snapshots
from warroom.store.lease import Lease
from warroom.store.prover import Places, Prover
from warroom.store.restore import restore
from warroom.store.signing import Signer, Trusted
from warroom.store.verify import Evidence, verify


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def a_segment(folder: Path) -> Path:
    return min(folder.rglob("*.parquet"))


def with_list(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte of a segment": (lambda folder: flip(a_segment(folder)), "SHA-256"),
    "a byte of the database": (lambda folder: flip(folder / "state.db"), r"state\.db: its bytes"),
    "a segment gone": (lambda folder: a_segment(folder).unlink(), "gone"),
    "a segment swapped": (
        lambda folder: shutil.copy(max(folder.rglob("*.parquet")), a_segment(folder)),
        "SHA-256",
    ),
    "no list": (lambda folder: (folder / "manifest.json").unlink(), "no backup"),
    "half a list": (lambda folder: os.truncate(folder / "manifest.json", 300), "damaged"),
    "a segment struck from the list": (
        lambda folder: with_list(folder, lambda told: told["files"].pop(3)),
        "lacks 1 files that its database names",
    ),
    "a path out of the folder": (
        lambda folder: with_list(folder, lambda told: told["files"][1].update(path="events/../../outside")),
        "no place",
    ),
    "an absolute path": (
        lambda folder: with_list(folder, lambda told: told["files"][1].update(path="/etc/passwd")),
        "no place",
    ),
    "a file twice": (
        lambda folder: with_list(folder, lambda told: told["files"].append(told["files"][1])),
        "twice",
    ),
    "a newer format": (lambda folder: with_list(folder, lambda told: told.update(format=9)), "format 9"),
    "a newer schema": (
        lambda folder: with_list(folder, lambda told: told.update(schema="9999")),
        "of a newer war room .*schema 9999.*restore it with that version",
    ),
    "another schema than the database's": (
        lambda folder: with_list(folder, lambda told: told.update(schema="0001")),
        "its list says 0001",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(copied: Path, tmp_path: Path, name: str) -> None:
    damage, said = DAMAGES[name]
    damage(copied)
    place = tmp_path / "place"
    with pytest.raises(StoreError, match=said):
        bring_back(copied, place)
    assert everything(place) == {} if place.exists() else True


def test_a_folder_with_a_store_is_not_touched(copied: Path, kept: Kept) -> None:
    before = everything(kept.data_dir)
    with pytest.raises(ConflictError, match="is there already"):
        restore(copied, kept.data_dir, kept.data_dir / "state.db", nobody, silent)
    (kept.data_dir / "state.db").unlink()
    with pytest.raises(ConflictError, match="not empty"):
        restore(copied, kept.data_dir, kept.data_dir / "state.db", nobody, silent)
    before.pop("state.db")
    left = everything(kept.data_dir)
    assert {name: left[name] for name in before if not name.startswith("state.db")} == {
        name: data for name, data in before.items() if not name.startswith("state.db")
    }


def test_a_restore_that_was_killed_in_between_is_begun_anew(copied: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / ".restoring" / "events").mkdir(parents=True)
    (place / ".restoring" / "state.db").write_bytes(b"half")
    (place / "events" / "2026-11-20").mkdir(parents=True)
    (place / "events" / "2026-11-20" / "of-the-killed-one.parquet").touch()
    (place / ".state.db.restoring").write_bytes(b"half")
    with bring_back(copied, place):
        pass
    listed = {part.path for part in backup_list.read(copied).files}
    assert {name for name in everything(place) if not name.startswith("state.db-")} == listed


def test_what_cannot_be_put_in_place_leaves_nothing(copied: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    database = place / "db" / "state.db"

    def in_the_way(_state: State, _contents: Contents) -> None:
        (database / "a folder in its place").mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        restore(copied, place, database, in_the_way, silent)
    assert everything(place) == {}
    shutil.rmtree(database)
    restore(copied, place, database, nobody, silent)
    assert database.is_file()


def test_who_may_not_restore_changes_nothing(copied: Path, tmp_path: Path) -> None:
    def refuse(_state: State, _contents: Contents) -> None:
        raise ForbiddenError("not you")

    place = tmp_path / "place"
    with pytest.raises(ForbiddenError):
        restore(copied, place, place / "state.db", refuse, silent)
    assert everything(place) == {}


def test_lease_sessions_and_links_stay_behind_and_a_worker_goes_on_from_there(kept: Kept, tmp_path: Path) -> None:
    with kept.state as state, state.write() as connection:
        connection.exec_driver_sql("INSERT INTO leases VALUES ('writer', 'elsewhere:1:x', 9000000000000000)")
    back_up(source(kept), tmp_path / "copy", silent)
    place = tmp_path / "place"
    with bring_back(tmp_path / "copy", place) as state:
        with state.read() as connection:
            for table in ("leases", "sessions", "signin_links"):
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0  # noqa: S608
        lease = Lease(state, place)
        lease.take()  # no other worker is thought alive
        ids = EventIds(state)
        with pytest.raises(StoreError, match="read on meanwhile"):  # the position came along: not read twice
            commit(state, place, Batch("web", "s", None, "{}", 3, events(3, ids.take(3)), 3), ids, lease)
        commit(state, place, Batch("web", "s", "{}", "{2}", 3, events(3, ids.take(3)), 3), ids, lease)
        lease.release()


SCHEMAS = known_schemas()

#: The oldest, one between and the newest at every run: that a store of each comes up has a test of its own.
SOME = {SCHEMAS[0], SCHEMAS[len(SCHEMAS) // 2], SCHEMAS[-1]}


@pytest.mark.parametrize(
    "schema", [pytest.param(one, marks=() if one in SOME else pytest.mark.soak) for one in SCHEMAS]
)
def test_a_backup_of_every_older_schema_is_brought_up(tmp_path: Path, schema: str) -> None:
    old = tmp_path / "old"
    old.mkdir()
    filled(old / "state.db", schema)
    with closing(sqlite3.connect(old / "state.db")) as link, link:
        link.execute("DELETE FROM segments")
        link.execute("DELETE FROM proofs") if int(schema) > 2 else None
    contents = back_up(Source(old, old / "state.db", "0"), tmp_path / "copy", silent)
    assert contents.schema == schema
    with bring_back(tmp_path / "copy", tmp_path / "place") as state, state.read() as connection:
        (found,) = connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
        assert found == known_schemas()[-1]
        assert connection.exec_driver_sql("SELECT count(*) FROM incidents").scalar() == 3
    if schema < "0003":  # no chain yet: it begins with all that came along
        with State(f"sqlite:///{tmp_path / 'place' / 'state.db'}") as state:
            lease = Lease(state, tmp_path / "place")
            lease.take()
            Prover(state, tmp_path / "place", lease, Places(tmp_path / "signing.key", None, None)).begin()
            trusted = Trusted.of(Signer.open(tmp_path / "signing.key"))
            assert verify(Evidence(state, tmp_path / "place", trusted, None), silent).findings == []
            lease.release()


def test_what_feeds_of_intelligence_brought_comes_back_with_it(kept: Kept, tmp_path: Path) -> None:
    with kept.state as state:
        listed(state, kept.data_dir, "198.51.100.1")
        copied = tmp_path / "copy"
        back_up(source(kept), copied, silent)
        listed(state, kept.data_dir, "198.51.100.2")  # later: not in the copy
    with bring_back(copied, tmp_path / "place") as state:
        ((feed, table),) = snapshots.tables(state, tmp_path / "place", "indicators")
        assert (feed, table.column("value").to_pylist()) == ("by_hand", ["198.51.100.1"])
        assert snapshots.sweep(state, tmp_path / "place", 0) == 0
    named = {path.relative_to(copied).parts[0] for path in copied.rglob("*")}
    assert "intel" in named
    (found,) = (copied / "intel").rglob("indicators-*")
    found.unlink()
    with pytest.raises(StoreError, match="damaged"):
        bring_back(copied, tmp_path / "elsewhere")


def test_a_list_that_lacks_a_file_of_intelligence_is_not_believed(kept: Kept, tmp_path: Path) -> None:
    with kept.state as state:
        listed(state, kept.data_dir, "198.51.100.1")
    copied = tmp_path / "copy"
    back_up(source(kept), copied, silent)
    told = json.loads((copied / "manifest.json").read_text())
    told["files"] = [one for one in told["files"] if not one["path"].startswith("intel/")]
    (copied / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(StoreError, match="lacks 2 files that its database names"):
        bring_back(copied, tmp_path / "place")


def listed(state: State, place: Path, address: str) -> None:
    """Load a list of one address by hand."""
    path = place.parent / "list.txt"
    path.write_text(f"{address}\n")
    load(state, place, ADMIN, [path], Options("list"), now=now_us(), tell=silent)
