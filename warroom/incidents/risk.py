"""How much an incident matters, from 0 to 100: a sum of parts that are kept and shown.

The order of the queue is severity, then risk: the risk tells apart what is equally severe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Points at most, by part; together 100.
MOST: Final = {"severity": 40, "criticality": 20, "spread": 20, "personal_data": 10, "indicators": 10}
_SEVERITY: Final = {
    Severity.INFORMATIONAL: 0,
    Severity.LOW: 8,
    Severity.MEDIUM: 18,
    Severity.HIGH: 29,
    Severity.CRITICAL: 40,
}
_CRITICALITY: Final = {"low": 4, "medium": 9, "high": 14, "critical": 20}
#: Of an unknown platform it is not known that it matters little.
_UNKNOWN_CRITICALITY: Final = 9
#: Accounts and devices, hosts, platforms: so many give 2, 4 and 6 … points.
_PEOPLE: Final = (2, 10, 100, 1000)
_HOSTS: Final = (2, 5, 20)
_PLATFORMS: Final = (2, 4, 8)
_STEP: Final = 2
_SENSITIVE: Final = 10
_PERSONAL: Final = 6


@dataclass(frozen=True, slots=True)
class Stakes:
    """What an incident's risk is made of.

    ``indicator_confidence`` is that of threat intelligence about what it names, 0 to 100; None where there is none.
    """

    severity: Severity
    criticality: str
    people: int
    hosts: int
    platforms: int
    personal_data: bool
    sensitive_data: bool
    indicator_confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk and its parts: points by name, each from 0 to ``MOST``."""

    parts: Mapping[str, int]

    @property
    def score(self) -> int:
        """The sum, 0 to 100."""
        return sum(self.parts.values())


def assess(stakes: Stakes) -> Risk:
    """Give an incident's risk; with nothing else changed, none of the stakes lowers it by growing."""
    spread = sum(
        _STEP * sum(count >= least for least in steps)
        for count, steps in ((stakes.people, _PEOPLE), (stakes.hosts, _HOSTS), (stakes.platforms, _PLATFORMS))
    )
    personal = _SENSITIVE if stakes.sensitive_data else _PERSONAL if stakes.personal_data else 0
    confidence = min(100, max(0, stakes.indicator_confidence or 0))
    return Risk(
        {
            "severity": _SEVERITY[stakes.severity],
            "criticality": _CRITICALITY.get(stakes.criticality, _UNKNOWN_CRITICALITY),
            "spread": min(MOST["spread"], spread),
            "personal_data": personal,
            "indicators": confidence * MOST["indicators"] // 100,
        }
    )
