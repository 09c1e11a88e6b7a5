"""Times as people read them: Bangkok's clock, the Buddhist era in Thai, the common era in English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

BANGKOK: Final = ZoneInfo("Asia/Bangkok")

_BUDDHIST_ERA: Final = 543
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = {
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_AGES: Final = {
    "th": ("วิ", "นาที", "ชม.", "วัน"),
    "en": ("s", "min", "h", "d"),
}
_STEPS: Final = (1, 60, 3600, 86400)


def buddhist_year(year: int) -> int:
    """Give the year of the Buddhist era, as Thai calendars write it since 1941."""
    return year + _BUDDHIST_ERA


def moment(at_us: int) -> datetime:
    """Give the Bangkok time of microseconds since 1970 UTC."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(BANGKOK)


def date_time(at_us: int, language: str) -> str:
    """``22 พ.ย. 2569 14.30 น.`` or ``22 Nov 2026 14:30``."""
    at = moment(at_us)
    clock = f"{at:%H.%M} น." if language == "th" else f"{at:%H:%M}"
    return f"{date(at_us, language)} {clock}"


def deadline(at_us: int, language: str) -> str:
    """``24 พ.ย. 69 เวลา 09.00 น.``, as Thai letters name a time, or ``24 Nov 2026 09:00``."""
    if language != "th":
        return date_time(at_us, language)
    at = moment(at_us)
    return f"{at.day} {_MONTHS[language][at.month - 1]} {buddhist_year(at.year) % 100:02d} เวลา {at:%H.%M} น."


def date(at_us: int, language: str) -> str:
    """``22 พ.ย. 2569`` or ``22 Nov 2026``."""
    at = moment(at_us)
    year = buddhist_year(at.year) if language == "th" else at.year
    return f"{at.day} {_MONTHS[language][at.month - 1]} {year}"


def day(iso: str, language: str) -> str:
    """Give a day of the calendar, ``2026-11-22``, as people write it."""
    at = datetime.fromisoformat(iso).replace(tzinfo=BANGKOK)
    return date((at - _EPOCH) // timedelta(microseconds=1), language)


def clock(at_us: int, *, millis: bool = False) -> str:
    """``14:30:05``, the same in both languages: a log reader's clock; with milliseconds where order matters."""
    at = moment(at_us)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if millis else f"{at:%H:%M:%S}"


def age(seconds: float, language: str) -> str:
    """How long ago, in the largest unit that fits: ``4 นาที``, ``4 min``."""
    whole = max(0, int(seconds))
    unit = max(index for index, step in enumerate(_STEPS) if whole >= step or index == 0)
    return f"{whole // _STEPS[unit]} {_AGES[language][unit]}"
