"""The texts of official letters, and the words that stand on printed documents, out of the reference data."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.values import meant
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

FOLDER: Final = REFERENCE / "letters"
WORDS: Final = REFERENCE / "printed_words.yaml"
LANGUAGES: Final = ("th", "en")
_TEXTS: Final = ("speed", "subject", "to", "closing")
_PUBLIC: Final = ("announcement", "announced")
_EMPTY: Final = frozenset({"speed"})
#: A place in a letter's text that an answer fills.
PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter in one language; ``{places}`` name answers. ``announcement`` is the heading of a public notice."""

    speed: str
    subject: str
    to: str
    body: tuple[str, ...]
    closing: str
    announcement: str = ""
    announced: str = ""

    @property
    def places(self) -> frozenset[str]:
        """The answers that it names."""
        texts = (self.subject, self.to, *self.body, self.announcement, self.announced)
        return frozenset(name for text in texts for name in PLACE.findall(text))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter; ``form_enclosed``: the form follows it; ``public`` is a field and its answers that make it public."""

    id: str
    form_enclosed: bool
    texts: dict[str, LetterText]
    public: tuple[str, frozenset[str]] | None = None


@functools.cache
def load_letters(folder: Path = FOLDER) -> dict[str, Letter]:
    """Read every letter by its id: the file's name. Raises ContentError."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        (document,) = read_yaml(path)
        found[path.stem] = _letter(document, path.stem)
    return found


def _letter(document: Document, key: str) -> Letter:
    data = document.data
    _keys(document, data, (*LANGUAGES, "enclosed"), ("public",))
    if data["enclosed"] not in ("form", "none"):
        raise _error(document, "`enclosed` is form or none", "enclosed")
    public = data.get("public")
    if public is None:
        told = None
    else:
        _keys(document, public, ("field", "answers"), (), "public")
        told = (str(public["field"]), frozenset(map(str, public["answers"])))
    texts = {one: _text(document, data[one], one, public=told is not None) for one in LANGUAGES}
    if texts["th"].places != texts["en"].places:
        raise _error(document, "the Thai and the English letter name different places", "en")
    return Letter(key, data["enclosed"] == "form", texts, told)


def _text(document: Document, told: Any, language: str, *, public: bool) -> LetterText:  # noqa: ANN401 - from a file
    names = (*_TEXTS, *(_PUBLIC if public else ()))
    _keys(document, told, (*names, "body"), (), language)
    for name in names:
        if not isinstance(told[name], str) or not (told[name] or name in _EMPTY):
            raise _error(document, f"`{name}` is no text", language, name)
    body = told["body"]
    if not isinstance(body, list) or not body or not all(isinstance(one, str) and one for one in body):
        raise _error(document, "`body` is a list of paragraphs", language, "body")
    return LetterText(body=tuple(body), **{name: told[name] for name in names})


def _keys(document: Document, told: Any, must: tuple[str, ...], may: tuple[str, ...], *path: str) -> None:  # noqa: ANN401
    if not isinstance(told, dict):
        raise _error(document, "expected `key: value` lines", *path)
    for name in told:
        if name not in (*must, *may):
            raise _error(document, f"unknown key `{name}`{meant(str(name), (*must, *may))}", *path, str(name))
    for name in must:
        if name not in told:
            raise _error(document, f"`{name}` is missing", *path)


def _error(document: Document, reason: str, *path: str) -> ContentError:
    return ContentError(Fault(str(document.file), document.line_of(*path), reason))


@functools.cache
def load_words(path: Path = WORDS) -> dict[str, dict[str, str]]:
    """Read the words of printed documents by key and language. Raises ContentError."""
    (document,) = read_yaml(path)
    for key, told in document.data.items():
        if (
            not isinstance(told, dict)
            or set(told) != set(LANGUAGES)
            or not all(isinstance(one, str) for one in told.values())
        ):
            raise _error(document, f"`{key}` has a text in Thai and in English", key)
    return dict(document.data)
