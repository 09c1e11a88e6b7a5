"""A place in a document: typed values under it, with every fault noted at its line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from warroom.catalog.documents import Document
from warroom.catalog.values import meant
from warroom.errors import Fault

#: Characters that hide text or turn it around: a task must read as it is.
_HIDDEN: Final = frozenset(
    "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a path of a document. A method gives a value of the right type whatever it finds.

    ``faults`` is shared by all places of a document: a caller looks at it in the end.
    """

    document: Document
    found: Any
    path: tuple[str | int, ...] = ()
    faults: list[Fault] = field(default_factory=list)

    def fault(self, reason: str, *further: str | int) -> None:
        """Note a fault at the line of this place, or of one under it."""
        line = self.document.line_of(*self.path, *further)
        self.faults.append(Fault(str(self.document.file), line, reason))

    def keys(self, known: Collection[str]) -> None:
        """Note a fault for every key that is not known, or where there are no keys at all."""
        if not isinstance(self.found, dict):
            self.fault(f"expected `key: value` lines: {', '.join(known)}")
            return
        for key in (key for key in self.found if key not in known):
            self.fault(f"unknown key `{key}`{meant(str(key), known)}; known: {', '.join(known)}", str(key))

    def under(self, name: str) -> Place:
        """Give the place under a key; what is not there is None."""
        found = self.found.get(name) if isinstance(self.found, dict) else None
        return Place(self.document, found, (*self.path, name), self.faults)

    def each(self, name: str, most: int, *, least: int = 0) -> list[Place]:
        """Give the places of a list under a key."""
        own = self.under(name)
        found = [] if own.found is None else own.found
        if not isinstance(found, list) or not least <= len(found) <= most:
            own.fault(f"`{name}` is a list of {least} to {most} entries")
            return []
        return [Place(self.document, one, (*own.path, number), self.faults) for number, one in enumerate(found)]

    def text(self, name: str, most: int, *, default: str | None = None) -> str:
        """Give a text under a key; a missing one is a fault unless there is a default."""
        own = self.under(name)
        if own.found is None and default is not None:
            return default
        if not isinstance(own.found, str) or not own.found.strip():
            own.fault(f"`{name}` is missing or no text")
            return ""
        if fault := unfit(own.found, most):
            own.fault(f"`{name}` {fault}")
            return ""
        return own.found.strip()

    def flag(self, name: str, *, default: bool | None = None) -> bool | None:
        """Give true or false under a key."""
        own = self.under(name)
        if own.found is None or isinstance(own.found, bool):
            return default if own.found is None else bool(own.found)
        own.fault(f"`{name}` is true or false")
        return default

    def words(self, name: str, known: Collection[str] | None, what: str, *, most: int = 100) -> tuple[str, ...]:
        """Give a list of texts under a key, each of which is ``known`` where that is given."""
        words = []
        for place in self.each(name, most):
            word = spoken(place.found)
            if word is None or unfit(word, 100):
                place.fault(f"a {what} is a short text")
            elif known is not None and word not in known:
                place.fault(f"there is no {what} `{word}`{meant(word, known)}")
            else:
                words.append(word)
        return tuple(dict.fromkeys(words))

    def choice(self, name: str, known: Sequence[str], what: str, *, default: str | None = None) -> str:
        """Give a text under a key that is one of the known."""
        found = self.text(name, 100, default=default)
        if found and found not in known:
            self.under(name).fault(f"there is no {what} `{found}`{meant(found, known)}; known: {', '.join(known)}")
        return found


def spoken(found: object) -> str | None:
    """Give a word; YAML reads a bare yes and no as true and false."""
    if isinstance(found, bool):
        return "yes" if found else "no"
    return found if isinstance(found, str) else None


def unfit(text: str, most: int) -> str:
    """Say why a text is not fit to be stored and shown as it reads; empty where it is."""
    if len(text) > most:
        return f"is longer than {most} characters"
    for character in text:
        if (character < " " and character not in "\n\t") or character == "\x7f" or "\ud800" <= character <= "\udfff":
            return "holds a character that is no text"
        if character in _HIDDEN:
            return "holds a character that cannot be seen"
    return ""
