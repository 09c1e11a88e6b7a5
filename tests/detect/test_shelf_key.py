"""The key of the cache is one user's alone, and lies where the cache does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from warroom.detect.shelf_key import own_key


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    own_key.cache_clear()
    yield
    own_key.cache_clear()


def test_the_key_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    key = own_key()
    assert key is not None
    assert len(key) == 32
    path = tmp_path / "state/warroom/cache.key"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (key, 0o600)
    own_key.cache_clear()
    assert own_key() == key


@pytest.mark.parametrize("harm", ["others may read it", "a link", "cut short"])
def test_a_doubtful_key_is_none(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "state/warroom/cache.key"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"k" * (31 if harm == "cut short" else 32))
    path.chmod(0o644 if harm == "others may read it" else 0o600)
    if harm == "a link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    key = own_key()
    assert key == (tmp_path / "data/cache.key").read_bytes()
    assert key != b"k" * 32


def test_where_none_can_be_kept_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    (tmp_path / "data").write_text("no folder")
    assert own_key() is None
