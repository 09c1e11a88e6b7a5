"""Answers as people read them, in Thai or English: Buddhist-era dates, options by name, numbers with their commas."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from warroom.catalog.answer_checks import UNKNOWN, Answer
from warroom.catalog.forms import FormField
from warroom.catalog.thai import long_moment, thai_digits

_UNKNOWN: Final = {"th": "ไม่ทราบ", "en": "unknown"}
_BOOL: Final = {"th": ("ไม่ใช่", "ใช่"), "en": ("no", "yes")}
_BAHT: Final = {"th": "บาท", "en": "baht"}
#: The one number that is a name: it has no commas.
_YEAR: Final = "year"
_SCORE: Final = {"th": "คะแนน", "en": "score"}


def shown(
    field: FormField, answer: Answer | None, language: str, *, other: str = "", digits: bool = False, none: str = ""
) -> str:
    """Write an answer as text, one thing in a line.

    Args:
        field: of which field.
        answer: as ``check`` takes it; None: there is none.
        language: ``th`` or ``en``.
        other: the words that go with a free option.
        digits: with Thai digits in what is ours to write: numbers and times, not what people wrote.
        none: what stands there for no answer.
    """
    return none if answer is None else "\n".join(shown_lines(field, answer, language, other=other, digits=digits))


def shown_lines(  # noqa: C901, PLR0911, PLR0912 - one line for each type
    field: FormField, answer: Answer, language: str, *, other: str = "", digits: bool = False
) -> list[str]:
    """Write an answer as lines: one for each thing that it names."""
    kind = field.type.removesuffix("_or_unknown")
    if answer == UNKNOWN and kind != field.type:
        return [_UNKNOWN[language]]
    figures = thai_digits if digits else str
    match kind:
        case "datetime":
            return [figures(long_moment(answer, language))]
        case "int":
            return [figures(f"{answer}" if field.key == _YEAR else f"{answer:,}")]
        case "money":
            return [figures(f"{Decimal(str(answer)):,}") + f" {_BAHT[language]}"]
        case "bool":
            return [_BOOL[language][answer]]
        case "enum":
            return [_option(field, answer, language, other)]
        case "multi":
            return [_option(field, one, language, other) for one in answer]
        case "enum+text":
            return [_option(field, answer["choice"], language), *_more(answer.get("text", ""))]
        case "enum+datetime":
            at = [figures(long_moment(answer["at"], language))] if "at" in answer else []
            return [" ".join([_option(field, answer["choice"], language), *at])]
        case "score+text":
            return [f"{_SCORE[language]} {figures(str(answer['score']))}", *_more(answer.get("text", ""))]
        case "files":
            return [f"{figures(str(one['id']))}. {one['name']}" for one in answer]
        case "timeline":
            return [f"{figures(long_moment(one['at'], language))} {one['text']}" for one in answer]
        case "table":
            return [f"{_option(field, code, language)}: {figures(f'{count:,}')}" for code, count in answer.items()]
    return _more(answer)


def _more(text: str) -> list[str]:
    return text.splitlines()


def _option(field: FormField, code: str, language: str, other: str = "") -> str:
    found = field.option(code)
    if found is None:  # of an earlier edition of the form
        return code
    name = found.th if language == "th" else found.en
    return f"{name}: {other}" if found.free and other else name
