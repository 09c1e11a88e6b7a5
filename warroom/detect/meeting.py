"""Which rules look at a log source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.detect.taxonomy import Origin, load_taxonomy

if TYPE_CHECKING:
    from warroom.detect.rules import LogSource, Rule
    from warroom.detect.ruleset import RuleSet


def rules_meeting(ruleset: RuleSet, source: LogSource) -> list[Rule]:
    """Give the rules that events of a log source meet, whatever is in the events."""
    taxonomy, origin = load_taxonomy(), Origin(source)
    return [rule for rule in ruleset.rules if taxonomy.meets(rule.logsource, origin)]
