"""The words that parts of a Thai postal address begin with, in Thai and transliterated, and what each part says."""

from __future__ import annotations

import re
from enum import Flag, auto
from typing import Final, NamedTuple

from warroom.privacy.provinces import PROVINCES


class Part(Flag):
    """What a part of an address contributes."""

    DETAIL = auto()  # it is smaller than a sub-district
    AREA = auto()
    NUMBER = auto()
    HOUSE = auto()


WHOLE: Final = Part.DETAIL | Part.AREA | Part.NUMBER


class Form(NamedTuple):
    """How a part goes on behind its word.

    Attributes:
        parts: what it contributes.
        rest: what must follow the word; None if nothing must.
        named: a name follows, of whatever letters, which belongs to it.
    """

    parts: Part
    rest: re.Pattern[str] | None
    named: bool


_HOUSE: Final = Form(
    Part.DETAIL | Part.NUMBER | Part.HOUSE, re.compile(r"[ +:.]{0,2}[0-9]{1,5}(?:[/-][0-9]{1,5}){0,2}(?![0-9])"), False
)
_SMALL: Final = Form(Part.DETAIL | Part.NUMBER, re.compile(r"[ +]{0,2}[0-9]{1,3}(?![0-9(])"), False)
_ROOM: Final = Form(
    Part.DETAIL | Part.NUMBER, re.compile(r"[ +]{0,2}(?:no\.? )?[0-9]{1,5}[A-Z]?(?![0-9A-Za-z])"), False
)
_DETAIL: Final = Form(Part.DETAIL, None, True)
_ROAD: Final = Form(Part.DETAIL, re.compile(r"\.?(?![A-Za-z])"), False)  # the name stands before it
_THAI_NAME: Final = re.compile(r"(?=[ +]?[ก-ฮเ-ไ])")
_ENGLISH_NAME: Final = re.compile(r"(?=[ +]?[A-Za-z])")
_AREA: Final = Form(Part.AREA, None, True)
_AREA_THAI: Final = Form(Part.AREA, _THAI_NAME, True)
_AREA_ENGLISH: Final = Form(Part.AREA, _ENGLISH_NAME, True)
_AREA_BEFORE: Final = Form(Part.AREA, None, False)
_CITY: Final = Form(Part.AREA, None, False)

#: เลย, ตาก and others are words of every day: a province without จังหวัด needs its postal code.
_WITH_CODE: Final = Form(Part.AREA, re.compile(r"(?=[ +]{0,2}(?:รหัสไปรษณีย์ ?)?[1-9][0-9]{4}(?![0-9A-Za-z]))"), False)

#: Forms are tried in their order.
THAI: Final[dict[str, tuple[Form, ...]]] = {
    "บ้านเลขที่": (_HOUSE,),
    "เลขที่": (_HOUSE,),
    "หมู่บ้าน": (_DETAIL,),
    "หมู่ที่": (_SMALL,),
    "หมู่": (_SMALL,),
    "ม.": (_SMALL,),
    "ซอย": (_SMALL, _DETAIL),
    "ซ.": (_SMALL, _DETAIL),
    "ตรอก": (_DETAIL,),
    "ถนน": (_DETAIL,),
    "ถ.": (_DETAIL,),
    "ห้องเลขที่": (_ROOM,),
    "ห้อง": (_ROOM,),
    "ชั้นที่": (_SMALL,),
    "ชั้น": (_SMALL,),
    "อาคาร": (_DETAIL,),
    "คอนโด": (_DETAIL,),
    "ตำบล": (_AREA,),
    "แขวง": (_AREA,),
    "ต.": (_AREA_THAI,),
    "อำเภอ": (_AREA,),
    "เขต": (_AREA,),
    "อ.": (_AREA_THAI,),
    "จังหวัด": (_AREA,),
    "จ.": (_AREA_THAI,),
    "กรุงเทพมหานคร": (_CITY,),
    "กรุงเทพฯ": (_CITY,),
    "กรุงเทพ": (_CITY,),
    "กทม.": (_CITY,),
    "กทม": (_CITY,),
}
for _name in PROVINCES:
    THAI.setdefault(_name, (_WITH_CODE,))
_ENGLISH_FORMS: Final[dict[str, tuple[Form, ...]]] = {
    "house no": (_HOUSE,),
    "no": (_HOUSE,),
    "moo": (_SMALL,),
    "moo ban": (_DETAIL,),
    "mooban": (_DETAIL,),
    "mu": (_SMALL,),
    "m": (Form(Part.DETAIL | Part.NUMBER, re.compile(r"\.[ +]?[0-9]{1,3}(?![0-9(])"), False),),
    "soi": (_SMALL, _DETAIL),
    "thanon": (_DETAIL,),
    "road": (_ROAD,),
    "rd": (_ROAD,),
    "street": (_ROAD,),
    "lane": (_ROAD,),
    "alley": (_ROAD,),
    "avenue": (_ROAD,),
    "ave": (_ROAD,),
    "room": (_ROOM,),
    "unit": (_ROOM,),
    "flat": (_ROOM,),
    "floor": (_SMALL,),
    "building": (_ROAD,),
    "tower": (_ROAD,),
    "village": (_ROAD,),
    "condo": (_ROAD,),
    "condominium": (_ROAD,),
    "tambon": (_AREA_ENGLISH,),
    "tambol": (_AREA_ENGLISH,),
    "khwaeng": (_AREA_ENGLISH,),
    "kwaeng": (_AREA_ENGLISH,),
    "t": (Form(Part.AREA, re.compile(r"\.(?=[ +]?[A-Za-z])"), True),),
    "subdistrict": (_AREA_BEFORE,),
    "sub district": (_AREA_BEFORE,),
    "amphoe": (_AREA_ENGLISH,),
    "amphur": (_AREA_ENGLISH,),
    "khet": (_AREA_ENGLISH,),
    "a": (Form(Part.AREA, re.compile(r"\.(?=[ +]?[A-Za-z])"), True),),
    "district": (_AREA_BEFORE,),
    "changwat": (_AREA_ENGLISH,),
    "province": (_AREA_BEFORE,),
} | {name.lower(): (_CITY,) for names in PROVINCES.values() for name in names}

#: By the first word: the whole word or words (a blank may be a dash or a plus), and their forms; the longest first.
ENGLISH: Final[dict[str, list[tuple[re.Pattern[str], tuple[Form, ...]]]]] = {}
for _words in sorted(_ENGLISH_FORMS, key=len, reverse=True):
    ENGLISH.setdefault(_words.split()[0], []).append(
        (re.compile(re.escape(_words).replace(r"\ ", "[ +-]") + r"(?![A-Za-z])", re.IGNORECASE), _ENGLISH_FORMS[_words])
    )

#: The plain literals first: the engine skips to their first letters.
THAI_WORD: Final = re.compile("|".join(map(re.escape, sorted(THAI, key=len, reverse=True))))
ENGLISH_WORD: Final = re.compile(r"[A-Za-z]++")

_THAI_PROVINCES: Final = "|".join(map(re.escape, sorted(PROVINCES, key=len, reverse=True)))
_ENGLISH_PROVINCES: Final = "|".join(
    re.escape(name).replace(r"\ ", "[ +]")
    for name in sorted((name for names in PROVINCES.values() for name in names), key=len, reverse=True)
)
PROVINCE_BEHIND: Final = re.compile(
    rf"[ ,+.]{{0,3}}(?:จังหวัด|จ\.)?[ +]{{0,2}}(?:{_THAI_PROVINCES}|(?:{_ENGLISH_PROVINCES})(?![A-Za-z]))", re.IGNORECASE
)

#: In lower case: every transliterated address has one of the first and one of the second.
ENGLISH_DETAILS: Final = (
    *("moo", "mu ", "mu+", "soi", "road", " rd", "+rd", "street", "thanon", "lane", "avenue", " ave", "+ave", "alley"),
    *("no.", "no ", "house", "building", "village", "condo", " m.", "+m.", ",m."),
)
ENGLISH_AREAS: Final = (
    *("tambo", "khwaeng", "kwaeng", "amph", "khet", "district", "changwat", "province"),
    *(" t.", "+t.", " a.", "+a.", " tak ", "+tak+", " nan ", "+nan+", " trat ", "+trat+"),
    *sorted({name.lower().split()[-1] for names in PROVINCES.values() for name in names if len(name) > len("Trat")}),
)
