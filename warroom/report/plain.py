"""Texts as every exchange format takes them: nothing that breaks a file, hides in it or turns its letters round."""

from __future__ import annotations

import unicodedata
from typing import Final

from warroom.store.database import from_us
from warroom.store.views.case_masking import map_texts
from warroom.store.views.casefile import CaseFile

_KEPT: Final = frozenset("\t\n\r\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
#: Controls, format characters that reorder or hide, halves of pairs, what Unicode says will never be a character.
_HIDING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PLANE: Final = 0x10000
_NO_CHARACTERS: Final = 0xFFFE


def plain(text: str) -> str:
    r"""Write out, as ``\u202e``, what XML does not take or what hides; nothing is left out, nothing else changes."""
    if text.isprintable():
        return text
    return "".join(one if one in _KEPT or not _hides(one) else _written(one) for one in text)


def tidy(case: CaseFile) -> CaseFile:
    """Give a case file all of whose texts are plain."""
    return map_texts(case, lambda _, text: plain(text))


def stamp(micros: int) -> str:
    """Give a moment as ISO 8601 in UTC, to the microsecond: ``2026-11-22T07:00:00.000000Z``."""
    return f"{from_us(micros):%Y-%m-%dT%H:%M:%S.%f}Z"


def _hides(one: str) -> bool:
    return unicodedata.category(one) in _HIDING or ord(one) % _PLANE >= _NO_CHARACTERS


def _written(one: str) -> str:
    return f"\\u{ord(one):04x}" if ord(one) < _PLANE else f"\\U{ord(one):08x}"
