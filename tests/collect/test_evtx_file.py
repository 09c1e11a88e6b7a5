"""EVTX files: every record once, damage told and passed over."""

from __future__ import annotations

import gzip
import json
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.collect.block import Block
from warroom.collect.paths import blocks
from warroom.errors import UsageError

SAMPLES = Path(__file__).resolve().parent.parent / "samples/evtx"
HEADER, CHUNK = 4096, 65536


def read(path: Path, limit: int = 1 << 20) -> list[Block]:
    return list(blocks(path, limit))


def test_records_are_objects_and_count_from_one() -> None:
    (block,) = read(SAMPLES / "powershell_service_creation.evtx")
    events = [json.loads(line)["Event"] for line in block.lines.to_pylist()]
    assert block.numbers.tolist() == list(range(1, len(events) + 1))
    assert [event["System"]["EventID"] for event in events].count(4104) == 4
    assert block.rejects == []


def test_a_damaged_chunk_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    data = (SAMPLES / "4688_bits_transfer.evtx").read_bytes()
    header, chunk = data[:HEADER], data[HEADER : HEADER + CHUNK]
    three = header[:42] + struct.pack("<H", 3) + header[44:]  # the header counts the chunks
    path = tmp_path / "three.evtx"
    path.write_bytes(three + chunk + b"damaged!" * (CHUNK // 8) + chunk)
    (block,) = read(path)
    half = len(block.lines) // 2
    assert block.numbers.tolist() == [*range(1, half + 1), *range(half + 2, 2 * half + 2)]
    assert [(number, "damaged EVTX" in reason) for number, _, reason in block.rejects] == [(half + 1, True)]


def test_a_file_with_a_damaged_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.evtx"
    path.write_bytes(b"ElfFile\0" + bytes(20))
    with pytest.raises(UsageError, match=r"broken\.evtx: damaged EVTX file"):
        read(path)


def test_gzip_is_opened_and_long_records_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.evtx.gz"
    path.write_bytes(gzip.compress((SAMPLES / "msexchange_management.evtx").read_bytes()))
    (whole,) = read(path)
    assert len(whole.lines) == 1
    assert whole.path == str(path)
    (refused,) = read(path, limit=100)
    assert len(refused.lines) == 0
    assert refused.rejects[0][0] == 1
    assert "longer than 100" in refused.rejects[0][2]


def damaged(seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray((SAMPLES / "powershell_service_creation.evtx").read_bytes())
    for _ in range(dice.choice((1, 5, 50))):
        place = dice.randrange(8, HEADER + 20_000)
        data[place] = dice.randrange(256)
    return bytes(data[: dice.choice((len(data), len(data), dice.randrange(HEADER, len(data))))])


@settings(max_examples=40)
@given(st.integers(0, 1 << 32))
def test_damage_never_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.evtx"
    path.write_bytes(damaged(seed))
    try:
        found = read(path)
    except UsageError as problem:
        assert "damaged EVTX file" in str(problem)  # noqa: PT017  either answer is right
    else:
        numbers = [
            number for block in found for number in (*block.numbers.tolist(), *(reject[0] for reject in block.rejects))
        ]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_names_in_a_circle_do_not_hold_up_the_reader(tmp_path: Path) -> None:
    data = bytearray((SAMPLES / "4688_bits_transfer.evtx").read_bytes())
    heads = struct.unpack_from("<64I", data, HEADER + 128)
    first = next(head for head in heads if head)
    struct.pack_into("<I", data, HEADER + first, first)  # its next one is itself
    path = tmp_path / "circle.evtx"
    path.write_bytes(data)
    (block,) = read(path)
    assert len(block.lines) == 0
    assert "damaged EVTX" in block.rejects[0][2]
    (tmp_path / "circle.evtx.gz").write_bytes(gzip.compress(bytes(data)))
    assert len(read(tmp_path / "circle.evtx.gz")[0].lines) == 0
