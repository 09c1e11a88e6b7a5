"""Weighs what a number is: its digits against what is said around it.

Where nothing decides, the safe side does: what can be somebody's is taken for it. What cannot be told apart are
citizen ids that begin with 1 and milliseconds since 1970: see `_is_citizen`.
"""

from __future__ import annotations

import re
from typing import Final

from warroom.privacy.context import Context
from warroom.privacy.digits import is_card, is_citizen_id, is_thai_bar_code, is_time, of_a_person, of_a_register
from warroom.privacy.kinds import Kind
from warroom.privacy.meanings import Meaning

_MOBILE: Final = re.compile(r"0[689][0-9]{8}")
_LANDLINE: Final = re.compile(r"0[2-57][0-9]{7}")
_MOBILE_ABROAD: Final = re.compile(r"66[689][0-9]{8}")
_LANDLINE_ABROAD: Final = re.compile(r"66[2-57][0-9]{7}")
#: Lengths of an identifier that is announced by its own word, in whatever groups it is written.
_LENGTHS: Final = {
    Kind.CITIZEN_ID: range(13, 14),
    Kind.ACCOUNT: range(10, 13),
    Kind.CARD: range(13, 20),
    Kind.PHONE: range(9, 11),
}
_ANNOUNCED: Final = {
    Meaning.CITIZEN_ID: Kind.CITIZEN_ID,
    Meaning.ACCOUNT: Kind.ACCOUNT,
    Meaning.CARD: Kind.CARD,
    Meaning.PHONE: Kind.PHONE,
}
_CITIZEN_LENGTH: Final = 13
_SECONDS_LENGTH: Final = 10
_MOBILE_WITHOUT_ZERO: Final = 9
#: Cards of other lengths are rare: a bare number must be announced as a card, or as somebody's.
_USUAL_CARDS: Final = (15, 16)
#: Meanings that let a number stand for somebody.
_SOMEBODY: Final = frozenset((Meaning.PERSON, Meaning.PHONE, Meaning.ACCOUNT, Meaning.CARD, Meaning.PASSPORT))
_NOBODY: Final = frozenset((Meaning.THING, Meaning.TIME))
_NO_ID_IF_A_TIME: Final = _NOBODY | {Meaning.VERSION}
_SECONDS: Final = re.compile(r"(?<![0-9])1[0-9]{9}(?:[0-9]{3})?(?![0-9])")
_WRITTEN_YEAR: Final = re.compile(
    r"(?<![0-9])(?P<first>20[0-9]{2}|25[0-9]{2})(?=[/.-]?[01][0-9][/.-]?[0-3][0-9])"
    r"|(?:[A-Za-z]{3}|[01][0-9])[/. -](?P<last>20[0-9]{2}|25[0-9]{2})(?![0-9])"
)
_BUDDHIST: Final = 543
_FIRST_BUDDHIST: Final = 2500
_YEAR_MS: Final = 31_556_952_000
_FIRST_YEAR: Final = 1970


class Years:
    """The years of the times in a text, found when first asked for."""

    def __init__(self, text: str) -> None:
        """Take the text; nothing is looked for yet."""
        self._text = text
        self._years: frozenset[int] | None = None

    def near(self, milliseconds: str) -> bool | None:
        """Say whether the text has another time of about the same year; None if it has no other time."""
        if self._years is None:
            self._years = frozenset(self._found())
        if not self._years:
            return None
        return not self._years.isdisjoint(range(_year(milliseconds) - 1, _year(milliseconds) + 2))

    def _found(self) -> set[int]:
        found = {_year(f"{match[0]:0<13}") for match in _SECONDS.finditer(self._text) if not is_citizen_id(match[0])}
        for match in _WRITTEN_YEAR.finditer(self._text):
            year = int(match["first"] or match["last"])
            found.add(year - _BUDDHIST if year >= _FIRST_BUDDHIST else year)
        return found


def _year(milliseconds: str) -> int:
    return _FIRST_YEAR + int(milliseconds) // _YEAR_MS


def announced_kind(meaning: Meaning | None) -> Kind | None:
    """Give the kind that a word announces by its name."""
    return _ANNOUNCED.get(meaning) if meaning else None


def grouped_citizen(digits: str, meaning: Meaning | None) -> bool:
    """Judge 13 digits in the groups of a citizen id; a company's tax id is written in the same ones."""
    if meaning is Meaning.CITIZEN_ID:
        return True
    return is_citizen_id(digits) and (of_a_person(digits) or digits[0] != "0")


def worth_asking(digits: str) -> bool:
    """Say whether what stands around digits can make them an identifier: most numbers of a log need no such look."""
    if len(digits) == _CITIZEN_LENGTH:
        return not is_time(digits) or is_citizen_id(digits)
    if len(digits) in _LENGTHS[Kind.ACCOUNT]:
        return True
    return is_card(digits) or _LANDLINE.fullmatch(digits) is not None


def plain_kind(digits: str, around: Context, years: Years, *, machine: bool) -> Kind | None:
    """Judge digits that nothing separates; ``machine``: they are written in the digits that programs write."""
    if len(digits) == _CITIZEN_LENGTH and _is_citizen(digits, around, years, machine=machine):
        return Kind.CITIZEN_ID
    if around.meaning is Meaning.ACCOUNT and len(digits) in _LENGTHS[Kind.ACCOUNT]:
        return Kind.ACCOUNT if credible(Kind.ACCOUNT, digits, around) else None
    if _is_phone(digits, around):
        return Kind.PHONE
    return Kind.CARD if is_card(digits) and _is_card_here(digits, around) else None


def credible(kind: Kind, digits: str, around: Context) -> bool:
    """Judge digits behind the word that announces this kind."""
    if len(digits) not in _LENGTHS[kind]:
        return False
    if kind is Kind.CITIZEN_ID:
        return is_citizen_id(digits)
    if kind is Kind.CARD:
        return is_card(digits)
    if kind is Kind.PHONE:
        # Programs that take a number for a number lose its first zero.
        return digits[0] == "0" or (len(digits) == _MOBILE_WITHOUT_ZERO and digits[0] in "689" and _named(around))
    # "account locked 1795341234" tells a time.
    return _named(around) or around.thai or len(digits) != _SECONDS_LENGTH or digits[0] != "1"


def _named(around: Context) -> bool:
    return around.keyed or around.close


def _is_citizen(digits: str, around: Context, years: Years, *, machine: bool) -> bool:  # noqa: PLR0911  one rule after the other
    fits, time = is_citizen_id(digits), machine and is_time(digits)
    if around.meaning is Meaning.CITIZEN_ID:
        return fits or not time  # a slip of the pen, announced as what it is
    if not fits or around.thing:
        return False
    if not of_a_person(digits) or is_thai_bar_code(digits):
        return around.meaning is Meaning.PERSON
    if not time:
        return True
    # From here on it is a time as well as an id. One time in ten has the check digit, half of these can be of
    # a register, and the times of one text lie close together; times stand at the beginning of lines, and many are
    # whole seconds.
    if around.meaning in _NO_ID_IF_A_TIME or around.behind_chance:
        return False
    if around.meaning is Meaning.PERSON or (around.thai and not around.keyed):
        return True
    if not of_a_register(digits):
        return False
    return around.alone or around.sought or not (around.first or digits.endswith("000") or years.near(digits))


def _is_phone(digits: str, around: Context) -> bool:
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return not around.thing
    if _MOBILE_ABROAD.fullmatch(digits):
        return around.meaning not in _NOBODY
    return around.meaning is Meaning.PHONE and _LANDLINE_ABROAD.fullmatch(digits) is not None


def _is_card_here(digits: str, around: Context) -> bool:
    if around.meaning is Meaning.CARD:
        return True
    if around.meaning in _NOBODY or is_time(digits):
        return False
    return len(digits) in _USUAL_CARDS or around.meaning in _SOMEBODY or around.thai
