"""Files that are loaded by hand stand each for itself: one that is loaded again takes the place of what it said."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from warroom.access.actor import Actor
from warroom.access.roles import Role
from warroom.indicators import Kind, Tlp
from warroom.intel.loading import Loaded, Options, is_bywork, load
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.intel import feeds, polls, snapshots

ANY = Options()
ENGINEER = Actor("anong", frozenset({Role.DETECTION_ENGINEER}))


class Loading:
    """A store into which files are loaded, at times that grow by one."""

    def __init__(self, state: State, data_dir: Path, folder: Path) -> None:
        self.state, self.data_dir, self.folder, self.at = state, data_dir, folder, 0
        self.told: list[tuple[str, int, int]] = []

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *files: Path, options: Options = ANY) -> Loaded:
        self.at += 1
        return load(self.state, self.data_dir, ENGINEER, files, options, now=self.at, tell=self._tell)

    def _tell(self, path: Path, done: int, total: int) -> None:
        self.told.append((path.name, done, total))

    def values(self) -> Counter[str]:
        return Counter(str(row["value"]) for row in self.rows())

    def rows(self) -> Sequence[dict[str, object]]:
        found = snapshots.indicators(self.state, self.data_dir, "by_hand")
        return [row for _, batch in found for row in batch.to_pylist()]


@pytest.fixture
def loading(state: State, data_dir: Path, tmp_path: Path) -> Loading:
    return Loading(state, data_dir, tmp_path)


def test_a_file_is_loaded_once_and_not_again(loading: Loading) -> None:
    good = [*(f"198.51.100.{number}" for number in range(9)), "bad.example"]
    path = loading.file("list.txt", "\n".join([*good, "198.51.100.999"]))
    loaded = loading.load(path)
    (file,) = loaded.files
    assert (file.path, file.format, file.read, file.taken) == (str(path), "list", 11, True)
    assert file.by_kind == {"domain": 1, "ipv4": 9}
    assert file.refused_count == len(file.refused) == 1
    assert loaded.changed == 10
    again = loading.load(path)
    assert (again.changed, again.files) == (0, loaded.files)
    assert loading.values() == Counter(good)


def test_a_changed_file_takes_the_place_of_what_it_said(loading: Loading) -> None:
    one, two = loading.file("1.txt", "198.51.100.1\n198.51.100.2\n"), loading.file("2.txt", "198.51.100.2\n")
    loading.load(one, two)
    loading.file("1.txt", "198.51.100.3\n")
    assert loading.load(one).changed == 2  # one came, one went: the third is in the other file, too
    assert loading.values() == Counter(["198.51.100.2", "198.51.100.3"])
    assert {str(row["origin"]) for row in loading.rows()} == {str(one), str(two)}


def test_what_nobody_can_read_keeps_no_other_from_loading(loading: Loading) -> None:
    good = loading.file("good.txt", "198.51.100.1\n")
    bad = loading.file("bad.json", '{"type": "bundle"')
    empty, gone = loading.file("empty", ""), loading.folder / "sub"
    gone.mkdir()
    loaded = loading.load(bad, good, empty, gone)
    assert [(Path(one.path).name, one.taken) for one in loaded.files] == [
        ("bad.json", False), ("good.txt", True), ("empty", False), ("sub", False),
    ]  # fmt: skip
    for one in loaded.files:
        if not one.taken:
            assert one.refused_count == 1
            assert one.refused[0].reason
    assert loading.values() == Counter(["198.51.100.1"])


def test_a_file_that_cannot_be_read_any_more_keeps_what_it_said(loading: Loading) -> None:
    path = loading.file("list.txt", "198.51.100.1\n")
    loading.load(path)
    loading.file("list.txt", '{"type": "bundle"')
    assert loading.load(path).changed == 0
    assert loading.values() == Counter(["198.51.100.1"])


def test_every_file_of_an_archive_is_told_and_all_of_it_is_replaced(loading: Loading) -> None:
    path = loading.folder / "lists.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "198.51.100.1\n198.51.100.2\n")
        packed.writestr("b/c.txt", "198.51.100.1\n")
        packed.writestr("d.json", '{"type": "bundle"')
    loaded = loading.load(path)
    assert [(one.path, one.format) for one in loaded.files] == [
        (f"{path}/a.txt", "list"), (f"{path}/b/c.txt", "list"), (f"{path}/d.json", ""),
    ]  # fmt: skip
    assert loading.values() == Counter({"198.51.100.1": 2, "198.51.100.2": 1})
    assert loading.load(path).changed == 0
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("b/c.txt", "198.51.100.1\n")
    assert loading.load(path).changed == 1
    assert loading.values() == Counter(["198.51.100.1"])


def test_what_is_said_of_all_files_is_said_of_those_that_say_nothing(loading: Loading) -> None:
    path = loading.file("list", "198.51.100.1\n")
    loading.load(path, options=Options("list", Kind.IPV4, 80, Tlp.GREEN))
    (row,) = loading.rows()
    assert (row["confidence"], row["tlp"]) == (80, "green")
    csv = loading.file("list.csv", "ip,confidence\n198.51.100.2,20\n198.51.100.3,\n")
    loading.load(csv, options=Options(confidence=80))
    assert {row["value"]: row["confidence"] for row in loading.rows() if row["value"] != "198.51.100.1"} == {
        "198.51.100.2": 20,
        "198.51.100.3": 80,
    }


def test_what_is_loaded_belongs_to_a_feed_of_its_own(loading: Loading) -> None:
    loading.load(loading.file("list.txt", "198.51.100.1\n"))
    with loading.state.read() as connection:
        row = feeds.one(connection, "by_hand")
        (poll,) = polls.newest(connection, "by_hand")
    assert row is not None
    assert (row.enabled, row.indicators, row.items, row.succeeded_at) == (True, 1, 1, 1)
    assert not row.stale(1 << 50)
    assert (poll.outcome, poll.added) == ("changed", 1)
    assert [feed for feed, _ in snapshots.tables(loading.state, loading.data_dir, "indicators")] == ["by_hand"]


def test_what_is_no_indicator_is_loaded_and_counted(loading: Loading) -> None:
    path = loading.file(
        "list.json", '{"name": "Resolvers", "type": "cidr", "version": 1, "description": "x", "list": ["192.0.2.0/24"]}'
    )
    loaded = loading.load(path)
    assert (loaded.files[0].format, loaded.files[0].by_kind, loaded.changed) == ("warninglist", {}, 1)
    ((feed, table),) = snapshots.tables(loading.state, loading.data_dir, "warnings")
    assert (feed, table.column("value").to_pylist()) == ("by_hand", ["192.0.2.0/24"])
    assert loading.load(path).changed == 0


def test_how_far_it_is_is_told_by_file_and_bytes(loading: Loading) -> None:
    one, two = loading.file("1.txt", "198.51.100.1\n"), loading.file("2.txt", "198.51.100.22\n")
    loading.load(one, two)
    assert loading.told == [("1.txt", 0, 27), ("2.txt", 13, 27), ("2.txt", 27, 27)]


@pytest.mark.parametrize(
    "name", ["LICENSE", "License.md", "LICENSE-sigmahq", "README.txt", "NOTICE", "Copying", "readme"]
)
def test_licences_and_descriptions_are_no_data(name: str) -> None:
    assert is_bywork(Path(name))


@pytest.mark.parametrize("name", ["licenses.json", "list.txt", "notices.csv", "readme.csv", "a", "notice.json"])
def test_other_files_are(name: str) -> None:
    assert not is_bywork(Path(name))


def test_the_audit_says_who_changed_what_and_nothing_where_nothing_changed(loading: Loading) -> None:
    path = loading.file("for 081-234-5678.txt", "198.51.100.1\n")  # a number of somebody
    loading.load(path)
    loading.load(path)
    with loading.state.read() as connection:
        (entry,) = read(connection, Filter(actions=(AuditAction.FEED_CHANGED,))).entries
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("anong", "feed", "by_hand")
    body = json.loads(entry.body)
    assert {name: body[name] for name in ("files", "added", "removed", "changed")} == {
        "files": 1, "added": 1, "removed": 0, "changed": 0,
    }  # fmt: skip
    assert "234-5678" not in entry.body
