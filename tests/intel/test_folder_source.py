"""Files in a folder come when one of them is new, changed or gone; traps among them do not lose the others."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from intel.fetching import Poller, feed_of

from warroom.errors import WarroomError
from warroom.intel.sources import folder


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """Where others drop files."""
    place = tmp_path / "drop [here]*"
    place.mkdir()
    (place / "a.txt").write_text("198.51.100.1")
    (place / "b.csv").write_text("ip\n198.51.100.2\n")
    return place


def polling(tmp_path: Path, *patterns: str) -> Poller:
    listed = ", ".join(f'"{one}"' for one in patterns)
    # the state folder stands for the place: its signs are not read as patterns
    feed = feed_of(tmp_path / "drop [here]*", f"{{way: folder, paths: [{listed}]}}", format_="text")
    (tmp_path / "drop [here]*" / "feed.yml").unlink()
    return Poller(feed, tmp_path / "work")


def test_files_come_when_one_of_them_changes(drop: Path, tmp_path: Path) -> None:
    poller = polling(tmp_path, "{data}/*")
    came = poller.poll()
    assert came is not None
    assert (came.documents, came.whole) == ({"a.txt": b"198.51.100.1", "b.csv": b"ip\n198.51.100.2\n"}, True)
    assert poller.poll() is None
    (drop / "sub").mkdir()
    (drop / ".hidden").write_text("x")
    assert poller.poll() is None  # neither is one of the files
    (drop / "c.txt").write_text("new")
    assert set(poller.poll().documents) == {"a.txt", "b.csv", "c.txt"}  # type: ignore[union-attr]
    (drop / "a.txt").write_text("198.51.100.9")  # of the same size
    assert poller.poll().documents["a.txt"] == b"198.51.100.9"  # type: ignore[union-attr]
    (drop / "b.csv").unlink()
    assert set(poller.poll().documents) == {"a.txt", "c.txt"}  # type: ignore[union-attr]
    for path in drop.iterdir():
        if path.is_file():
            path.unlink()
    assert poller.poll().documents == {}  # type: ignore[union-attr]


def test_names_are_those_below_what_the_patterns_share(drop: Path, tmp_path: Path) -> None:
    for name in ("x/1", "x/2", "y/1"):
        (drop / name).mkdir(parents=True)
        (drop / name / "same.txt").write_text(name)
    names = {"x/1/same.txt", "x/2/same.txt", "y/1/same.txt"}
    assert set(polling(tmp_path, "{data}/*/*/same.txt").poll().documents) == names  # type: ignore[union-attr]
    both = polling(tmp_path, "{data}/x/*/same.txt", "{data}/y/1/same.txt").poll()
    assert set(both.documents) == names  # type: ignore[union-attr]
    assert set(polling(tmp_path, "{data}/**/same.txt").poll().documents) == names  # type: ignore[union-attr]
    alone = polling(tmp_path, "{data}/x/1/same.txt", "{data}/x/1/*").poll()
    assert alone.documents == {"same.txt": b"x/1"}  # type: ignore[union-attr]


def test_packed_files_are_unpacked(drop: Path, tmp_path: Path) -> None:
    for name in ("z.txt.gz", "z.txt", "z"):
        (drop / name).write_bytes(gzip.compress(name.encode()))
    came = polling(tmp_path, "{data}/z*").poll()
    assert came.documents == {name: name.encode() for name in ("z.txt.gz", "z.txt", "z")}  # type: ignore[union-attr]


def test_traps_are_refused_and_the_others_come(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_MOST_BYTES", 1000)
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    (drop / "out.txt").symlink_to(outside)
    (drop / "in.txt").symlink_to(drop / "a.txt")
    (drop / "nowhere.txt").symlink_to(drop / "not there")
    (drop / "device.txt").symlink_to("/dev/zero")
    (drop / "large.txt").write_bytes(bytes(1001))
    (drop / "damaged.gz").write_bytes(gzip.compress(b"x" * 500)[:-9])
    os.mkfifo(drop / "pipe.txt")
    (drop / os.fsdecode(b"\xff\x1b[31m.txt")).write_text("odd name")
    poller = polling(tmp_path, "{data}/*")
    came = poller.poll()
    assert came is not None
    assert came.documents == {
        "a.txt": b"198.51.100.1",
        "b.csv": b"ip\n198.51.100.2\n",
        "in.txt": b"198.51.100.1",
        "\ufffd [31m.txt": b"odd name",
    }
    assert {name: reason.partition(":")[0] for name, reason in came.refused.items()} == {
        "out.txt": "a link that leads out of the folder",
        "device.txt": "a link that leads out of the folder",
        "nowhere.txt": "cannot be read",
        "large.txt": "larger than 0 MiB",
        "damaged.gz": "damaged gzip",
        "pipe.txt": "no file",
    }
    assert poller.poll() is None


def test_a_folder_that_is_not_there_is_not_an_empty_one(drop: Path, tmp_path: Path) -> None:
    poller = polling(tmp_path, "{data}/*")
    poller.poll()
    before = poller.cursor
    drop.rename(tmp_path / "elsewhere")
    with pytest.raises(WarroomError, match="there is no such folder: make it, or mount it"):
        poller.poll()
    assert poller.cursor == before


def test_too_many_files_are_told(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drop.is_dir()
    monkeypatch.setattr(folder, "_MOST_FILES", 1)
    with pytest.raises(WarroomError, match="more than 1 files"):
        polling(tmp_path, "{data}/*").poll()
