"""Countries with their names and outlines, and ATT&CK's tactics and techniques, out of the reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its code of two letters; ``shape`` is an SVG path, empty where the map is too small for it."""

    code: str
    name_th: str
    name_en: str
    shape: str


@dataclass(frozen=True, slots=True)
class Tactic:
    """A tactic of ATT&CK; ``key`` is how tags of rules name it."""

    key: str
    id: str
    name_th: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique of ATT&CK; tactics by key."""

    id: str
    name: str
    tactics: tuple[str, ...]


@functools.cache
def load_countries(path: Path = REFERENCE / "countries.yaml") -> dict[str, Country]:
    """Read the countries by code. Raises ContentError."""
    data = _document(path, ("names", "shapes"))
    return {
        code: Country(code, str(name["th"]), str(name["en"]), str(data["shapes"].get(code, "")))
        for code, name in data["names"].items()
    }


@functools.cache
def load_attack(path: Path = REFERENCE / "attack.yaml") -> tuple[tuple[Tactic, ...], dict[str, Technique]]:
    """Read tactics in their order, and techniques by id. Raises ContentError."""
    data = _document(path, ("tactics", "techniques"))
    tactics = tuple(
        Tactic(key, str(told["id"]), str(told["th"]), str(told["en"])) for key, told in data["tactics"].items()
    )
    techniques = {
        key: Technique(key, str(told["name"]), tuple(map(str, told["tactics"])))
        for key, told in data["techniques"].items()
    }
    return tactics, techniques


@functools.cache
def attack_version(path: Path = REFERENCE / "attack.yaml") -> str:
    """Give the release of ATT&CK that the tactics and techniques are of. Raises ContentError."""
    (document,) = read_yaml(path)
    return str(document.data.get("version", ""))


@functools.cache
def load_technique_names(path: Path = REFERENCE / "attack.yaml") -> dict[str, str]:
    """Read the names of all techniques by id: those of the matrix, and of industrial control systems.

    Raises ContentError.
    """
    data = _document(path, ("techniques", "industrial"))
    names = {key: str(told["name"]) for key, told in data["techniques"].items()}
    return names | {key: str(name) for key, name in data["industrial"].items()}


def _document(path: Path, wanted: tuple[str, ...]) -> Mapping[str, Any]:
    (document,) = read_yaml(path)
    for name in wanted:
        if not isinstance(document.data.get(name), dict):
            raise ContentError(Fault(str(path), document.line, f"expected a mapping under `{name}`"))
    return document.data
