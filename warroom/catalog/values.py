"""Typed values out of a document, with every fault at its line."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from warroom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.catalog.documents import Document

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Values:
    """Takes values out of a document, collecting every fault instead of stopping at the first.

    ``expected`` names the keys that each mapping may have, by the mapping's path; ``faults`` is what was found wrong.
    A method gives a value of the right type whatever it finds: a caller looks at ``faults`` in the end.
    """

    def __init__(self, document: Document, expected: Mapping[tuple[str, ...], tuple[str, ...]]) -> None:
        self._document = document
        self.file = document.file
        self.faults: list[Fault] = []
        for path, keys in expected.items():
            self._check_keys(path, keys)

    def fault(self, reason: str, *path: str | int) -> None:
        """Note a fault at the line of a path."""
        self.faults.append(Fault(str(self.file), self._document.line_of(*path), reason))

    def value(self, *path: str) -> object:
        """Give what stands at a path, of whatever type; None where nothing does."""
        found: object = self._document.data
        for key in path:
            if not isinstance(found, dict):
                return None
            found = found.get(key)
        return found

    def text(self, *path: str, default: str | None = None) -> str:
        """Give a text; a missing one is a fault unless there is a default."""
        found = self.value(*path)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or not found.strip():
            self.fault(f"`{'.'.join(path)}` is missing or no text", *path)
            return ""
        return found

    def choice(self, *path: str, known: Iterable[str], what: str) -> str:
        """Give a text that is one of the known; ``what`` is what they are, for the message."""
        found = self.text(*path)
        names = sorted(known)
        if found and found not in names:
            self.fault(f"there is no {what} `{found}`{meant(found, names)}; known: {', '.join(names)}", *path)
        return found

    def flag(self, *path: str, default: bool) -> bool:
        """Give true or false."""
        found = self.value(*path)
        if isinstance(found, bool):
            return found
        if found is not None:
            self.fault(f"`{'.'.join(path)}` is true or false", *path)
        return default

    def seconds(self, *path: str, default: str, least: float) -> float:
        """Give a duration such as ``15m`` in seconds."""
        found = self.value(*path)
        match = _DURATION.fullmatch(str(default if found is None else found))
        if match is None:
            self.fault(f"`{'.'.join(path)}` is a duration such as 500ms, 1s, 15m, 6h or 1d, not `{found}`", *path)
            return least
        seconds = float(match[1]) * _SECONDS[match[2]]
        if seconds < least:
            self.fault(f"`{'.'.join(path)}` is at least {least:g} seconds", *path)
        return seconds

    def _check_keys(self, path: tuple[str, ...], keys: tuple[str, ...]) -> None:
        found = self.value(*path)
        if not isinstance(found, (dict, type(None))):
            self.fault(f"`{'.'.join(path)}` holds `key: value` lines: {', '.join(keys)}", *path)
            return
        for key in (key for key in found or () if key not in keys):
            self.fault(f"unknown key `{key}`{meant(str(key), keys)}; known: {', '.join(keys)}", *path, key)


def meant(found: str, known: Iterable[str]) -> str:
    """Ask whether a name close to the one found was meant; empty where none is close."""
    close = difflib.get_close_matches(found, list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""
