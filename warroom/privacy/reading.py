r"""A text as a person would read it: escapes undone, digits and signs in their plain form, places kept.

Undone are percent-encoding (also twice: ``%2540``), the escapes of JSON (``\u0e51``, ``\n``), references of HTML
(``&#64;``) and characters without width. Thai and full-width digits become ASCII digits, dashes ``-``, blanks a blank.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: No width, or marks of direction: they can stand between any two characters unseen.
_UNSEEN: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ESCAPED: Final = re.compile(
    r"(?P<percent>(?:%(?:25){0,3}[0-9A-Fa-f]{2})++)"
    r"|\\(?:u(?P<four>[0-9A-Fa-f]{4})|x(?P<two>[0-9A-Fa-f]{2})|(?P<blank>[nrt])(?=[0-9A-Za-z+(\u0e00-\u0e7f]))"
    r"|&#(?:(?P<decimal>[0-9]{1,6})|[xX](?P<hex>[0-9A-Fa-f]{1,5}));"
    rf"|(?P<unseen>[{_UNSEEN}]++)"
)
_NOT_SEEN: Final = re.compile(rf"[{_UNSEEN}]")
_MAY_BE_ESCAPED: Final = re.compile(rf"[%\\&{_UNSEEN}]")
_PERCENT: Final = re.compile(r"%(?:25){0,3}([0-9A-Fa-f]{2})")
_UNUSUAL: Final = re.compile(
    r"[๐-๙\uff01-\uff5e\u2010-\u2015\u2043\u2212\ufe58\ufe63\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
)
_PLAIN: Final = (
    {ord("๐") + value: str(value) for value in range(10)}
    | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63], "-")
    | dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
)
_LAST_CODE: Final = 0x10FFFF
#: Bytes of one UTF-8 character by its first byte's high bits.
_LENGTHS: Final = ((0x80, 0x00, 1), (0xE0, 0xC0, 2), (0xF0, 0xE0, 3), (0xF8, 0xF0, 4))


class Reading:
    """A text in plain form.

    Attributes:
        text: the plain form.
        written: the plain form but for digits and signs, which are as they were; of the same length.
    """

    def __init__(self, text: str) -> None:
        """Read a text, in time linear in its length."""
        self._length = len(text)
        # Where each undone escape stands in the plain form, and its begin and end in the text.
        self._places: list[int] = []
        self._begins: list[int] = []
        self._ends: list[int] = []
        if _MAY_BE_ESCAPED.search(text):
            text = self._unescaped(text)
        self.written: str = text
        if not text.isascii() and _UNUSUAL.search(text):
            text = text.translate(_PLAIN)
        self.text: str = text

    def begin(self, place: int) -> int:
        """Give where in the text the plain form's character at ``place`` begins."""
        known = bisect_right(self._places, place) - 1
        if known < 0:
            return place
        beyond = place - self._places[known]
        return self._begins[known] if beyond == 0 else self._ends[known] + beyond - 1

    def end(self, place: int) -> int:
        """Give where in the text the plain form's character before ``place`` ends."""
        known = bisect_right(self._places, place - 1) - 1
        return place if known < 0 else self._ends[known] + place - 1 - self._places[known]

    def _unescaped(self, text: str) -> str:
        pieces: list[str] = []
        length = after = 0
        for match in _ESCAPED.finditer(text):
            for sign, begin, end in _undone(match):
                pieces.append(text[after:begin])
                length += begin - after
                after = end
                self._places.append(length)
                # Where nothing is left, the character that follows takes the place.
                self._begins.append(begin if sign else end)
                self._ends.append(end if sign else end + 1)
                pieces.append(sign)
                length += len(sign)
        pieces.append(text[after:])
        return "".join(pieces)


def _undone(match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """Give the characters an escape stands for, with begin and end of what is written for each."""
    kind = match.lastgroup
    begin, end = match.span()
    if kind == "percent":
        yield from _from_percent(match[0], begin)
    elif kind == "unseen":
        yield "", begin, end
    elif kind == "blank":
        yield " " if match["blank"] == "t" else "\n", begin, end
    else:
        code = int(match[kind], 10 if kind == "decimal" else 16) if kind else 0
        if code <= _LAST_CODE:
            yield _printed(chr(code)), begin, end


def _from_percent(run: str, begin: int) -> Iterator[tuple[str, int, int]]:
    """Give the characters of percent-encoded UTF-8; what is none stays as it is written."""
    found = [(int(match[1], 16), begin + match.start(), begin + match.end()) for match in _PERCENT.finditer(run)]
    place = 0
    while place < len(found):
        first = found[place][0]
        length = next((length for mask, high, length in _LENGTHS if first & mask == high), 1)
        written = found[place : place + length]
        try:
            sign = bytes(byte for byte, _, _ in written).decode()
        except UnicodeDecodeError:
            place += 1
            continue
        yield _printed(sign), written[0][1], written[-1][2]
        place += length


def _printed(sign: str) -> str:
    """Give a control character as a blank, for it separates; nothing for what is not seen."""
    if sign < " " and sign not in "\n\r":
        return " "
    return "" if _NOT_SEEN.match(sign) else sign
