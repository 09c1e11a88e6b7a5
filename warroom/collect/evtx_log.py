"""Which Windows event log a file holds, and how far it was read: known by its records, whatever the file is called.

A log is exported again and again: with more records behind those of the last time, under the same name or another,
without the oldest ones where it is bounded in size, or cleared and begun anew. So a log is known by the first record
that was ever met of it, and the place in it by the last record that was read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from warroom.collect.block import Block
from warroom.errors import StoreError

_MARK_BYTES: Final = 16
#: Files that a log remembers as read; of an older one the records are looked at again after a restart.
_MOST_FILES: Final = 50
#: What stands for a record that cannot be read.
UNREADABLE: Final = b""


@dataclass(frozen=True, slots=True)
class Place:
    """The committed place in a log.

    Args:
        first: the mark of the first record that was met.
        last: the mark of the last record read that could be.
        after: records behind that one which could not be read.
        count: records read of the file that was read last.
        passed: records read in all.
        files: path → (size, time of change) of the files that were read to their end.
    """

    first: str
    last: str = ""
    after: int = 0
    count: int = 0
    passed: int = 0
    files: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The name of the source."""
        return f"evtx:{self.first}"

    def text(self) -> str:
        """Write as JSON, as the store keeps it."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            values = json.loads(text)
            files = {path: (size, changed) for path, (size, changed) in values.pop("files").items()}
            return cls(**values, files=files)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem

    def finished(self, path: str, version: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """Give the files read to their end with one more."""
        others = [(name, known) for name, known in self.files.items() if name != path]
        return dict([*others, (path, version)][-_MOST_FILES:])


def marks_of(block: Block) -> list[bytes]:
    """Give the mark of each record of a block in its order; UNREADABLE where there is none."""
    found = [
        (number, hashlib.blake2b(line.as_buffer(), digest_size=_MARK_BYTES).digest())
        for number, line in zip(block.numbers.tolist(), block.lines, strict=True)
    ]
    found += [
        (number, hashlib.blake2b(raw, digest_size=_MARK_BYTES).digest() if raw else UNREADABLE)
        for number, raw, _ in block.rejects
    ]
    return [mark for _, mark in sorted(found)]


def place_in(marks: Sequence[bytes], places: Mapping[str, Place]) -> tuple[Place, int] | None:
    """Say which log a file's records are of, and how many of them were read; None where none of them can be read.

    ``places`` are the places in the logs known, by source.
    """
    readable = [mark.hex() for mark in marks if mark]
    if not readable:
        return None
    ends = {place.last: place for place in places.values() if place.last}
    for number in range(len(marks), 0, -1):
        if (place := ends.get(marks[number - 1].hex())) is not None:
            behind = number
            while behind < len(marks) and behind < number + place.after and not marks[behind]:
                behind += 1
            return place, behind
    known = places.get(Place(readable[0]).source)
    if known is None:
        return Place(readable[0]), 0
    # begins as one that was read further: an older export, or its last record is damaged now
    return known, min(known.count, len(marks))
