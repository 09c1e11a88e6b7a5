"""Words of printed documents in one language, with Thai digits where they are asked for."""

from __future__ import annotations

from warroom.catalog.letters import load_words
from warroom.catalog.thai import thai_digits


class Wording:
    """``words("version", number=2)``; ``digits``: ours to write are Thai digits."""

    def __init__(self, language: str, *, digits: bool = False) -> None:
        self.language = language
        self.digits = digits
        self._words = load_words()

    def __call__(self, key: str, **values: str) -> str:
        """Give a text with its places filled. Raises KeyError."""
        told = self._words[key][self.language]
        return self.figures(told).format(**values) if values else self.figures(told)

    def figures(self, told: str) -> str:
        """Write digits as the document does."""
        return thai_digits(told) if self.digits else told
