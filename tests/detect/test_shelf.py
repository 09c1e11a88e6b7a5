"""A shelf holds what was used last, and no more than there is room for."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from warroom.detect.shelf import Shelf

KEY = bytes(range(32))


def test_only_what_was_signed_under_its_name_is_given(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, KEY)
    shelf.write("one", b"ours")
    signed = (tmp_path / "one").read_bytes()
    (tmp_path / "other").write_bytes(signed)
    (tmp_path / "digest").write_bytes(hashlib.sha256(b"theirs").digest() + b"theirs")
    (tmp_path / "changed").write_bytes(signed[:-1] + b"x")
    assert [shelf.read(name) for name in ("one", "other", "digest", "changed")] == [b"ours", None, None, None]
    assert Shelf(tmp_path, bytes(32)).read("one") is None


def test_without_a_key_nothing_is_kept(tmp_path: Path) -> None:
    Shelf(tmp_path, None).write("one", b"x")
    assert list(tmp_path.iterdir()) == []
    assert Shelf(tmp_path, None).read("one") is None


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache", KEY)
    for number in range(256):
        shelf.write(str(number), b"x")
        os.utime(tmp_path / "cache" / str(number), (number, number))
    assert shelf.read("0") == b"x"  # and so it is used
    shelf.write("new", b"x")
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {*map(str, range(256)), "new"} - {"1"}


def test_few_large_files_go_too(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache", KEY)
    shelf.write("old", b"x")
    os.utime(tmp_path / "cache/old", (1, 1))
    with (tmp_path / "cache/large").open("wb") as file:
        file.truncate(512 << 20)  # takes no room on the disk
    os.utime(tmp_path / "cache/large", (2, 2))
    shelf.write("new", b"x")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["new"]


def test_a_folder_in_it_stays(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, KEY)
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", (1, 1))
    for number in range(257):
        shelf.write(str(number), b"x")
    assert (tmp_path / "folder").is_dir()
    assert len(list(tmp_path.iterdir())) == 257
