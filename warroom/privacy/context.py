"""What the words around a number say it is: the nearest word that says something decides.

``key=value``, ``"key": "value"`` and ``key: value`` are answered by their key alone; in running text the last words
before the number count, and a unit right after it.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from warroom.privacy.meanings import THAI_WORDS, WORDS, Meaning


class Context:
    """What stands around ``text[begin:end]``, a number; some dozens of characters are looked at.

    Attributes:
        meaning: what the nearest word says; None if none says anything.
        keyed: the number is the value of a key.
        close: nothing but "no." or the like stands between the deciding word and the number, or it is a unit.
    """

    __slots__ = ("_after", "_before", "_begin", "close", "keyed", "meaning")

    def __init__(self, text: str, begin: int, end: int) -> None:
        self._begin = begin
        self._before = text[max(0, begin - _BEFORE) : begin]
        self._after = text[end : end + _BEFORE]
        self.meaning: Meaning | None
        if _UNIT.match(self._after):
            self.meaning, self.keyed, self.close = Meaning.THING, False, True
        else:
            self.meaning, self.keyed, self.close = _said(_since_last_number(self._before, end - begin))

    @property
    def thing(self) -> bool:
        """Say whether this very number is called a thing's: a word further off may mean another."""
        return self.meaning is Meaning.THING and (self.keyed or self.close)

    @property
    def thai(self) -> bool:
        """Say whether Thai letters stand close before or right behind the number."""
        near = self._before[-_THAI_NEAR:], self._after[:2]
        return any(_THAI_LETTER.search(part) is not None for part in near)

    @property
    def first(self) -> bool:
        """Say whether the number begins its line, and no column of a table ends with it."""
        line = self._before[max(self._before.rfind("\n"), self._before.rfind("\r")) + 1 :]
        return len(line) < _BEFORE and not line.strip(_SIGNS) and not self._after.lstrip("\"'").startswith(_COLUMN_ENDS)

    @property
    def behind_chance(self) -> bool:
        """Say whether a long number and an underscore stand right before the number."""
        return _RANDOM.search(self._before) is not None

    @property
    def sought(self) -> bool:
        """Say whether somebody searches for the number, or it is a text of SQL: nobody writes a time so."""
        return _SEARCH.search(self._before) is not None or (self._before[-1:] == "'" == self._after[:1])

    @property
    def alone(self) -> bool:
        """Say whether nothing but signs stands beside the number in the whole text."""
        return self._begin < _BEFORE and not self._before.strip(_SIGNS) and not self._after.strip(_SIGNS)


_BEFORE: Final = 48
#: Further back than so many words, a word in running text is about something else.
_WORDS_BACK: Final = 6
#: … and that something is nobody's must be said closer by: a mistake would show somebody.
_WORDS_BACK_NOBODY: Final = 3
_THAI_NEAR: Final = 12
_NOBODY: Final = frozenset((Meaning.TIME, Meaning.THING))
# The longest first: บัตรประจำตัวผู้เสียภาษี is no "ผู้".
_THAI_WORD: Final = re.compile("|".join(map(re.escape, sorted(THAI_WORDS, key=len, reverse=True))))
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY: Final = re.compile(r"[^\s\"'=:,;&?{}()\[\]<>|/\\#]+")
#: Keys that say nothing themselves: what stands before them may.
_SAYS_NOTHING: Final = frozenset(
    (
        *("id", "no", "number", "num", "value", "val", "data", "text", "input", "nr", "code", "is", "v", "q"),
        *("query", "search", "keyword", "param", "arg", "field"),
    )
)
#: What stands between the two words of one: nationalId, national_id, A/C, ID card.
_JOINS: Final = frozenset(("", " ", "_", "-", "/", "."))
_BETWEEN: Final = " .:#-_"
_ONLY_NUMBER: Final = frozenset(("", "no", "nr", "num", "number", "is", "เลขที่", "เลข", "ที่", "หมายเลข"))
#: jQuery's key for the time that keeps an answer from being cached …
_CACHE_BUSTER: Final = "_"
#: … and that of whoever appends it to the name of a file.
_VERSION: Final = "v"
#: jQuery's names of answers: a long number of chance, then the time.
_RANDOM: Final = re.compile(r"[0-9]{10}_\Z")
_SEARCH: Final = re.compile(r"(?:\A|[^A-Za-z])(?:q|query|search|keyword)[\"']?(?:=|: ?)[\"']?\Z")
_COLUMN_ENDS: Final = (",", ";", "|", "\t")
_LAST_NUMBER: Final = re.compile(r"(?s).*[0-9]{3}")
_DIGITS: Final = "0123456789"
_LISTED: Final = re.compile(r"[ ,;/\"']{1,6}|[ ]?(?:และ|หรือ|กับ|and|or)[ ]?")
#: A full stop behind Thai letters ends an abbreviation: Thai sentences end with a blank.
_ENDS_A_SENTENCE: Final = re.compile(r"[,;] |(?<![Nn]o)(?<![Tt]el)(?<!acct)(?<![ก-๎])\. ")
_ENDS_A_FIELD: Final = re.compile(r"[\n\r{};|&\]]")
_UNIT: Final = re.compile(
    r"[ ]?(?:[kKMGT]?i?[bB](?:ytes?)?|bytes?|ms|msec|us|ns|sec|s|[kM]?pkts?|packets|times|rows|records|hits"
    r"|baht|THB|USD|%|บาท|ไบต์|ครั้ง|รายการ|วินาที|มิลลิวินาที|คน|ชิ้น|ชุด)(?![A-Za-z0-9_]|[\"']?[ ]?[=:])"
)
_THAI_LETTER: Final = re.compile(r"[ก-๎]")
_QUOTES: Final = " \"'[(<\\"
_SIGNS: Final = " \t\"'[](){}<>.,;:#*-_=|\\/"


@functools.lru_cache(maxsize=4096)
def _said(before: str) -> tuple[Meaning | None, bool, bool]:
    """Give what the text before a number says, whether by a key, and whether it stands close."""
    key, rest = _key(before)
    if not key:
        meaning, close = _nearest(_ENDS_A_SENTENCE.split(before)[-1])
        return meaning, False, close
    if key == _CACHE_BUSTER:
        return Meaning.TIME, True, False
    if before.rstrip(_QUOTES).endswith(":") and before[len(before.rstrip()) :]:
        # In running text a key may be of several words: "ID card: …".
        return _nearest(_ENDS_A_SENTENCE.split(f"{rest}{key}")[-1])[0], True, False
    meaning, _ = _nearest(key)
    if meaning is None and key.lower().strip(".") in _SAYS_NOTHING:
        # A neighbour's key may say that this is somebody's, never that it is not.
        meaning, _ = _nearest(rest)
        meaning = None if meaning in _NOBODY else meaning
    if meaning is None and key == _VERSION:
        return Meaning.VERSION, True, False
    return meaning, True, False


def _since_last_number(before: str, length: int) -> str:
    """Cut what belongs to another number; numbers of the same length are a list, which one word announces."""
    while (match := _LAST_NUMBER.match(before)) is not None:
        left = before[: match.end()].rstrip(_DIGITS)
        if match.end() - len(left) != length or not _LISTED.fullmatch(before, match.end()):
            return before[match.end() :]
        before = left
    return before


def _key(before: str) -> tuple[str, str]:
    """Give the key whose value begins behind this text, and what stands before it."""
    left = before.rstrip(" \"'[(<\\")
    if not left.endswith((":", "=", "=>")) or left.endswith("://"):
        return "", before
    left = left.rstrip("=>: ").rstrip(" \"'])\\")
    keys = _KEY.findall(left)
    if not keys or not left.endswith(keys[-1]):
        return "", before
    return keys[-1], left[: -len(keys[-1])]


def _nearest(before: str) -> tuple[Meaning | None, bool]:
    """Give what the last telling word says, and whether the text ends with it and with no more than "no."."""
    before = _ENDS_A_FIELD.split(before)[-1]
    meaning, place = None, -1
    words = list(_WORD.finditer(before))[-_WORDS_BACK:]
    for number in range(len(words) - 1, -1, -1):
        word = words[number][0].lower()
        joined = number and before[words[number - 1].end() : words[number].start()] in _JOINS
        pair = f"{words[number - 1][0].lower()}_{word}" if joined else word
        found = WORDS.get(pair) or WORDS.get(pair.replace("_", "")) or WORDS.get(word)
        if found is not None and (found not in _NOBODY or number >= len(words) - _WORDS_BACK_NOBODY):
            meaning, place = found, words[number].end()
            break
    if not before.isascii():
        for match in _THAI_WORD.finditer(before):
            found = THAI_WORDS[match[0]]
            if match.end() > place and (found not in _NOBODY or len(before) - match.end() <= _THAI_NEAR):
                meaning, place = found, match.end()
    return meaning, before[place:].strip(_BETWEEN).lower() in _ONLY_NUMBER if place >= 0 else False
