"""The periodic reports: what stands in each, when it is made, and the words that it prints; reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = REFERENCE / "reports.yaml"
LANGUAGES: Final = ("th", "en")
SECTIONS: Final = (*("executive", "handover", "kor3", "incidents", "targets", "alerts", "legal", "feeds", "list"),)
MARKS: Final = ("clear", "green", "amber", "amber+strict", "red")
_KEYS: Final = {"th", "en", "sections", "after", "catch_up", "languages", "tlp"}
_OPTIONAL: Final = {"manual"}
_MOST_MINUTES: Final = 10_080
#: Words that the screens say, too: the file and its section.
_SPOKEN: Final = {
    "severity": "console.yaml",
    "status": "console.yaml",
    "disposition": "console.yaml",
    "clock": "duty.yaml",
}


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report; ``after`` in minutes from the end of its period, ``manual``: the worker leaves it alone."""

    id: str
    th: str
    en: str
    sections: tuple[str, ...]
    after: int
    catch_up: int
    languages: tuple[str, ...]
    tlp: str
    manual: bool = False

    def title(self, language: str) -> str:
        """Give its name."""
        return self.th if language == "th" else self.en


@dataclass(frozen=True, slots=True)
class Reports:
    """All of the file: reports by id, and texts by key and language."""

    kinds: Mapping[str, ReportKind]
    texts: Mapping[str, Mapping[str, str]]

    def text(self, key: str, language: str, **values: str | int) -> str:
        """Give a text with its places filled in; figures are written with commas. Raises KeyError."""
        told = self.texts[key][language]
        return told.format(**{name: _written(value) for name, value in values.items()}) if values else told

    def either(self, key: str, language: str, fallback: str) -> str:
        """Give a text, or the fallback for a value of another version."""
        return self.texts[key][language] if key in self.texts else fallback


def _written(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value


@functools.cache
def load_reports(path: Path = FILE) -> Reports:
    """Read the reports and their words.

    Raises:
        ContentError: the file is at fault; says at which line.
    """
    (document,) = read_yaml(path)
    told = document.data.get("reports")
    if not isinstance(told, dict) or not told:
        raise ContentError(Fault(str(path), document.line, "expected reports by their id under `reports`"))
    texts = _texts(document, "texts")
    for section, file in _SPOKEN.items():
        (spoken,) = read_yaml(REFERENCE / "texts" / file)
        texts |= {f"{section}.{key}": entry for key, entry in _texts(spoken, section).items()}
    return Reports({key: _report(document, key, one) for key, one in told.items()}, texts)


def _report(document: Document, key: str, told: object) -> ReportKind:
    def fail(reason: str, *at: str) -> ContentError:
        return ContentError(Fault(str(document.file), document.line_of("reports", key, *at), reason))

    if not isinstance(told, dict) or not _KEYS <= told.keys() <= _KEYS | _OPTIONAL:
        raise fail(f"a report has exactly {', '.join(sorted(_KEYS))}, and may have {', '.join(_OPTIONAL)}")
    found: dict[str, Any] = told
    for name, known in (("sections", SECTIONS), ("languages", LANGUAGES)):
        if not isinstance(found[name], list) or not found[name] or set(found[name]) - set(known):
            raise fail(f"`{name}` is a list of {', '.join(known)}", name)
    for name, most in (("after", _MOST_MINUTES), ("catch_up", 366)):
        if not isinstance(found[name], int) or isinstance(found[name], bool) or not 0 <= found[name] <= most:
            raise fail(f"`{name}` is a number from 0 to {most}", name)
    if found["tlp"] not in MARKS:
        raise fail(f"`tlp` is one of {', '.join(MARKS)}", "tlp")
    return ReportKind(
        key,
        str(found["th"]),
        str(found["en"]),
        tuple(found["sections"]),
        found["after"],
        found["catch_up"],
        tuple(found["languages"]),
        found["tlp"],
        found.get("manual") is True,
    )


def _texts(document: Document, part: str) -> dict[str, dict[str, str]]:
    texts = {}
    for key, entry in (document.data.get(part) or {}).items():
        if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
            line = document.line_of(part, key)
            raise ContentError(Fault(str(document.file), line, f"`{part}.{key}` needs exactly th and en"))
        texts[key] = {language: str(text) for language, text in entry.items()}
    return texts
