"""Thai digits, dates and spelling: what people type is read, what offices write is written.

A year of 2400 or later is one of the Buddhist era, 543 ahead of the common one; years of two digits are refused.
Bangkok has been seven hours ahead of UTC without a change since 1920.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

BUDDHIST_ERA: Final = 543
_FIRST_BUDDHIST: Final = 2400
_YEARS: Final = range(1900, 2201)
BANGKOK: Final = timezone(timedelta(hours=7))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
MONTHS: Final = {
    "th": (
        *("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน"),
        *("กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_SHORT: Final = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_TO_THAI: Final = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_FROM_THAI: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
#: Nikhahit and sara aa typed one by one look like sara am and are not: with a tone mark between them or before.
_SARA_AM: Final = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d+)")
_WORDS: Final = re.compile(r"(\d{1,2})\s*([^\d\s]+)\s*(?:พ\.\s?ศ\.|ค\.\s?ศ\.)?\s*(\d+)")
_CLOCK: Final = re.compile(r"[T\s,]*(?:เวลา|at)?\s*(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?\s*(?:น\.?)?", re.IGNORECASE)


class DateError(ValueError):
    """No date: ``code`` says why (``date``, ``short_year``, ``year``, ``day``, ``time``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def thai_digits(text: str) -> str:
    """Write digits as ๐–๙."""
    return text.translate(_TO_THAI)


def arabic_digits(text: str) -> str:
    """Write ๐–๙ as digits."""
    return text.translate(_FROM_THAI)


def spelled(text: str) -> str:
    """Write sara am as one character: what was typed as two looks the same and is not found."""
    return _SARA_AM.sub("\\1\u0e33", text)


def moment(at_us: int) -> datetime:
    """Give Bangkok's time of microseconds since 1970 UTC."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(BANGKOK)


def microseconds(at: datetime) -> int:
    """Give the microseconds since 1970 UTC of a time."""
    return (at - _EPOCH) // _MICROSECOND


def long_date(at_us: int, language: str) -> str:
    """``24 พฤศจิกายน พ.ศ. 2569`` or ``24 November 2026``."""
    at = moment(at_us)
    month = MONTHS[language][at.month - 1]
    return f"{at.day} {month} พ.ศ. {at.year + BUDDHIST_ERA}" if language == "th" else f"{at.day} {month} {at.year}"


def letter_date(at_us: int) -> str:
    """``24 พฤศจิกายน 2569``: an official letter leaves out the era's name."""
    at = moment(at_us)
    return f"{at.day} {MONTHS['th'][at.month - 1]} {at.year + BUDDHIST_ERA}"


def long_moment(at_us: int, language: str) -> str:
    """``24 พฤศจิกายน พ.ศ. 2569 เวลา 09.00 น.`` or ``24 November 2026, 09:00``."""
    at = moment(at_us)
    clock = f" เวลา {at:%H.%M} น." if language == "th" else f", {at:%H:%M}"
    return long_date(at_us, language) + clock


def typed_moment(at_us: int) -> str:
    """Write a moment as it is typed: ``24/11/2569 09:00``, with seconds where it has some."""
    at = moment(at_us)
    return f"{at.day}/{at.month}/{at.year + BUDDHIST_ERA} " + at.strftime("%H:%M:%S" if at.second else "%H:%M")


def read_moment(typed: str) -> int:
    """Read a date and a time of Bangkok's clock: ``24/11/2569 09.00``, ``24 พ.ย. 2569 เวลา 9.00 น.``, ``2026-11-24 09:00``.

    Microseconds since 1970 UTC. Raises DateError.
    """  # noqa: E501 - the examples stand side by side
    text = arabic_digits(" ".join(typed.split()))
    for pattern in (_ISO, _NUMBERS, _WORDS):
        if found := pattern.match(text):
            break
    else:
        raise DateError("date")
    iso = found.re is _ISO
    day, month, year = (found[3], found[2], found[1]) if iso else (found[1], found[2], found[3])
    clock = _CLOCK.fullmatch(text, found.end())
    if clock is None:
        raise DateError("time")
    number = int(month) if month.isdigit() else _month(month)
    try:
        at = datetime(_year(year), number, int(day), tzinfo=BANGKOK)
    except ValueError as problem:
        raise problem if isinstance(problem, DateError) else DateError("day") from None
    try:
        at = at.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0))
    except ValueError:
        raise DateError("time") from None
    return microseconds(at)


def _month(name: str) -> int:
    told = name.rstrip(".").replace(".", "").lower()
    for names in (MONTHS["th"], _SHORT, MONTHS["en"]):
        for number, one in enumerate(names, 1):
            own = one.replace(".", "").lower()
            if told == own or (names is MONTHS["en"] and told == own[:3]):
                return number
    raise DateError("date")


def _year(digits: str) -> int:
    if len(digits) < 4:  # noqa: PLR2004 - a year has four digits
        raise DateError("short_year")
    year = int(digits) if len(digits) == 4 else 0  # noqa: PLR2004 - likewise
    common = year - BUDDHIST_ERA if year >= _FIRST_BUDDHIST else year
    if (year < _FIRST_BUDDHIST and year not in _YEARS) or common > _YEARS[-1]:
        raise DateError("year")
    return common
