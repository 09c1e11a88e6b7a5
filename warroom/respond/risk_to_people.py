"""How much risk a breach is to people, by eight factors and triggers: a proposal with its reasons; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from warroom.catalog.assessment import Assessment, Choice, Trigger, load_assessment
from warroom.errors import UsageError
from warroom.store.canonical import Json

TEXT_LIMIT: Final = 2_000
HIGH: Final = "high"
RISK: Final = "risk"
NONE: Final = "none"
_MOST: Final = 10_000_000_000
_HOWS: Final = ("number", "estimate", "unknown")


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many: ``how`` is number, estimate or unknown (then without a count)."""

    how: str = "unknown"
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What a factor was given, 0 to 3, and why; None: not considered yet."""

    score: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BreachAnswers:
    """What somebody answered about a breach; codes are those of the reference data."""

    types: tuple[str, ...] = ()
    subjects: Quantity = Quantity()
    records: Quantity = Quantity()
    factors: Mapping[str, Score] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()

    def told(self) -> dict[str, Json]:
        """Give them as they are kept."""
        return {
            "types": list(self.types),
            "subjects": {"how": self.subjects.how, "count": self.subjects.count},
            "records": {"how": self.records.how, "count": self.records.count},
            "factors": {code: {"score": one.score, "text": one.text} for code, one in self.factors.items()},
            "triggers": list(self.triggers),
        }


@dataclass(frozen=True, slots=True)
class RiskProposal:
    """What the answers propose, ``risk`` or ``high``; ``because`` are the triggers that hold.

    That there is no risk is never proposed: it is decided through the record of exemption only.
    """

    level: str
    total: int
    by_sum: bool
    because: tuple[Trigger, ...]
    missing: tuple[Choice, ...]
    """Factors that nobody has considered yet."""

    def told(self) -> dict[str, Json]:
        """Give it as it is kept beside a decision."""
        return {"level": self.level, "sum": self.total, "triggers": [one.code for one in self.because]}


def propose_risk(answers: BreachAnswers, rules: Assessment | None = None) -> RiskProposal:
    """Propose how much risk a breach is.

    Raises:
        UsageError: a code that does not exist, a score that is none, a count that is none, a text too long.
    """
    known = rules or load_assessment()
    check_answers(answers, known)
    total = sum(one.score or 0 for one in answers.factors.values())
    because = tuple(one for one in known.triggers.values() if _holds(one, answers))
    by_sum = total >= known.high_from
    missing = tuple(
        one for code, one in known.factors.items() if code not in answers.factors or answers.factors[code].score is None
    )
    return RiskProposal(HIGH if by_sum or because else RISK, total, by_sum, because, missing)


def check_answers(answers: BreachAnswers, known: Assessment) -> None:
    """Raise UsageError where answers are none of those that can be given."""
    for given, codes, what in (
        (answers.types, known.types, "type of breach"),
        (answers.factors, known.factors, "factor"),
        (answers.triggers, known.triggers, "trigger"),
    ):
        if strange := sorted(set(given) - codes.keys()):
            raise UsageError(f"there is no {what} `{strange[0]}`")
    for one in answers.factors.values():
        if one.score is not None and one.score not in known.scores:
            raise UsageError("a factor is given 0 to 3")
        if len(one.text) > TEXT_LIMIT:
            raise UsageError(f"what is said of a factor has at most {TEXT_LIMIT} characters")
    for quantity in (answers.subjects, answers.records):
        counted = quantity.count is not None and 0 <= quantity.count <= _MOST
        if quantity.how not in _HOWS or (quantity.how == "unknown") != (quantity.count is None):
            raise UsageError("how many is a number, an estimate, or unknown without a number")
        if quantity.count is not None and not counted:
            raise UsageError(f"how many is a number from 0 to {_MOST:,}")


def _holds(one: Trigger, answers: BreachAnswers) -> bool:
    chosen = one.code in answers.triggers
    if one.subjects is not None:
        return chosen or (answers.subjects.count or 0) >= one.subjects
    return chosen and (not one.types or bool(one.types.intersection(answers.types)))
