"""The body of a delivery becomes records: lines, JSON objects one a line, or the elements of an array."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import orjson
import pyarrow as pa

from warroom.collect.lines import blank, split, too_long
from warroom.collect.records import Rule, cut, split_records
from warroom.parse.json_documents import Splitter, begins_documents

_BOM: Final = b"\xef\xbb\xbf"
#: JSON has no line ends inside a text: the record is written on one line, otherwise as it came.
_INDENT: Final = re.compile(rb"[\r\n]+[ \t]*")
#: What a sender calls lines of JSON, or of text, where each line is a record whatever it looks like.
_LINES: Final = frozenset(
    (
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/jsonlines",
    )
)


@dataclass(frozen=True, slots=True)
class Records:
    """Records, and (bytes, reason) of what came and is none."""

    lines: pa.BinaryArray
    rejects: list[tuple[bytes, str]] = field(default_factory=list)

    def __len__(self) -> int:
        """How many came."""
        return len(self.lines) + len(self.rejects)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of a feed are: the longest in bytes, whether each is JSON, how one of several lines begins."""

    limit: int
    json: bool = False
    rule: Rule | None = None

    def read(self, body: bytes, content_type: str) -> Records:
        """Read a body; where its type says nothing of it, it says itself what it is."""
        kind = content_type.partition(";")[0].strip().lower()
        body = body.removeprefix(_BOM)
        if kind in _LINES or kind == "text/plain":
            return self.lines(body)
        if begins_documents(body):
            return self.each(_INDENT.sub(b"", one) for one in Splitter().feed(body, last=True))
        if body.lstrip()[:1] == b"[" and (found := _array(body)) is not None:
            return self.each(found)
        return self.lines(body)

    def lines(self, body: bytes) -> Records:
        """Give the lines of a body, or its records of several lines; the last one needs no end."""
        if self.rule is None:
            found = split(body, 0, self.limit)
        else:
            found = split_records(body, 0, self.limit, cut(body, self.rule, within=False, last=True))
        return Records(found.lines, [(data, reason) for _, data, reason in found.rejects])

    def each(self, texts: Iterable[bytes]) -> Records:
        """Give texts as records, those that are too long as rejects."""
        kept: list[bytes] = []
        rejects: list[tuple[bytes, str]] = []
        for text in texts:
            if len(text) > self.limit:
                rejects.append((text, too_long(len(text), self.limit)))
            elif not blank(text):
                kept.append(text)
        return Records(pa.array(kept, pa.binary()), rejects)


def _array(body: bytes) -> list[bytes] | None:
    """Give the elements of an array: of texts what they say, of anything else its JSON; None where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, list):
        return None
    return [one.encode() if isinstance(one, str) else orjson.dumps(one) for one in found]
