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


class Words:
    """The catalogue in one language: ``words("queue.title")``."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: str | int) -> str:
        """Give a text, with its ``{places}`` filled in. Raises KeyError for a key the catalogue lacks."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def counted(self, key: str, count: int, **values: str | int) -> str:
        """Give a text with a number in its place ``{count}``; of one thing that of ``<key>_one``, where there is one.

        Raises:
            KeyError: the catalogue lacks the key.
        """
        one = f"{key}_one"
        return self(one if count == 1 and one in self._texts else key, count=f"{count:,}", **values)

    def either(self, key: str, fallback: str) -> str:
        """Give a text, or the fallback for a value that a newer version or an extension brought in."""
        return self._texts.get(key, fallback)


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
