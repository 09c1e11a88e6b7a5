"""Zip archives: the one log in them is read like any other."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from warroom.collect.paths import blocks
from warroom.errors import UsageError


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_the_log_in_an_archive_is_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"logs/": b"", "logs/a.log": b"one\ntwo\n", "__MACOSX/._a.log": b"\0"})
    (block,) = blocks(path, 100)
    assert block.lines.to_pylist() == [b"one", b"two"]


@pytest.mark.parametrize("members", [{}, {"a.log": b"1", "b.log": b"2"}])
def test_an_archive_of_no_or_several_files_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match="unpack it"):
        list(blocks(archive(tmp_path / "a.zip", **members), 100))


def test_damage_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"a.log": bytes(range(256)) * 4096})
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged"):
        list(blocks(path, 1 << 20))
    path.write_bytes(b"PK")
    with pytest.raises(UsageError, match="damaged or encrypted zip"):
        list(blocks(path, 100))


@pytest.mark.slow
def test_an_archive_that_expands_without_end_is_given_up(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{"a.log": b"x" * (140 << 20)})
    with pytest.raises(UsageError, match="expands more than"):
        list(blocks(path, 100))
