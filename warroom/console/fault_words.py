"""What is wrong with a detector, or why something was not done, in the language of the person who is told.

Engine, checks and acts say it in English, for the command line. Each text of ``rulefault`` and ``refusal`` in the
catalogue has as its English form what they say, with ``{places}``; what fits one is told in the other language, the
places as they stand. What fits none is told as it is.
"""

from __future__ import annotations

import re
import string
from functools import cache
from typing import TYPE_CHECKING, Final

from warroom.console.texts import CATALOGUE, load_texts

if TYPE_CHECKING:
    from warroom.console.texts import Words

_SECTIONS: Final = ("rulefault.", "refusal.")
_ENGLISH: Final = "en"
#: Longer ones hold what somebody wrote; nobody reads them to their end, and no pattern is tried on them.
_LONGEST: Final = 2_000


def fault_told(reason: str, words: Words) -> str:
    """Tell a fault or a refusal in the language of the words, as far as it is known there."""
    if words.language == _ENGLISH or len(reason) > _LONGEST:
        return reason
    for name, pattern in _patterns():
        if found := pattern.fullmatch(reason):
            return words(name, **found.groupdict())
    return reason


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Give what recognises each text; those with the most letters of their own go first."""
    texts = {key: text[_ENGLISH] for key, text in load_texts(CATALOGUE).items() if key.startswith(_SECTIONS)}
    ordered = sorted(texts.items(), key=lambda one: -sum(len(plain) for plain, *_ in string.Formatter().parse(one[1])))
    return tuple((name, re.compile(_pattern(text), re.DOTALL)) for name, text in ordered)


def _pattern(text: str) -> str:
    parts = string.Formatter().parse(text)
    return "".join(re.escape(plain) + (f"(?P<{name}>.*?)" if name else "") for plain, name, _, _ in parts)
