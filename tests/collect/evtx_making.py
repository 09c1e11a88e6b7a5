"""Windows event logs of any length for tests: a real chunk again and again, each from a computer of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent / "samples/evtx/4688_bits_transfer.evtx"
HEADER, CHUNK = 4096, 65536
#: Records of a chunk.
RECORDS = 2
DAMAGED = b"damaged!" * (CHUNK // 8)
_COMPUTER = "jump01.offsec.lan"


def computer(number: int) -> str:
    """The name that the records of a chunk bear."""
    return f"host{number:0{len(_COMPUTER) - 4}d}"


def evtx_of(numbers: Iterable[int]) -> bytes:
    """A log of the chunks with these numbers; a negative one is damaged."""
    data = SAMPLE.read_bytes()
    header, chunk = data[:HEADER], data[HEADER : HEADER + CHUNK]
    own = _COMPUTER.encode("utf-16-le")
    assert own in chunk
    chunks = [DAMAGED if number < 0 else chunk.replace(own, computer(number).encode("utf-16-le")) for number in numbers]
    return header[:42] + struct.pack("<H", len(chunks)) + header[44:] + b"".join(chunks)
