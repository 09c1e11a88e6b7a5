"""Files of JSON documents that are not one a line: each is one record."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from warroom.collect.block import Block
from warroom.collect.paths import blocks
from warroom.errors import UsageError

SAMPLES = Path(__file__).resolve().parent.parent / "samples/parse/cloud"


def read(path: Path, limit: int = 1 << 20) -> list[Block]:
    return list(blocks(path, limit))


def test_a_delivery_file_holds_its_records() -> None:
    (block,) = read(SAMPLES / "invictus_records.json")
    assert [json.loads(line)["eventVersion"] for line in block.lines.to_pylist()] == ["1.08"]
    assert (block.numbers.tolist(), block.rejects) == ([1], [])


def test_an_indented_array_becomes_records_of_one_line() -> None:
    (block,) = read(SAMPLES / "stratus_cloudtrail_stop.json")
    (line,) = block.lines.to_pylist()
    assert b"\n" not in line
    assert json.loads(line) == json.loads((SAMPLES / "stratus_cloudtrail_stop.json").read_text())[0]


def test_records_count_on_over_long_and_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    path.write_bytes(b'{"Records":[{"a":1},{"b":"' + b"x" * 200 + b'"}, 5, {"c":1}]}')
    (block,) = read(path, limit=100)
    assert block.lines.to_pylist() == [b'{"a":1}', b"5", b'{"c":1}']  # the parser refuses what is no object
    assert block.numbers.tolist() == [1, 3, 4]
    assert [(number, "longer than 100" in reason) for number, _, reason in block.rejects] == [(2, True)]


def test_a_file_of_many_blocks_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records.json.gz"
    records = [{"n": number, "text": "x]}" * 3_000} for number in range(1_000)]
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), 1))
    found = read(path)
    assert len(found) > 1
    assert [json.loads(line) for block in found for line in block.lines.to_pylist()] == records
    assert [number for block in found for number in block.numbers.tolist()] == list(range(1, 1_001))


def test_a_gzip_file_cut_short_is_told_after_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "records.json.gz"
    whole = gzip.compress(json.dumps([{"n": number} for number in range(50_000)]).encode())
    path.write_bytes(whole[: len(whole) // 2])
    found: list[Block] = []
    with pytest.raises(UsageError, match="ends too early"):
        found.extend(blocks(path, 1 << 20))
    assert found
