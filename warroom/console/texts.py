"""Every word on the screens, in Thai and English, from one catalogue: a file for each part of the console."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from warroom.catalog import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LANGUAGES: Final = ("th", "en")
CATALOGUE: Final = REFERENCE / "texts"
#: Between the word for one thing and that for several: ``{count} {count:line|lines}``.
_OR: Final = "|"


class _Counted(str):
    """A value that also chooses the word for how many there are: formatted by ``line|lines`` it gives one of them."""

    __slots__ = ()

    def __format__(self, words: str) -> str:
        one, either, several = words.partition(_OR)
        if not either:
            return super().__format__(words)
        return one if self == "1" else several


class Words:
    """The catalogue in one language: ``words("queue.title")``."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._counting = frozenset(key for key, text in texts.items() if _OR in text)

    def __call__(self, key: str, /, **values: str | int) -> str:
        """Give a text, with its ``{places}`` filled in. Raises KeyError for a key the catalogue lacks."""
        text = self._texts[key]
        if not values:
            return text
        if key in self._counting:
            return text.format(**{name: _Counted(value) for name, value in values.items()})
        return text.format(**values)

    def counted(self, key: str, count: int, /, **values: str | int) -> str:
        """Give a text with a number in its place ``{count}``. Raises KeyError for a key the catalogue lacks."""
        return self(key, count=f"{count:,}", **values)

    def either(self, key: str, fallback: str, /, **values: str | int) -> str:
        """Give a text as a call does, or the fallback for a value that a newer version or an extension brought in."""
        return self(key, **values) if key in self._texts else fallback


@cache
def words(language: str) -> Words:
    """Give the catalogue in a language; Thai for one that we do not speak."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    return Words(spoken, {key: texts[spoken] for key, texts in load_texts(CATALOGUE).items()})


def load_texts(folder: Path) -> dict[str, dict[str, str]]:
    """Read the catalogue: every key with one text per language.

    Raises:
        ContentError: a text lacks a language, or two files have a text of the same name.
    """
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        (document,) = read_yaml(path)
        for section, entries in document.data.items():
            for name, entry in entries.items():
                key, line = f"{section}.{name}", document.lines.get((section, name), document.line)
                if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
                    raise ContentError(Fault(str(path), line, f"`{key}` needs exactly th and en"))
                if key in texts:
                    raise ContentError(Fault(str(path), line, f"another file has `{key}`, too"))
                texts[key] = {language: str(text) for language, text in entry.items()}
    return texts
