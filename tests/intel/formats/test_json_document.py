"""A broken document of JSON is told where it is broken, and one that would fill the memory is not read."""

from __future__ import annotations

import gc

import pytest

from warroom.intel.formats import json_document
from warroom.intel.formats.json_document import no_collection, parse_json
from warroom.intel.formats.reading import FormatRefusedError


def test_a_document() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize(
    ("data", "place"),
    [(b'{"a": 1,\n}', "line 1, column 8"), (b'{"a": 1,\n "b" 2}', "line 2, column 6"), (b"", "line 1, column 1"),
     (b'["\xff"]', "line 1, column"), (b"[" * 5_000, "line 1, column"), (b'["\\ud800"]', "line 1, column")],
)  # fmt: skip
def test_a_broken_one(data: bytes, place: str) -> None:
    with pytest.raises(FormatRefusedError, match=f"^no JSON: {place}"):
        parse_json(data)


def test_what_would_fill_the_memory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_document, "_MOST_MEMORY", 1 << 20)
    assert parse_json(b"[" + b"{}," * 3_000 + b"{}]")
    with pytest.raises(FormatRefusedError, match=r"MiB of memory"):
        parse_json(b"[" + b"{}," * 9_000 + b"{}]")


def test_the_collector_is_on_again() -> None:
    with no_collection(), no_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
