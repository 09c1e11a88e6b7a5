"""ENISA's severity of a breach, SE = DPC × EI + CB, as a second view without force in Thai law; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from warroom.catalog.assessment import Enisa, Worth, load_assessment
from warroom.errors import UsageError
from warroom.store.canonical import Json

_LEAST_DPC: Final = 1
_MOST_DPC: Final = 4


@dataclass(frozen=True, slots=True)
class EnisaAnswers:
    """Kind of data → what adjusts it (every kind that was touched), how easily people are identified, circumstances."""

    contexts: Mapping[str, str] = field(default_factory=dict)
    identification: str = ""
    circumstances: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Json]:
        """Give them as they are kept."""
        return {
            "contexts": dict(self.contexts),
            "identification": self.identification,
            "circumstances": dict(self.circumstances),
        }


@dataclass(frozen=True, slots=True)
class Severity:
    """The severity and its parts; ``context`` is the kind of data that counts: the highest one."""

    dpc: int
    context: str
    identification: Decimal
    circumstances: Decimal
    severity: Decimal
    level: Worth

    def told(self) -> dict[str, Json]:
        """Give it as it is kept beside a decision; decimals as text."""
        return {
            "dpc": self.dpc,
            "context": self.context,
            "ei": str(self.identification),
            "cb": str(self.circumstances),
            "se": str(self.severity),
            "level": self.level.code,
        }


def severity_of(answers: EnisaAnswers, tables: Enisa | None = None) -> Severity:
    """Work out the severity; a circumstance that is not answered adds nothing.

    Raises:
        UsageError: no kind of data, no ease of identification, or a code that does not exist.
    """
    known = tables or load_assessment().enisa
    scores = {}
    for code, adjustment in answers.contexts.items():
        context = known.contexts.get(code)
        step = context.steps.get(adjustment) if context else None
        if context is None or step is None:
            raise UsageError(f"there is no kind of data `{code}` with `{adjustment}`")
        scores[code] = min(max(context.basic + int(step.value), _LEAST_DPC), _MOST_DPC)
    if not scores:
        raise UsageError("choose at least one kind of data")
    ease = known.identification.get(answers.identification)
    if ease is None:
        raise UsageError("choose how easily people are identified")
    added = Decimal(0)
    for code, chosen in answers.circumstances.items():
        circumstance = known.circumstances.get(code)
        step = circumstance.steps.get(chosen) if circumstance else None
        if step is None:
            raise UsageError(f"there is no circumstance `{code}` with `{chosen}`")
        added += step.value
    highest = max(scores, key=scores.__getitem__)
    severity = scores[highest] * ease.value + added
    level = next(one for one in reversed(known.levels) if severity >= one.value)
    return Severity(scores[highest], highest, ease.value, added, severity, level)
