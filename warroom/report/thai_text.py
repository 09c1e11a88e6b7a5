"""Text as paper takes it: spelled one way, nothing hidden in it, and room to break a line everywhere it must."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from warroom.catalog.thai import spelled
from warroom.report.plain import plain


def _marks() -> str:
    """Give the combining marks of the basic plane and those that follow any sign, as a class of an expression."""
    basic = "".join(one for one in map(chr, range(0x300, 0xFFFF)) if unicodedata.category(one)[0] == "M")
    return basic + "\U0001d165-\U0001d1ad\U000e0100-\U000e01ef"


#: People type it between Thai words, where a line may break; it has no width and changes nothing else.
BREAK: Final = "\N{ZERO WIDTH SPACE}"
#: Longer than any word: paths, hashes and what attackers send have no blanks.
_WORD: Final = re.compile(r"[^\s\u0e00-\u0e7f\u200b]{25,}")
_EVERY: Final = 8
#: Thai is broken by words; what is no language, the same few signs again and again, has none.
_NO_WORDS: Final = re.compile(r"(([\u0e01-\u0e5b]{1,6}?)\2{7})(?=\2)")
#: Signs that stand over or under others, heaped up as no script does: they hide what is below, and thousands of them
#: take minutes to set.
_HEAP: Final = re.compile(f"(?<=[{_marks()}]{{4}})[{_marks()}]+")
_JOINER: Final = "\N{ZERO WIDTH JOINER}"


def printed(text: str) -> str:
    r"""Give a text to print: signs that hide or turn letters round are written out as ``\u202e``, lines may break."""
    parts = spelled(text.replace("\r\n", "\n").replace("\t", "    ")).split(BREAK)
    shown = BREAK.join("\n".join(map(plain, part.split("\n"))) for part in parts)
    flat = _HEAP.sub(_written_out, shown)
    return _NO_WORDS.sub("\\1" + BREAK, _WORD.sub(_broken, flat))


def same(text: str) -> str:
    """Give a text as it is compared: without the places where lines may break, blanks as one."""
    return " ".join(text.replace(BREAK, "").split())


def _written_out(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in found[0])


def _broken(found: re.Match[str]) -> str:
    word, made, since = found[0], [], 0
    for number, one in enumerate(word):
        joined = unicodedata.category(one)[0] == "M" or _JOINER in (one, word[number - 1])
        if since >= _EVERY and not joined:
            made.append(BREAK)
            since = 0
        made.append(one)
        since += 1
    return "".join(made)
