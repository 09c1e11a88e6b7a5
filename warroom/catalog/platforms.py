"""The government platforms that the war room watches, out of the reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

#: How the reference marks personal data of the kinds in s.26.
_SENSITIVE: Final = "s.26"


@dataclass(frozen=True, slots=True)
class Platform:
    """A government platform that the war room watches."""

    id: str
    name_th: str
    name_en: str
    criticality: str
    log_sources: tuple[str, ...]
    personal_data: bool
    sensitive_data: bool = False
    """Of the kinds that Personal Data Protection Act s.26 names: health, biometrics, religion …"""
    operator_th: str = ""
    operator_en: str = ""
    personal_kinds: tuple[tuple[str, str], ...] = ()
    """The kinds of personal data at stake, each in Thai and English."""
    domains: tuple[str, ...] = ()
    """Its own names, in ASCII; what is below them is its own, too."""


def _both(text: str) -> tuple[str, str]:
    """Split what the reference writes as Thai / English."""
    thai, _, english = text.rpartition(" / ")
    return (thai, english) if thai else (english, english)


@functools.cache
def load_platforms(path: Path = REFERENCE / "platforms.yaml") -> dict[str, Platform]:
    """Read the platforms by id, in the order of the file. Raises ContentError."""
    (document,) = read_yaml(path)
    platforms: dict[str, Platform] = {}
    entries = document.data.get("platforms")
    if not isinstance(entries, list):
        raise ContentError(Fault(str(path), document.line, "expected a list under `platforms`"))
    for number, entry in enumerate(entries):
        try:
            key, th, en, critical = (str(entry[name]) for name in ("id", "name_th", "name_en", "criticality"))
            sources = tuple(map(str, entry["log_sources"]))
            personal = entry["personal_data"] or ()
            sensitive = any(_SENSITIVE in str(kind) for kind in personal)
            operator = entry.get("operator") or {}
            platforms[key] = Platform(
                key,
                th,
                en,
                critical,
                sources,
                bool(personal),
                sensitive,
                str(operator.get("th", "")),
                str(operator.get("en", "")),
                tuple(_both(str(kind)) for kind in personal),
                tuple(map(str, entry.get("domains") or ())),
            )
        except (KeyError, TypeError) as problem:
            line = document.line_of("platforms", number)
            raise ContentError(Fault(str(path), line, f"a platform lacks {problem}")) from problem
    return platforms


def own_names() -> tuple[str, ...]:
    """Give the names of all platforms. Raises ContentError."""
    return tuple(dict.fromkeys(name for one in load_platforms().values() for name in one.domains))
