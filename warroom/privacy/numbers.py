"""Finds citizen ids, telephone numbers, bank accounts and payment cards: the identifiers that are digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from warroom.privacy.context import Context
from warroom.privacy.digits import is_card
from warroom.privacy.kinds import Found, Kind
from warroom.privacy.likelihood import Years, announced_kind, credible, grouped_citizen, plain_kind, worth_asking
from warroom.privacy.meanings import Meaning
from warroom.privacy.spellings import STRETCH, WRITTEN

_GROUPS: Final = re.compile(r"[0-9]+")
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")
#: Digits in whatever groups, behind the word that announces them.
_GROUPED: Final = re.compile(r"\(?[0-9]+(?:[ +()-]{1,3}[0-9]+)*")
_DATE: Final = re.compile(
    r"(?:19|20|25)[0-9]{2}[ -][0-9]{1,2}[ -][0-9]{1,2}|[0-9]{1,2}[ -][0-9]{1,2}[ -](?:19|20|25)[0-9]{2}"
)
_SHORTEST: Final = 9
_MOST_GROUPS: Final = 19
#: Signs, or a whole word, not the letters of a hash.
_OWN_WORD: Final = re.compile(r"(?:\A|[^0-9A-Za-z.-]|(?<![0-9A-Za-z])[A-Za-z]{3,})\Z")
_LONGEST_WORD: Final = 24
#: A word, a fraction, or the end of a longer number: x0812345678, 1.0812345678, 3fa2-081234567812, 2026-081-234-5678.
_GOES_ON_BEFORE: Final = re.compile(r"(?:[A-Za-z]|[0-9][.-]|[0-9A-Fa-f]{4}-)\Z")
#: Further telephone numbers of the same office follow a dash: 02-123-4567-9.
_GOES_ON_BEHIND: Final = re.compile(r"[A-Za-z]|[.-][0-9]{3}|-[0-9A-Fa-f]{4}")


def numbers(text: str, written: str) -> Iterator[Found]:
    """Give the identifiers of digits in a text in plain form, in its order.

    Args:
        text: the text in plain form.
        written: the same with the digits as they were written, Thai ones for instance; of the same length.
    """
    years = Years(text)
    for stretch in STRETCH.finditer(text):
        place, last = stretch.span()
        nothing = True
        while (match := WRITTEN.search(text, place, last)) is not None:
            kind = _kind(text, match, years, machine=written[match.start()].isascii())
            if kind is not None:
                nothing = False
                yield Found(kind, *match.span())
                place = match.end()
            else:
                place = _behind_first_group(text, match.start())
        if nothing:
            found = _announced(text, *stretch.span())
            if found is not None:
                yield found


def _behind_first_group(text: str, begin: int) -> int:
    group = _GROUPS.search(text, begin)
    return group.end() if group else len(text)


def _kind(text: str, match: re.Match[str], years: Years, *, machine: bool) -> Kind | None:
    """Say what one spelling is, where it stands."""
    begin, end = match.span()
    if match.lastgroup == "plain":
        return _plain(text, begin, end, years, machine=machine)
    digits = _NOT_DIGIT.sub("", match[0])
    kind: Kind | None
    match match.lastgroup:
        case "citizen":
            kind = Kind.CITIZEN_ID if grouped_citizen(digits, Context(text, begin, end).meaning) else None
        case "card":
            kind = Kind.CARD if is_card(digits) else None
        case "account":
            kind = Kind.ACCOUNT
        case _:
            # An account may begin as a telephone number does: 081-234567-8.
            account = text[end : end + 1] == "-" and Context(text, begin, end).meaning is Meaning.ACCOUNT
            kind = None if account else Kind.PHONE
    return None if kind is None or _goes_on(text, begin, end) else kind


def _plain(text: str, begin: int, end: int, years: Years, *, machine: bool) -> Kind | None:
    digits = text[begin:end]
    if not worth_asking(digits):
        return None
    around = Context(text, begin, end)
    kind = plain_kind(digits, around, years, machine=machine)
    if kind is None or not _goes_on(text, begin, end):
        return kind
    return kind if kind is announced_kind(around.meaning) and _named(text, begin, around) else None


def _named(text: str, begin: int, around: Context) -> bool:
    """Say whether the word stands so close that letters may touch: tel0812345678, cid=1101700203450UNION."""
    before = text[max(0, begin - _LONGEST_WORD) : begin]
    return (around.keyed or around.close) and _OWN_WORD.search(before) is not None


def _goes_on(text: str, begin: int, end: int) -> bool:
    """Say whether a number is a part of something longer."""
    return (
        _GOES_ON_BEFORE.search(text[max(0, begin - 5) : begin]) is not None
        or _GOES_ON_BEHIND.match(text, end) is not None
    )


def _announced(text: str, begin: int, end: int) -> Found | None:
    """Find a number in unusual groups behind the word that announces it."""
    grouped = _GROUPED.match(text, begin, end)
    if grouped is None or _DATE.match(text, begin):
        return None
    groups = list(islice(_GROUPS.finditer(text, *grouped.span()), _MOST_GROUPS))
    if sum(len(group[0]) for group in groups) < _SHORTEST:
        return None
    first = groups[0].start()
    around = Context(text, first, groups[0].end())
    kind = announced_kind(around.meaning)
    if kind is None:
        return None
    digits, end = "", 0
    for group in groups:
        digits += group[0]
        if credible(kind, digits, around):
            end = group.end()
            if kind is Kind.PHONE:  # a further group is a further number: 02-123-4567-9
                break
    if not end or (_goes_on(text, first, end) and not _named(text, first, around)):
        return None
    return Found(kind, first, end)
