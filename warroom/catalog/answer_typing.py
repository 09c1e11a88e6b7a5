"""Answers as people type them: ``read`` takes what was typed, ``typed`` gives an answer back as it would be typed."""

from __future__ import annotations

import re
from typing import Final

from warroom.catalog.answer_checks import UNKNOWN, Answer, AnswerError, check
from warroom.catalog.forms import FormField
from warroom.catalog.thai import DateError, arabic_digits, read_moment, spelled, typed_moment

_UNKNOWN: Final = frozenset({"unknown", "not known", "ไม่ทราบ", "ยังไม่ทราบ", "?"})
_YES: Final = frozenset({"yes", "y", "true", "1", "ใช่"})
_NO: Final = frozenset({"no", "n", "false", "0", "ไม่ใช่", "ไม่"})
#: What is typed last in a line of a timeline: where its date and time end.
_CLOCK: Final = re.compile(r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:\s*น\.)?(?=\s|$)")
_BAHT: Final = re.compile(r"\s*(บาท|baht|thb)\.?$", re.IGNORECASE)


def read(field: FormField, text: str) -> Answer | None:
    """Read what was typed for a field; None for nothing.

    Several of something stand one in a line: files ``12 name``, a timeline ``24/11/2569 09:00 text``, a table
    ``code: 3``. Codes of a choice of several are parted by commas; what goes with a choice or score follows a colon.

    Raises:
        AnswerError: not an answer of this field.
    """
    told = spelled(text.strip())
    if not told:
        return None
    answer = _read(field, told)
    check(field, answer)
    return answer


def typed(field: FormField, answer: Answer) -> str:  # noqa: C901, PLR0911 - one line for each type
    """Write an answer as it would be typed: ``read`` gives it back. Line breaks in a list's texts become blanks."""
    kind = field.type.removesuffix("_or_unknown")
    if answer == UNKNOWN and kind != field.type:
        return UNKNOWN
    match kind:
        case "datetime":
            return typed_moment(answer)
        case "bool":
            return "yes" if answer else "no"
        case "multi":
            return ", ".join(answer)
        case "enum+text":
            return _with(answer["choice"], answer.get("text", ""))
        case "enum+datetime":
            return _with(answer["choice"], typed_moment(answer["at"]) if "at" in answer else "")
        case "score+text":
            return _with(str(answer["score"]), answer.get("text", ""))
        case "files":
            return "\n".join(f"{one['id']} {_line(one['name'])}" for one in answer)
        case "timeline":
            return "\n".join(f"{typed_moment(one['at'])} {_line(one['text'])}" for one in answer)
        case "table":
            return "\n".join(f"{code}: {count}" for code, count in answer.items())
    return str(answer)


def _with(first: str, more: str) -> str:
    return f"{first}: {more}" if more else first


def _line(text: str) -> str:
    return " ".join(text.split())


def _read(field: FormField, text: str) -> Answer:  # noqa: C901, PLR0911 - one line for each type
    kind = field.type.removesuffix("_or_unknown")
    if kind != field.type and text.lower() in _UNKNOWN:
        return UNKNOWN
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    match kind:
        case "datetime":
            return _moment(field, text)
        case "int":
            return _number(field, text)
        case "money":
            return _money(field, text)
        case "bool":
            return _bool(field, text)
        case "multi":
            return [one for one in map(str.strip, text.split(",")) if one]
        case "enum+text":
            code, _, more = map(str.strip, text.partition(":"))
            return {"choice": code, **({"text": more} if more else {})}
        case "enum+datetime":
            code, _, more = map(str.strip, text.partition(":"))
            return {"choice": code, **({"at": _moment(field, more)} if more else {})}
        case "score+text":
            score, _, more = map(str.strip, text.partition(":"))
            return {"score": _number(field, score, "score"), **({"text": more} if more else {})}
        case "files":
            return [_file(field, line) for line in lines]
        case "timeline":
            return [_entry(field, line) for line in lines]
        case "table":
            return {code.strip(): _number(field, count) for code, _, count in (line.rpartition(":") for line in lines)}
    return text


def _moment(field: FormField, text: str) -> int:
    try:
        return read_moment(text)
    except DateError as problem:
        raise AnswerError(field, problem.code) from None


def _number(field: FormField, text: str, code: str = "number") -> int:
    digits = arabic_digits(text).replace(",", "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):  # noqa: PLR2004 - no endless numbers
        raise AnswerError(field, code)
    return int(digits)


def _money(field: FormField, text: str) -> Answer:
    amount = _BAHT.sub("", arabic_digits(text)).replace(",", "").strip()
    return _number(field, amount, "money") if "." not in amount else amount


def _bool(field: FormField, text: str) -> bool:
    told = arabic_digits(text.lower())
    if told not in _YES | _NO:
        raise AnswerError(field, "bool")
    return told in _YES


def _file(field: FormField, line: str) -> Answer:
    number, _, name = line.removeprefix("#").partition(" ")
    return {"id": _number(field, number), "name": name.strip()}


def _entry(field: FormField, line: str) -> Answer:
    end = _CLOCK.search(arabic_digits(line))
    if end is None:
        raise AnswerError(field, "time")
    return {"at": _moment(field, line[: end.end()]), "text": line[end.end() :].strip()}
