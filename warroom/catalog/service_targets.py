"""How soon incidents are to be acknowledged, contained and resolved, and when silence escalates: reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.documents import read_yaml
from warroom.catalog.values import Values
from warroom.errors import ContentError
from warroom.model import Severity, Target
from warroom.settings import REFERENCE

_CLOCKS: Final = ("acknowledge", "contain", "resolve")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Escalation:
    """How silence escalates: incidents of ``least`` severity or worse, every so many seconds, so often by tier."""

    least: Severity
    every: int
    times: int
    tiers: int


@dataclass(frozen=True, slots=True)
class ServiceTargets:
    """The targets of each severity as delivered, and how silence escalates."""

    targets: dict[Severity, Target]
    escalation: Escalation


@functools.cache
def load_service_targets(path: Path = REFERENCE / "service_targets.yaml") -> ServiceTargets:
    """Read the targets. Raises ContentError."""
    (document,) = read_yaml(path)
    names = tuple(Severity)
    expected: dict[tuple[str, ...], tuple[str, ...]] = {
        (): ("targets", "escalation"),
        ("targets",): names,
        ("escalation",): ("from", "every", "times", "tiers"),
    } | {("targets", name): _CLOCKS for name in names}
    values = Values(document, expected)
    targets = {}
    for name in names:
        told = [values.seconds("targets", name, clock, default="", least=60) for clock in _CLOCKS]
        if told != sorted(told):
            values.fault("acknowledge comes before contain, and contain before resolve", "targets", name)
        targets[name] = Target(*map(int, told))
    least = values.choice("escalation", "from", known=names, what="severity")
    counts = []
    for key in ("times", "tiers"):
        count = values.value("escalation", key)
        if not isinstance(count, int) or not 1 <= count <= _MOST:
            values.fault(f"`escalation.{key}` is a number from 1 to {_MOST}", "escalation", key)
            count = 1
        counts.append(count)
    every = int(values.seconds("escalation", "every", default="", least=60))
    if values.faults:
        raise ContentError(values.faults[0])
    return ServiceTargets(targets, Escalation(Severity(least), every, *counts))
