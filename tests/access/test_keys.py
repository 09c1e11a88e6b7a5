"""The key: made once, private, and what it seals opens nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.access.keys import KEY_FILE, VARIABLE, SecretKey, load_key, new_key
from warroom.errors import StoreError, UsageError

KEY = SecretKey(b"k" * 32)


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = load_key(data, {})
    assert (data / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    assert load_key(data, {}).derived("x") == first.derived("x")
    assert [path.name for path in data.iterdir()] == [KEY_FILE]


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load_key(tmp_path, {}).derived("x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_environment_comes_first_and_leaves_no_file(tmp_path: Path) -> None:
    told = {VARIABLE: new_key()}
    assert load_key(tmp_path, told).derived("x") == load_key(tmp_path, told).derived("x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_key(tmp_path, {})
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(UsageError, match="others can read the key"):
        load_key(tmp_path, {})


@pytest.mark.parametrize("text", ["short", "=" * 44, "A" * 44, "ก" * 44])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="holds no key") as refusal:
        load_key(tmp_path, {VARIABLE: text})
    assert text not in str(refusal.value)
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(UsageError, match="holds no key"):
        load_key(tmp_path, {})


def test_the_key_does_not_show_itself() -> None:
    assert "k" * 4 not in repr(KEY)


def test_every_purpose_has_a_key_of_its_own() -> None:
    assert KEY.derived("a") == KEY.derived("a")
    assert KEY.derived("a") != KEY.derived("b")
    assert KEY.derived("a") != SecretKey(b"l" * 32).derived("a")


def test_what_is_sealed_opens_for_its_owner_and_purpose_only() -> None:
    sealed = KEY.seal(b"seed", purpose="totp", owner="1")
    assert b"seed" not in sealed
    assert KEY.opened(sealed, purpose="totp", owner="1") == b"seed"
    for key, purpose, owner in ((KEY, "totp", "2"), (KEY, "other", "1"), (SecretKey(b"l" * 32), "totp", "1")):
        with pytest.raises(StoreError, match="does not open with this key"):
            key.opened(sealed, purpose=purpose, owner=owner)


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert KEY.seal(b"seed", purpose="p", owner="1") != KEY.seal(b"seed", purpose="p", owner="1")


@given(st.binary(max_size=80), st.data())
def test_a_changed_byte_opens_nothing(secret: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(secret, purpose="p", owner="1"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreError, match="does not open"):
        KEY.opened(bytes(sealed), purpose="p", owner="1")
    with pytest.raises(StoreError, match="does not open"):
        KEY.opened(bytes(sealed[:place]), purpose="p", owner="1")
