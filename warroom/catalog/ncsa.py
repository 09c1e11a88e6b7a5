"""NCSA threat categories and levels, and the rules by which they are proposed, out of the reference data."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.platforms import load_platforms
from warroom.errors import ContentError, Fault
from warroom.model import Disposition, Severity
from warroom.settings import REFERENCE

FILE: Final = REFERENCE / "ncsa_categories.yaml"
_ASKED: Final = frozenset(
    {"drill", "disposition", "tags", "rules", "platforms", "criticality", "severity", "categories", "only", "unless"}
)
_TOLD: Final = frozenset({"id", "category", "level", "alone", "th", "en", "source", "certain"})


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the forms; ``at_once``: it is reported when it happens, not once a year."""

    number: int
    th: str
    en: str
    at_once: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A level of section 60, or that none can be told yet."""

    code: str
    th: str
    en: str
    source: str
    source_en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What proposes a category (``proposes`` is its number) or a level (its code), and when; None: not asked.

    ``tags`` hold where an alert has one of them or a sub-technique of it.
    """

    id: str
    proposes: int | str
    th: str
    en: str
    source: str
    certain: bool
    alone: bool = False
    drill: bool | None = None
    disposition: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    rules: frozenset[str] | None = None
    platforms: frozenset[str] | None = None
    criticality: frozenset[str] | None = None
    severity: Severity | None = None
    categories: frozenset[int] | None = None
    only: bool = False
    unless: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Ncsa:
    """All of the file."""

    categories: dict[int, Category]
    levels: dict[str, Level]
    category_rules: tuple[Rule, ...]
    level_rules: tuple[Rule, ...]


@functools.cache
def load_ncsa(path: Path = FILE) -> Ncsa:
    """Read the categories, levels and rules.

    Raises:
        ContentError: the file is at fault; says at which line.
    """
    (document,) = read_yaml(path)
    data = document.data
    try:
        categories = {
            int(one["number"]): Category(int(one["number"]), one["th"], one["en"], one["reported"] == "at_once")
            for one in data["categories"]
        }
        levels = {
            one["code"]: Level(*(str(one[name]) for name in ("code", "th", "en", "source", "source_en")))
            for one in data["levels"]
        }
    except (KeyError, TypeError, ValueError) as problem:
        raise ContentError(Fault(str(path), document.line, f"a category or level lacks {problem}")) from problem
    return Ncsa(
        categories,
        levels,
        _rules(document, "category_rules", "category", categories),
        _rules(document, "level_rules", "level", levels),
    )


def _rules(document: Document, part: str, proposes: str, known: Iterable[int | str]) -> tuple[Rule, ...]:
    made = []
    for number, told in enumerate(document.data.get(part) or ()):
        line = document.line_of(part, number)
        try:
            made.append(_rule(told, proposes))
            if made[-1].proposes not in set(known):
                raise ValueError(f"there is no {proposes} {made[-1].proposes}")  # noqa: TRY301 - told at its line below
        except (KeyError, TypeError, ValueError) as problem:
            raise ContentError(Fault(str(document.file), line, f"not a rule: {problem}")) from problem
    if not made:
        raise ContentError(Fault(str(document.file), document.line, f"`{part}` has no rules"))
    return tuple(made)


def _rule(told: dict[str, Any], proposes: str) -> Rule:
    if unknown := sorted(told.keys() - _ASKED - _TOLD):
        raise ValueError(f"unknown key `{unknown[0]}`")
    for name in ("th", "en", "source"):
        if not isinstance(told[name], str) or not told[name].strip():
            raise ValueError(f"`{name}` is no text")
    severity = told.get("severity")
    found = Rule(
        id=str(told["id"]),
        proposes=told[proposes],
        th=told["th"],
        en=told["en"],
        source=told["source"],
        certain=bool(told["certain"]),
        alone=bool(told.get("alone", False)),
        drill=told.get("drill"),
        disposition=_texts(told, "disposition"),
        tags=_texts(told, "tags"),
        rules=_texts(told, "rules"),
        platforms=_texts(told, "platforms"),
        criticality=_texts(told, "criticality"),
        severity=None if severity is None else Severity(severity),
        categories=None if told.get("categories") is None else frozenset(map(int, told["categories"])),
        only=bool(told.get("only", False)),
        unless=frozenset(map(int, told.get("unless") or ())),
    )
    if strange := (found.disposition or frozenset()) - set(Disposition):
        raise ValueError(f"there is no disposition {min(strange)}")
    if strange := (found.platforms or frozenset()) - load_platforms().keys():
        raise ValueError(f"there is no platform {min(strange)}")
    return found


def _texts(told: dict[str, Any], name: str) -> frozenset[str] | None:
    if told.get(name) is None:
        return None
    if not isinstance(told[name], list):
        raise TypeError(f"`{name}` is a list")
    return frozenset(map(str, told[name]))
