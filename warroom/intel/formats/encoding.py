"""Text of strangers as UTF-8, whatever they wrote it in: UTF-8, UTF-16, or an old code page of Thai or of the West."""

from __future__ import annotations

import codecs
from typing import Final

import numpy as np

from warroom.intel.formats.reading import FormatRefusedError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT: Final = 4_096
#: A code page has letters from here on.
_HIGH: Final = 0x80


def as_utf8(content: bytes) -> bytes:
    """Give text as UTF-8 without a byte order mark.

    Lines that are no UTF-8 are read as TIS-620 (Windows-874) where their foreign letters stand together as those of
    Thai do, else as Windows-1252; the lines around them stay as they are.

    Raises:
        FormatRefusedError: it is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :] if encoding == "utf-8" else _decoded(content[len(mark) :], encoding)
    if wide := _wide(content[:_LOOKED_AT]):
        return _decoded(content, wide)
    if b"\0" in content[:_LOOKED_AT]:
        raise FormatRefusedError("neither text nor a document that is known here: it has bytes that no text has")
    if content.isascii():
        return content
    try:
        content.decode()
    except UnicodeDecodeError:
        return _mended(content)
    return content


def _wide(start: bytes) -> str:
    """Tell UTF-16 without its mark: every other byte of what is mostly ASCII is 0."""
    zeros = np.frombuffer(start[: len(start) // 2 * 2], np.uint8).reshape(-1, 2) == 0
    if not zeros.size:
        return ""
    even, odd = zeros.mean(axis=0)
    if odd > 1 / 2 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 1 / 2 and odd == 0 else ""


def _decoded(content: bytes, encoding: str) -> bytes:
    return content.decode(encoding, "replace").encode()


def _mended(content: bytes) -> bytes:
    lines = content.split(b"\n")
    broken = [place for place, line in enumerate(lines) if not _is_utf8(line)]
    page = _code_page(b"\n".join(lines[place] for place in broken))
    for place in broken:
        lines[place] = lines[place].decode(page, "replace").encode()
    return b"\n".join(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _code_page(text: bytes) -> str:
    """Tell Thai, where foreign letters follow each other, from what has one in a word here and there."""
    high = np.frombuffer(text, np.uint8) >= _HIGH
    together = np.count_nonzero(high[1:] & high[:-1])
    return "cp874" if together > np.count_nonzero(high) / 2 else "cp1252"
