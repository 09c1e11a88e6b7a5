"""The words of exchange files and packs, and the contact register's rules, out of the reference data."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("th", "en")
_ONE: Final = ("producer", "drill")
_MANY: Final = ("marks", "changes", "sections")
_DAYS: Final = re.compile(r"P(\d{1,4})D")


@dataclass(frozen=True, slots=True)
class ExportWords:
    """Texts by key (``marks.red``) and language, and after how many days an unchecked contact is stale."""

    texts: Mapping[str, Mapping[str, str]]
    stale_days: int

    def text(self, key: str, language: str, /, **values: str | int) -> str:
        """Give a text with its ``{places}`` filled in. Raises KeyError for a key that there is not."""
        return self.texts[key][language].format(**values)


@functools.cache
def load_export_words(path: Path = REFERENCE / "exports.yaml") -> ExportWords:
    """Read the file.

    Raises:
        ContentError: a text lacks a language, or the register's rule is no number of days.
    """
    (document,) = read_yaml(path)
    texts = {name: _both(document, document.data.get(name), name) for name in _ONE}
    for section in _MANY:
        entries = document.data.get(section)
        if not isinstance(entries, dict):
            raise ContentError(Fault(str(path), document.line, f"expected a mapping under `{section}`"))
        texts |= {f"{section}.{name}": _both(document, entry, section, name) for name, entry in entries.items()}
    told = document.data.get("contacts")
    stale = _DAYS.fullmatch(str(told.get("stale_after"))) if isinstance(told, dict) else None
    if stale is None:
        line = document.line_of("contacts", "stale_after")
        raise ContentError(Fault(str(path), line, "`contacts.stale_after` is a number of days such as P90D"))
    return ExportWords(texts, int(stale[1]))


def _both(document: Document, entry: Any, *key: str) -> dict[str, str]:  # noqa: ANN401 - whatever the file has there
    if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
        line = document.line_of(*key)
        raise ContentError(Fault(str(document.file), line, f"`{'.'.join(key)}` needs exactly th and en"))
    return {language: str(entry[language]) for language in LANGUAGES}
