"""Finds personal data in a text, whatever format the text is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from warroom.privacy.addresses import addresses
from warroom.privacy.kinds import Found
from warroom.privacy.mail import mails
from warroom.privacy.numbers import numbers
from warroom.privacy.passports import passports
from warroom.privacy.reading import Reading

#: Nothing is found where neither a digit nor an at-sign stands, escaped or not.
_MAY_HOLD: Final = re.compile(r"[0-9@๐-๙\uff10-\uff19\uff20]")


def find(text: str) -> list[Found]:
    """Find the identifiers of people in a text.

    Returns:
        What was found, in the text's order; no two overlap. Places are those of ``text`` as given, whatever is
        escaped in it. Time and memory are linear in the text's length.
    """
    if _MAY_HOLD.search(text) is None:
        return []
    reading = Reading(text)
    found = sorted(_all(reading), key=_first_and_longest)
    apart: list[Found] = []
    behind = 0
    for kind, begin, end in found:
        if end <= behind:
            continue
        first = max(begin, behind)
        apart.append(Found(kind, reading.begin(first), reading.end(end)))
        behind = end
    return apart


def _all(reading: Reading) -> Iterator[Found]:
    text = reading.text
    yield from numbers(text, reading.written)
    if "@" in text:
        yield from mails(text)
    yield from passports(text)
    yield from addresses(text)


def _first_and_longest(found: Found) -> tuple[int, int]:
    return found.begin, -found.end
