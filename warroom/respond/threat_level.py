"""The threat level of section 60 that answers about an incident propose; a crisis only by what a person says; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from warroom.catalog.assessment import Flag, ThreatRule, load_assessment
from warroom.errors import UsageError


@dataclass(frozen=True, slots=True)
class LevelProposal:
    """What is proposed, by which rule and answers; no decision: that is a classification."""

    level: str
    rule: ThreatRule
    flags: tuple[Flag, ...]


def propose_level(flags: Collection[str]) -> LevelProposal:
    """Propose a threat level from the flags that somebody set.

    Raises:
        UsageError: a flag that does not exist.
    """
    known = load_assessment()
    given = frozenset(flags)
    if strange := sorted(given - known.flags.keys()):
        raise UsageError(f"there is no flag `{strange[0]}`")
    rule = next(one for one in known.threat_rules if one.asks <= given and (not one.either or one.either & given))
    because = tuple(one for code, one in known.flags.items() if code in given & (rule.asks | rule.either))
    return LevelProposal(rule.code, rule, because)
