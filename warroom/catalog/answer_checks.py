"""What each type of field takes as an answer, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard

from warroom.catalog.forms import Form, FormField
from warroom.catalog.thai import BANGKOK, microseconds
from warroom.errors import UsageError

Answer = Any
Answers = dict[str, Answer]

UNKNOWN: Final = "unknown"
#: Characters of one text.
MOST_TEXT: Final = 20_000
#: Entries of a timeline, files of a list.
MOST_ENTRIES: Final = 500
MOST_NUMBER: Final = 10**15
SCORES: Final = (0, 1, 2, 3)
_EMAIL: Final = re.compile(r"[^\s@<>(),;:\"\[\]]{1,64}@[^\s@<>(),;:\"\[\]]{1,253}\.[^\s@<>(),;:\"\[\].]{2,63}")
_MONEY: Final = re.compile(r"\d{1,15}(\.\d{1,2})?")
#: From B.E. 2400 to the end of 2200: what can be typed.
_TIMES: Final = range(
    microseconds(datetime(1857, 1, 1, tzinfo=BANGKOK)), microseconds(datetime(2201, 1, 1, tzinfo=BANGKOK))
)


class AnswerError(UsageError):
    """An answer that its field does not take; ``code`` names the text that says why, ``key`` the field."""

    def __init__(self, field: FormField, code: str) -> None:
        super().__init__(f"{field.key}: {REASONS[code]}")
        self.code = code
        self.key = field.key


#: Why an answer is refused, by code.
REASONS: Final = {
    "shape": "not an answer of this field's type",
    "text": f"a text has 1 to {MOST_TEXT} characters, none of them the byte zero or half a character",
    "email": "no e-mail address: name@agency.go.th",
    "number": "a whole number that is not negative",
    "money": "an amount in baht such as 1234.50",
    "option": "not one of the options",
    "twice": "an option is chosen twice",
    "score": "a score is 0, 1, 2 or 3",
    "many": f"more than {MOST_ENTRIES} entries",
    "bool": "yes or no",
    "date": "no date and time: 24/11/2569 09:00",
    "time": "the time is missing or none: 24/11/2569 09:00",
    "short_year": "a year has four digits: 2569 or 2026",
    "year": "a year is 1900 to 2200, or from 2400 of the Buddhist era",
    "day": "there is no such day",
}


def check(field: FormField, answer: Answer) -> None:
    """Refuse an answer that is none. Raises AnswerError."""
    if field.type.endswith("_or_unknown"):
        if answer != UNKNOWN or not isinstance(answer, str):
            _CHECKS[field.type.removesuffix("_or_unknown")](field, answer)
        return
    _CHECKS[field.type](field, answer)


def check_all(form: Form, answers: Mapping[str, Answer]) -> None:
    """Refuse answers that are none, and what is no field. Raises AnswerError, UsageError."""
    fields = {one.key: one for one in (*form.fields, *form.head)}
    others = {one.other_key: one for one in form.fields if one.other_key}
    for key, answer in answers.items():
        if key in fields:
            check(fields[key], answer)
        elif key in others:
            _text(others[key], answer)
        else:
            raise UsageError(f"the form {form.id} has no field {key[:80]!r}")


def asked(field: FormField, answers: Mapping[str, Answer]) -> bool:
    """Whether a field is asked for, by the answers to another."""
    if field.when is None:
        return True
    told = answers.get(field.when[0])
    return (told if isinstance(told, str) else "") in field.when[1]


def missing(form: Form, answers: Mapping[str, Answer]) -> list[str]:
    """Give the keys of the fields that are asked for and have no answer, in the order of the form."""
    return [one.key for one in form.fields if one.key not in answers and asked(one, answers)]


def lacking(form: Form, answers: Mapping[str, Answer], kind: str) -> list[str]:
    """Give the keys without which a version of a kind is not what it says: the law's, and those of an end."""
    if kind == "partial":
        return []
    absent = missing(form, answers)
    if kind == "update":
        return []
    need = {one.key for one in form.fields if one.need == "L"}
    return [key for key in absent if key in need or (kind == "closure" and key in form.closing)]


def _is_number(value: Answer) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(field: FormField, value: Answer) -> None:
    if not isinstance(value, str):
        raise AnswerError(field, "shape")
    if not 1 <= len(value.strip()) <= len(value) <= MOST_TEXT or not _printable(value):
        raise AnswerError(field, "text")


def _printable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _email(field: FormField, value: Answer) -> None:
    _text(field, value)
    if not _EMAIL.fullmatch(value):
        raise AnswerError(field, "email")


def _datetime(field: FormField, value: Answer) -> None:
    if not _is_number(value):
        raise AnswerError(field, "shape")
    if value not in _TIMES:
        raise AnswerError(field, "year")


def _int(field: FormField, value: Answer) -> None:
    if not _is_number(value) or not 0 <= value <= MOST_NUMBER:
        raise AnswerError(field, "number")


def _money(field: FormField, value: Answer) -> None:
    if isinstance(value, str):
        if not value.isascii() or not _MONEY.fullmatch(value):
            raise AnswerError(field, "money")
    else:
        _int(field, value)


def _bool(field: FormField, value: Answer) -> None:
    if not isinstance(value, bool):
        raise AnswerError(field, "bool")


def _enum(field: FormField, value: Answer) -> None:
    if not isinstance(value, str) or field.option(value) is None:
        raise AnswerError(field, "option")


def _multi(field: FormField, value: Answer) -> None:
    if not isinstance(value, list) or not value:
        raise AnswerError(field, "shape")
    for one in value:
        _enum(field, one)
    if len(set(value)) < len(value):
        raise AnswerError(field, "twice")


def _keys(field: FormField, value: Answer, must: set[str], may: set[str]) -> None:
    if not isinstance(value, dict) or not must <= value.keys() <= must | may:
        raise AnswerError(field, "shape")


def _enum_text(field: FormField, value: Answer) -> None:
    _keys(field, value, {"choice"}, {"text"})
    _enum(field, value["choice"])
    if "text" in value:
        _text(field, value["text"])


def _enum_datetime(field: FormField, value: Answer) -> None:
    _keys(field, value, {"choice"}, {"at"})
    _enum(field, value["choice"])
    if "at" in value:
        _datetime(field, value["at"])


def _score_text(field: FormField, value: Answer) -> None:
    _keys(field, value, {"score"}, {"text"})
    if not _is_number(value["score"]) or value["score"] not in SCORES:
        raise AnswerError(field, "score")
    if "text" in value:
        _text(field, value["text"])


def _each(field: FormField, value: Answer, must: set[str]) -> list[dict[str, Answer]]:
    if not isinstance(value, list) or not value:
        raise AnswerError(field, "shape")
    if len(value) > MOST_ENTRIES:
        raise AnswerError(field, "many")
    for one in value:
        _keys(field, one, must, set())
    return value


def _files(field: FormField, value: Answer) -> None:
    for one in _each(field, value, {"id", "name"}):
        _int(field, one["id"])
        _text(field, one["name"])


def _timeline(field: FormField, value: Answer) -> None:
    for one in _each(field, value, {"at", "text"}):
        _datetime(field, one["at"])
        _text(field, one["text"])


def _table(field: FormField, value: Answer) -> None:
    if not isinstance(value, dict) or not value:
        raise AnswerError(field, "shape")
    for code, count in value.items():
        _enum(field, code)
        _int(field, count)


_CHECKS: Final[dict[str, Callable[[FormField, Answer], None]]] = {
    "text": _text,
    "user": _text,
    "signature": _text,
    "email": _email,
    "datetime": _datetime,
    "int": _int,
    "money": _money,
    "bool": _bool,
    "enum": _enum,
    "multi": _multi,
    "enum+text": _enum_text,
    "enum+datetime": _enum_datetime,
    "score+text": _score_text,
    "files": _files,
    "timeline": _timeline,
    "table": _table,
}
