"""How far indicators are believed and how that fades, out of the reference data."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.values import Values
from warroom.errors import ContentError
from warroom.indicators import Kind
from warroom.settings import REFERENCE

_DEFAULT: Final = "default"
_MOST: Final = 100
_MOST_SPEED: Final = 100


@dataclass(frozen=True, slots=True)
class Decay:
    """How an indicator fades: after ``lifetime_seconds`` it counts for nothing; ``speed`` is MISP's ``decay_speed``."""

    lifetime_seconds: float
    speed: float


@dataclass(frozen=True, slots=True)
class IntelWeights:
    """The figures of scoring.

    Args:
        threshold: 0 to 100; below it an indicator matches no more.
        kinds: how each kind fades; all kinds are there.
        taxonomies: ``namespace:predicate``, or a namespace of MISP's taxonomies → its weight, more than 0.
    """

    threshold: int
    kinds: Mapping[Kind, Decay]
    taxonomies: Mapping[str, float]


@functools.cache
def load_intel_weights(path: Path = REFERENCE / "intel.yaml") -> IntelWeights:
    """Read the figures. Raises ContentError."""
    (document,) = read_yaml(path)
    taxonomies = _names(document, "taxonomies")
    expected: dict[tuple[str, ...], tuple[str, ...]] = {
        (): ("threshold", "kinds", "taxonomies"),
        ("kinds",): (_DEFAULT, *Kind),
    }
    expected |= {("kinds", name): ("lifetime", "speed", "why") for name in _names(document, "kinds")}
    expected |= {("taxonomies", name): ("weight", "why") for name in taxonomies}
    values = Values(document, expected)
    default = _decay(values, _DEFAULT)
    kinds = {kind: _decay(values, kind) if values.value("kinds", kind) is not None else default for kind in Kind}
    weights = {name: _number(values, "taxonomies", name, "weight", most=1) for name in taxonomies}
    threshold = int(_number(values, "threshold", most=_MOST))
    if values.faults:
        raise ContentError(values.faults[0])
    return IntelWeights(threshold, kinds, weights)


def _names(document: Document, section: str) -> tuple[str, ...]:
    found = document.data.get(section)
    return tuple(map(str, found)) if isinstance(found, dict) else ()


def _decay(values: Values, name: str) -> Decay:
    values.text("kinds", name, "why")
    lifetime = values.seconds("kinds", name, "lifetime", default="", least=3600)
    return Decay(lifetime, _number(values, "kinds", name, "speed", most=_MOST_SPEED))


def _number(values: Values, *path: str, most: int) -> float:
    found = values.value(*path)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found <= most:
        values.fault(f"`{'.'.join(path)}` is a number above 0, up to {most}", *path)
        return 1.0
    return float(found)
