"""What is at stake on an incident's platform, out of the reference data: the facts behind its risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.catalog import load_platforms
from warroom.incidents.risk import Stakes, assess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.store.folding import Facts


def risk_of(facts: Facts) -> tuple[int, Sequence[tuple[str, int]]]:
    """Give an incident's risk and its parts by name."""
    platform = load_platforms().get(facts.platform_id)
    risk = assess(
        Stakes(
            severity=facts.severity,
            criticality=platform.criticality if platform else "",
            people=facts.entities.get("user", 0) + facts.entities.get("device", 0),
            hosts=facts.entities.get("host", 0),
            platforms=facts.platforms,
            personal_data=bool(platform and platform.personal_data),
            sensitive_data=bool(platform and platform.sensitive_data),
            indicator_confidence=facts.listed,
        )
    )
    return risk.score, list(risk.parts.items())
