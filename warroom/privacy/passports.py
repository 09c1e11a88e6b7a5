"""Finds passport numbers: announced by a word, in the machine-readable zone, or in the form of Thai passports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from warroom.privacy.context import Context
from warroom.privacy.kinds import Found, Kind
from warroom.privacy.meanings import Meaning

#: Seven digits behind letters: what every Thai passport ends with; the letters are looked at afterwards.
_SEVEN: Final = re.compile(r"[0-9]{7}(?<=[A-Za-z][0-9]{7})(?![0-9A-Za-z])")
#: Ordinary Thai passports run through AA, AB, AC; older ones and other series have other letters.
_THAI_SERIES: Final = re.compile(r"(?<![0-9A-Za-z])A[A-C][0-9]{7}")
_WORDS: Final = ("passport", "หนังสือเดินทาง", "พาสปอร์ต", "พาสปอต", "travel doc", "travel_doc", "traveldoc")
#: One or two letters and six to eight digits, the nine digits of other states, or nine of both, at least four of them
#: digits, as newer ones have (M123A4567, C01X00T47).
_ANNOUNCED: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[A-Za-z]{1,2}[ -]?[0-9]{6,8}|[0-9]{8,9}|(?=(?:[A-Z]*[0-9]){4})[A-Z][A-Z0-9]{8})(?![0-9A-Za-z])"
)
#: Second line of the zone: number, its check digit, issuing state, dates, personal number (ICAO Doc 9303-4).
_MACHINE_READABLE: Final = re.compile(
    r"(?<![0-9A-Z])[A-Z0-9]{6,9}<{0,3}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{0,16}"
)
#: What the zone of anybody contains.
_FILLER: Final = "<<"
_SERIES_LENGTH: Final = 9


def passports(text: str) -> Iterator[Found]:
    """Give the passport numbers in a text in plain form."""
    for match in _SEVEN.finditer(text):
        begin = max(0, match.end() - _SERIES_LENGTH)
        if _THAI_SERIES.match(text, begin) and Context(text, begin, match.end()).meaning is not Meaning.THING:
            yield Found(Kind.PASSPORT, begin, match.end())
    lowered = text.lower()
    if any(word in lowered for word in _WORDS):
        for match in _ANNOUNCED.finditer(text):
            if Context(text, *match.span()).meaning is Meaning.PASSPORT:
                yield Found(Kind.PASSPORT, *match.span())
    if _FILLER in text:
        for match in _MACHINE_READABLE.finditer(text):
            yield Found(Kind.PASSPORT, *match.span())
