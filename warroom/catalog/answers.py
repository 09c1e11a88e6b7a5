"""Answers to the fields of a form: what each type holds; how they are checked, typed by people and read by them.

type                     an answer
text, email, user, …     a text
datetime                 microseconds since 1970 UTC
int                      a whole number, not negative
money                    the same, or baht and satang as a text ("1234.50")
…_or_unknown             the same, or "unknown"
bool                     true or false
enum                     an option's code
multi                    a list of codes, none twice
enum+text                {"choice": code, "text": text}
enum+datetime            {"choice": code, "at": microseconds}; the time may be missing
score+text               {"score": 0 to 3, "text": text}
files                    [{"id": number of an evidence file, "name": text}]
timeline                 [{"at": microseconds, "text": text}]
table                    {code: how many}

Codes are texts. The words that go with a free option lie under the field's ``other_key``.
"""

from __future__ import annotations

from warroom.catalog.answer_checks import (
    MOST_ENTRIES,
    MOST_TEXT,
    REASONS,
    SCORES,
    UNKNOWN,
    Answer,
    AnswerError,
    Answers,
    asked,
    check,
    check_all,
    lacking,
    missing,
)
from warroom.catalog.answer_typing import read, typed
from warroom.catalog.answer_words import shown, shown_lines

__all__ = [
    "MOST_ENTRIES",
    "MOST_TEXT",
    "REASONS",
    "SCORES",
    "UNKNOWN",
    "Answer",
    "AnswerError",
    "Answers",
    "asked",
    "check",
    "check_all",
    "lacking",
    "missing",
    "read",
    "shown",
    "shown_lines",
    "typed",
]
