"""A file's content is read ahead in one buffer, and every byte of it comes once, in its order."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warroom.collect.content import Content
from warroom.collect.find import look

if TYPE_CHECKING:
    from pathlib import Path

BYTES = bytes(range(256)) * 40


def opened(path: Path) -> Content:
    found = look(str(path), str(path))
    assert found is not None
    return Content(found)


@pytest.mark.parametrize("name", ["plain.log", "packed.log.gz"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 6000)), max_size=12))
def test_what_is_looked_at_and_passed_is_the_content(tmp_path: Path, name: str, steps: list[tuple[int, int]]) -> None:
    path = tmp_path / name
    if not path.exists():
        path.write_bytes(gzip.compress(BYTES) if name.endswith(".gz") else BYTES)
    place = 0
    with opened(path) as content:
        for ahead, passed in steps:
            assert bytes(content.look(ahead)) == content.fill(ahead) == BYTES[place : place + ahead]
            content.consume(min(passed, ahead))
            place = min(place + min(passed, ahead), len(BYTES))
            assert content.offset == place


def test_a_file_that_grows_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    with opened(path) as content:
        assert content.fill(100) == b"one\n"
        with path.open("ab") as file:
            file.write(b"two\n")
        assert content.fill(100) == b"one\ntwo\n"
