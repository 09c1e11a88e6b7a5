"""What is packed in a file comes out within limits, or it is said why not."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from warroom.errors import DiskFullError
from warroom.intel import unpacking
from warroom.intel.formats.reading import FormatRefusedError
from warroom.intel.unpacking import contents


def unpacked(path: Path, work: Path) -> list[tuple[str, bytes]]:
    work.mkdir(exist_ok=True)
    return [(one.part, one.path.read_bytes()) for one in contents(path, work)]


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def test_a_plain_file_is_given_where_it_is(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"198.51.100.1\n")
    work.mkdir()
    assert [(one.path, one.part) for one in contents(path, work)] == [(path, "")]


def test_what_is_packed_by_gzip_is_one_file(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "list.anything"
    path.write_bytes(gzip.compress(b"198.51.100.1\n") + gzip.compress(b"198.51.100.2\n"))
    assert unpacked(path, work) == [("", b"198.51.100.1\n198.51.100.2\n")]
    assert list(work.iterdir()) == []


def test_every_file_of_an_archive_comes_with_its_name(tmp_path: Path, work: Path) -> None:
    members = {"a.txt": b"1", "folder/b.csv": b"2", "__MACOSX/._a.txt": b"x", "../../etc/passwd": b"3", "/c": b"4"}
    path = archive(tmp_path / "lists.zip", members)
    found = {"a.txt": b"1", "folder/b.csv": b"2", "../../etc/passwd": b"3", "/c": b"4"}
    assert dict(unpacked(path, work)) == found
    assert list(work.iterdir()) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lists.zip", "work"]


def test_more_than_may_be_is_refused_while_it_is_unpacked(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 3 << 20)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(8 << 20)))
    two = archive(tmp_path / "two.zip", {"a": bytes(2 << 20), "b": bytes(2 << 20)})
    large = tmp_path / "large"
    large.write_bytes(bytes((3 << 20) + 1))
    for path in (bomb, two, large):
        with pytest.raises(FormatRefusedError, match="MiB"):
            unpacked(path, work)
        assert list(work.iterdir()) == []


def test_an_archive_that_lies_about_sizes_is_refused(tmp_path: Path, work: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", bytes(1 << 20))
    lying = whole.getvalue().replace((1 << 20).to_bytes(4, "little"), (7).to_bytes(4, "little"))
    path = tmp_path / "lying.zip"
    path.write_bytes(lying)
    with pytest.raises(FormatRefusedError, match="damaged"):
        unpacked(path, work)


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 2)
    path = archive(tmp_path / "many.zip", {"a": b"", "b": b"", "c": b""})
    with pytest.raises(FormatRefusedError, match="3 files: 2 at most"):
        unpacked(path, work)


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08rubbish", b"PK\x03\x04rubbish", gzip.compress(bytes(999), mtime=0)[:-9]]
)
def test_what_is_damaged_is_refused(tmp_path: Path, work: Path, content: bytes) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(FormatRefusedError, match="damaged"):
        unpacked(path, work)


def test_a_full_disk_is_told_as_such(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.gz"
    path.write_bytes(gzip.compress(b"198.51.100.1\n"))
    work.mkdir()
    opened = Path.open

    def full(self: Path, mode: str = "r", *rest: object) -> object:
        if mode == "wb":
            raise OSError(28, "No space left on device")
        return opened(self, mode, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskFullError):
        unpacked(path, work)
