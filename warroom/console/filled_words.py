"""What the screens say of answers to forms: where one was filled in from, and why one is refused."""

from __future__ import annotations

from warroom.catalog.answers import AnswerError
from warroom.console.texts import Words


def source_words(source: str, words: Words) -> str:
    """Say where an answer is from, by a source of ``report.filling``."""
    return words.either(f"filled.{source}", source)


def refusal(problem: AnswerError, words: Words) -> str:
    """Say why an answer is refused."""
    return words.either(f"refused.{problem.code}", str(problem))
