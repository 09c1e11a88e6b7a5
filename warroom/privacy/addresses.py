"""Finds postal addresses: several parts of one, close together, with a number among them.

A province alone or a road alone names nobody's home. A house, a village (หมู่), a lane, a road or a building together
with a sub-district, district or province does, if there is a number to it.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from warroom.privacy import address_words as words
from warroom.privacy.address_words import Form, Part
from warroom.privacy.kinds import Found, Kind


class _Piece(NamedTuple):
    begin: int
    end: int
    parts: Part
    named: bool


_GAP: Final = 48
_MOST_PIECES: Final = 16
_FEWEST_PARTS: Final = 3
_LOOK_BACK: Final = 64
_BREAKS: Final = re.compile(r"[\n\r\t\"{}\[\]<>;|=&@\\]")
#: A postal code ends an address.
_ENDS: Final = re.compile(rf"{_BREAKS.pattern}|[^0-9][1-9][0-9]{{4}}[^0-9]")
#: A house number in front of the first part, perhaps with the house's or the road's name between: 99/1 Sukhumvit Road.
_NUMBER_BEFORE: Final = re.compile(
    r"(?<![0-9A-Za-z.:/-])[0-9]{1,5}(?:[/-][0-9]{1,5}){0,2}[ ,+]{0,3}(?:[A-Z][A-Za-z.'-]{1,24}[ ,+]{1,3}){0,4}\Z"
)
_NAME: Final = re.compile(r"[ +:.]{0,2}(?:[ก-๎]{1,40}|[A-Za-z'-]{1,24}(?:[ +][A-Z][A-Za-z'-]{1,24}){0,3})")
_ZIP_BEHIND: Final = re.compile(
    r"(?:,[ +]|[ +.]){0,3}(?:รหัสไปรษณีย์[ :.]{0,3}|รหัส ?ปณ\.? ?)?[1-9][0-9]{4}(?![0-9A-Za-z])"
)


def addresses(text: str) -> Iterator[Found]:
    """Give the postal addresses in a text in plain form, in its order."""
    sources = []
    if not text.isascii():
        sources.append(_thai(text))
    lowered = text.lower()
    if any(sign in lowered for sign in words.ENGLISH_DETAILS) and any(sign in lowered for sign in words.ENGLISH_AREAS):
        sources.append(_english(text))
    chain: list[_Piece] = []
    for piece in heapq.merge(*sources, key=attrgetter("begin")):
        if chain and not _belongs(text, chain, piece):
            yield from _address(text, chain)
            chain = []
        chain.append(piece)
    yield from _address(text, chain)


def _thai(text: str) -> Iterator[_Piece]:
    for match in words.THAI_WORD.finditer(text):
        yield from _piece(text, match.start(), match.end(), words.THAI[match[0]])


def _english(text: str) -> Iterator[_Piece]:
    for match in words.ENGLISH_WORD.finditer(text):
        for whole, forms in words.ENGLISH.get(match[0].lower(), ()):
            found = whole.match(text, match.start())
            if found is not None:
                yield from _piece(text, found.start(), found.end(), forms)
                break


def _piece(text: str, begin: int, end: int, forms: tuple[Form, ...]) -> Iterator[_Piece]:
    for form in forms:
        rest = form.rest.match(text, end) if form.rest else None
        if form.rest is None or rest is not None:
            yield _Piece(begin, rest.end() if rest else end, form.parts, form.named)
            return


def _belongs(text: str, chain: list[_Piece], piece: _Piece) -> bool:
    last = chain[-1].end
    return (
        len(chain) < _MOST_PIECES
        and piece.begin - last <= _GAP
        and _ENDS.search(text, last, max(last, piece.begin)) is None
    )


def _address(text: str, chain: list[_Piece]) -> Iterator[Found]:
    """Give the address that the pieces make, if they make one."""
    details = [place for place, piece in enumerate(chain) if Part.DETAIL in piece.parts]
    areas = [place for place, piece in enumerate(chain) if Part.AREA in piece.parts]
    if not areas:
        return
    # From the smallest to the largest: what stands before the first detail or behind the last area is of other things.
    chain = chain[details[0] if details and details[0] < areas[-1] else areas[0] : areas[-1] + 1]
    begin, end = chain[0].begin, _end(text, chain[-1])
    parts = Part(0)
    for piece in chain:
        parts |= piece.parts
    before = _BREAKS.split(text[max(0, begin - _LOOK_BACK) : begin])[-1]
    number = None if Part.HOUSE in parts else _NUMBER_BEFORE.search(before)
    if number is not None:
        parts |= Part.NUMBER | Part.DETAIL
        begin -= len(before) - number.start()
    code = _ZIP_BEHIND.match(text, end)
    if code is not None:
        parts |= Part.NUMBER
        end = code.end()
    if words.WHOLE in parts and len(chain) + (number is not None) + (code is not None) >= _FEWEST_PARTS:
        yield Found(Kind.ADDRESS, begin, end)


def _end(text: str, last: _Piece) -> int:
    """Give where the last piece ends, with the name and the province that follow it."""
    end = last.end
    if last.named:
        province = words.PROVINCE_BEHIND.match(text, end)
        name = _NAME.match(text, end)
        end = province.end() if province else name.end() if name else end
    if Part.AREA in last.parts:
        province = words.PROVINCE_BEHIND.match(text, end)
        end = province.end() if province else end
    return end
