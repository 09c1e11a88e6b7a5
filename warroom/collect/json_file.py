"""Reads files of JSON documents that are not one a line: each element of an array, or object, becomes one record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.collect.block import Block
from warroom.collect.lines import too_long
from warroom.parse.json_documents import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.collect.content import Content

_BLOCK: Final = 4 << 20
#: JSON has no line ends inside a text: the record is written on one line, otherwise as it came.
_INDENT: Final = re.compile(rb"[\r\n]+[ \t]*")


def document_blocks(content: Content, limit: int) -> Iterator[Block]:
    """Read the documents of a file to its end; they count from 1, damaged ones too.

    ``limit`` is the longest document in bytes.
    """
    splitter = Splitter()
    number = 1
    last = False
    while not last:
        data = content.fill(_BLOCK)[:_BLOCK]
        content.consume(len(data))
        last = not data
        documents = [one_line(document) for document in splitter.feed(data, last=last)]
        places = range(number, number + len(documents))
        kept = [(place, one) for place, one in zip(places, documents, strict=True) if len(one) <= limit]
        rejects = [
            (place, one[:limit], too_long(len(one), limit))
            for place, one in zip(places, documents, strict=True)
            if len(one) > limit
        ]
        number += len(documents)
        if documents:
            numbers = np.array([place for place, _ in kept], np.int64)
            yield Block(content.path, pa.array([one for _, one in kept], pa.binary()), numbers, rejects)


def one_line(document: bytes) -> bytes:
    """Write a document on one line, otherwise as it came."""
    return _INDENT.sub(b"", document)
