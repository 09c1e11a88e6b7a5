"""The government platforms that the war room watches, out of the reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE


@dataclass(frozen=True, slots=True)
class Platform:
    """A government platform that the war room watches."""

    id: str
    name_th: str
    name_en: str
    criticality: str
    log_sources: tuple[str, ...]
    personal_data: bool


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
            platforms[key] = Platform(key, th, en, critical, sources, bool(entry["personal_data"]))
        except (KeyError, TypeError) as problem:
            line = document.line_of("platforms", number)
            raise ContentError(Fault(str(path), line, f"a platform lacks {problem}")) from problem
    return platforms
