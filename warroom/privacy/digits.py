"""Check digits, and what a run of digits may be instead of an identifier."""

from __future__ import annotations

import re
from typing import Final

_CITIZEN_LENGTH: Final = 13
_ZERO: Final = ord("0")
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")
_WEIGHTS: Final = sum(range(2, 14))
_CARD_LENGTHS: Final = range(13, 20)
#: First two digits of the codes of Thailand's 77 provinces (ISO 3166-2:TH), as in digits two and three of a citizen id.
_PROVINCES: Final = frozenset((*range(10, 28), *range(30, 50), *range(50, 59), *range(60, 68), *range(70, 78)))
_PROVINCES_SOUTH: Final = frozenset((*range(80, 87), *range(90, 97)))
#: The highest number of a district (TIS 1099) in the provinces that have more than 20, and in those whose codes stand
#: in milliseconds of 2017 to 2026; the offices of towns are numbered down from 99.
_HIGHEST_DISTRICT: Final = (
    {10: 50, 30: 32, 31: 23, 33: 22, 34: 33, 40: 29, 41: 25, 50: 25, 80: 23}
    | {51: 8, 52: 13, 53: 9, 54: 8, 55: 15, 56: 9, 57: 18, 58: 7, 60: 15, 61: 8, 62: 11, 63: 9, 64: 9, 65: 9}
    | {66: 12, 67: 11, 70: 10, 71: 13, 72: 10, 73: 7, 74: 3, 75: 3, 76: 8, 77: 8}
)
_USUAL_HIGHEST_DISTRICT: Final = 20
_MUNICIPALITIES: Final = range(80, 100)
#: Milliseconds since 1970 from 2012 to 2032: what a clock of today or a log of yesterday gives.
_EPOCH_MS: Final = range(1_325_376_000_000, 1_988_150_400_000)
#: Register of people without status: "0", the district, then 89 or 00 (Department of Provincial Administration).
_WITHOUT_STATUS: Final = frozenset(("89", "00"))
#: YYYYMMDDhhmmss of the Common and of the Buddhist era, and what follows.
_WRITTEN_TIME: Final = re.compile(
    r"(?:19|20|25)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9][0-9]{0,5}"
)
#: Issuer prefixes and the lengths they are issued in (ISO/IEC 7812; Visa, Mastercard, American Express, JCB,
#: UnionPay, Discover, Diners Club).
_ISSUERS: Final = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16, 17, 18, 19)),
    (re.compile(r"62|81"), (16, 17, 18, 19)),
    (re.compile(r"6011|64[4-9]|65"), (16, 17, 18, 19)),
    (re.compile(r"30[0-5]|3095|36|3[89]"), (14, 16, 19)),
)
#: Bar codes of goods registered in Thailand (GS1).
_THAI_GOODS: Final = "885"


def is_citizen_id(digits: str) -> bool:
    """Say whether 13 ASCII digits carry the check digit of a Thai citizen id.

    The first twelve digits are weighted 13 to 2; the thirteenth is (11 - sum mod 11) mod 10. One in ten runs of 13
    digits fits by chance; a company's tax id follows the same rule.
    """
    if len(digits) != _CITIZEN_LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    a, b, c, d, e, f, g, h, i, j, k, l, check = digits.encode()  # noqa: E741
    weighted = 13 * a + 12 * b + 11 * c + 10 * d + 9 * e + 8 * f + 7 * g + 6 * h + 5 * i + 4 * j + 3 * k + 2 * l
    return check - _ZERO == (11 - (weighted - _WEIGHTS * _ZERO) % 11) % 10


def is_card(digits: str) -> bool:
    """Say whether the digits have a known issuer's prefix and length, and the check digit of Luhn (ISO/IEC 7812-1)."""
    return (
        len(digits) in _CARD_LENGTHS
        and _luhn(digits)
        and any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS)
    )


def is_time(digits: str) -> bool:
    """Say whether the digits can be a time: milliseconds since 1970, or YYYYMMDDhhmmss and fractions."""
    if len(digits) == _CITIZEN_LENGTH and int(digits) in _EPOCH_MS:
        return True
    return _WRITTEN_TIME.fullmatch(digits) is not None


def of_a_person(digits: str) -> bool:
    """Say whether a citizen id's first digit is one that people have: 1 to 8, and 0 for people without status.

    All other ids that begin with 0 are those of companies and of the state's own offices.
    """
    return digits[0] in "12345678" or (digits[0] == "0" and digits[5:7] in _WITHOUT_STATUS)


def of_a_register(digits: str) -> bool:
    """Say whether digits two to five of a citizen id can be a registrar's: a province, then a district or town."""
    province, district = int(digits[1:3]), int(digits[3:5])
    return (province in _PROVINCES or province in _PROVINCES_SOUTH) and (
        0 < district <= _HIGHEST_DISTRICT.get(province, _USUAL_HIGHEST_DISTRICT) or district in _MUNICIPALITIES
    )


def is_thai_bar_code(digits: str) -> bool:
    """Say whether 13 digits are the bar code (EAN-13) of goods registered in Thailand."""
    if not digits.startswith(_THAI_GOODS) or len(digits) != _CITIZEN_LENGTH:
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _luhn(digits: str) -> bool:
    """Say whether the digits, every second from the right doubled and its two digits added, make a multiple of ten."""
    written = digits.encode()
    return (sum(written[::-2]) + sum(written[-2::-2].translate(_DOUBLED)) - len(written) * _ZERO) % 10 == 0
