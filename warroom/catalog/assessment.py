"""How a breach is assessed, out of the reference data: factors, triggers, grounds, ENISA's tables, threat levels."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.ncsa import load_ncsa
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

FILE: Final = REFERENCE / "assessment.yaml"
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, in both languages; ``source`` is the clause, where there is one."""

    code: str
    th: str
    en: str
    source: str = ""
    source_en: str = ""


_ChoiceRead = TypeVar("_ChoiceRead", bound=Choice)


@dataclass(frozen=True, slots=True)
class Trigger(Choice):
    """What proposes high risk whatever the sum.

    ``types``: only in a breach of one of these; ``subjects``: holds by itself from so many people on.
    """

    types: frozenset[str] = frozenset()
    subjects: int | None = None


@dataclass(frozen=True, slots=True)
class Worth(Choice):
    """A choice that counts something: points, a factor, or the least severity of a level."""

    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Graded:
    """A kind of data or a circumstance, with its steps; ``basic`` is the score that a kind of data begins with."""

    told: Choice
    basic: int
    steps: Mapping[str, Worth]


@dataclass(frozen=True, slots=True)
class Enisa:
    """ENISA's tables; SE = DPC × EI + CB."""

    contexts: Mapping[str, Graded]
    identification: Mapping[str, Worth]
    circumstances: Mapping[str, Graded]
    levels: tuple[Worth, ...]
    """From the lowest to the highest, each with the least severity that it begins at."""
    source: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Flag(Choice):
    """What is asked about a threat; ``human``: only a person ever sets it."""

    human: bool = False


@dataclass(frozen=True, slots=True)
class ThreatRule(Choice):
    """What proposes a level (its code): all that it asks, and one of ``either`` where there are some."""

    asks: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """All of the file, each part by its codes in the file's order."""

    types: Mapping[str, Choice]
    risk_levels: Mapping[str, Choice]
    grounds: Mapping[str, Choice]
    factors: Mapping[str, Choice]
    scores: Mapping[int, Choice]
    high_from: int
    triggers: Mapping[str, Trigger]
    enisa: Enisa
    flags: Mapping[str, Flag]
    threat_rules: tuple[ThreatRule, ...]


@functools.cache
def load_assessment(path: Path = FILE) -> Assessment:
    """Read how breaches and threats are assessed.

    Raises:
        ContentError: the file is at fault; says at which line.
    """
    (document,) = read_yaml(path)
    high_from = document.data.get("high_from")
    if not isinstance(high_from, int):
        raise ContentError(Fault(str(path), document.line_of("high_from"), "`high_from` is a number"))
    flags = _by_code(document, _flag, "threat", "flags")
    return Assessment(
        types=_by_code(document, _choice, "types"),
        risk_levels=_by_code(document, _choice, "risk_levels"),
        grounds=_by_code(document, _choice, "grounds"),
        factors=_by_code(document, _choice, "factors"),
        scores={int(code): one for code, one in _by_code(document, _score, "scores").items()},
        high_from=high_from,
        triggers=_by_code(document, _trigger, "triggers"),
        enisa=_enisa(document),
        flags=flags,
        threat_rules=_each(document, lambda told: _rule(told, flags), "threat", "rules"),
    )


def _enisa(document: Document) -> Enisa:
    own = document.data["enisa"]
    levels = _by_code(document, lambda told: _worth(told, "from"), "enisa", "levels")
    return Enisa(
        {one.told.code: one for one in _each(document, _context, "enisa", "contexts")},
        _by_code(document, lambda told: _worth(told, "factor"), "enisa", "identification"),
        {one.told.code: one for one in _each(document, _circumstance, "enisa", "circumstances")},
        tuple(sorted(levels.values(), key=lambda one: one.value)),
        str(own.get("source", "")),
        bool(own.get("certain", False)),
    )


def _each(document: Document, read: Callable[[dict[str, Any]], _Read], *path: str) -> tuple[_Read, ...]:
    entries: Any = document.data
    for key in path:
        entries = entries.get(key) if isinstance(entries, dict) else None
    if not isinstance(entries, list) or not entries:
        place = ".".join(path)
        raise ContentError(Fault(str(document.file), document.line_of(*path), f"expected a list under `{place}`"))
    found = []
    for number, told in enumerate(entries):
        try:
            found.append(read(told))
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as problem:
            what = f"lacks {problem}" if isinstance(problem, KeyError) else str(problem)
            reason = f"not one of `{'.'.join(path)}`: {what}"
            raise ContentError(Fault(str(document.file), document.line_of(*path, number), reason)) from problem
    return tuple(found)


def _by_code(document: Document, read: Callable[[dict[str, Any]], _ChoiceRead], *path: str) -> dict[str, _ChoiceRead]:
    return {one.code: one for one in _each(document, read, *path)}


def _texts(told: dict[str, Any], *more: str) -> tuple[str, str, str, str, str]:
    known = {"code", "th", "en", "source", "source_en", *more}
    if unknown := sorted(map(str, told.keys() - known)):
        raise ValueError(f"unknown key `{unknown[0]}`")
    for name in ("th", "en"):
        if not isinstance(told[name], str) or not told[name].strip():
            raise ValueError(f"`{name}` is no text")
    code = told.get("code", told.get("level", told.get("score")))
    if code is None:
        raise KeyError("code")
    return str(code), told["th"], told["en"], str(told.get("source", "")), str(told.get("source_en", ""))


def _choice(told: dict[str, Any]) -> Choice:
    return Choice(*_texts(told))


def _score(told: dict[str, Any]) -> Choice:
    return Choice(*_texts(told, "score"))


def _worth(told: dict[str, Any], name: str) -> Worth:
    return Worth(*_texts(told, name), value=Decimal(str(told[name])))


def _trigger(told: dict[str, Any]) -> Trigger:
    subjects = told.get("subjects")
    if subjects is not None and not isinstance(subjects, int):
        raise TypeError("`subjects` is a number")
    return Trigger(*_texts(told, "types", "subjects"), types=_codes(told, "types"), subjects=subjects)


def _context(told: dict[str, Any]) -> Graded:
    steps = [_worth(one, "by") for one in told["adjustments"]]
    return Graded(Choice(*_texts(told, "basic", "adjustments")), int(told["basic"]), {one.code: one for one in steps})


def _circumstance(told: dict[str, Any]) -> Graded:
    steps = [_worth(one, "adds") for one in told["steps"]]
    return Graded(Choice(*_texts(told, "steps")), 0, {one.code: one for one in steps})


def _flag(told: dict[str, Any]) -> Flag:
    return Flag(*_texts(told, "human"), human=bool(told.get("human", False)))


def _rule(told: dict[str, Any], flags: Mapping[str, Flag]) -> ThreatRule:
    found = ThreatRule(
        *_texts(told, "level", "asks", "any", "certain"),
        asks=_codes(told, "asks"),
        either=_codes(told, "any"),
        certain=bool(told["certain"]),
    )
    if found.code not in load_ncsa().levels:
        raise ValueError(f"there is no level {found.code}")
    if strange := (found.asks | found.either) - flags.keys():
        raise ValueError(f"there is no flag {min(strange)}")
    return found


def _codes(told: dict[str, Any], name: str) -> frozenset[str]:
    found = told.get(name, [])
    if not isinstance(found, list):
        raise TypeError(f"`{name}` is a list")
    return frozenset(map(str, found))
