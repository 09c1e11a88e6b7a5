"""Which playbooks an incident calls for, and why; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from warroom.catalog.playbook_parts import Playbook, StartRule
from warroom.model import Severity, is_technique
from warroom.store.rules.loaded import Said


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an incident that playbooks ask about before they start.

    ``categories`` are what a person decided, or else what the rules propose; ``said`` is what its detectors say of
    them. ``personal_data`` and ``sensitive_data`` are about its platform: what is at stake, not what was taken.
    """

    tags: frozenset[str]
    rule_ids: frozenset[str]
    platform_id: str
    criticality: str
    severity: Severity
    drill: bool
    personal_data: bool = False
    sensitive_data: bool = False
    categories: frozenset[int] = frozenset()
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class Called:
    """A playbook that an incident calls for, and the first rule that says so; automatic ones come first."""

    playbook: Playbook
    rule: StartRule


def called_for(playbooks: Iterable[Playbook], facts: Facts) -> list[Called]:
    """Give the playbooks that an incident calls for, those that start by themselves first."""
    found = []
    for playbook in playbooks:
        holding = [rule for rule in playbook.starts if holds(rule, facts)]
        if holding:
            found.append(Called(playbook, next((rule for rule in holding if rule.automatic), holding[0])))
    return sorted(found, key=lambda one: not one.rule.automatic)


def holds(rule: StartRule, facts: Facts) -> bool:
    """Whether all that a rule asks holds."""
    return (
        (rule.categories is None or bool(rule.categories & facts.categories))
        and (rule.tags is None or any(is_technique(tag, rule.tags) for tag in facts.tags))
        and (rule.rules is None or bool(rule.rules & facts.rule_ids))
        and (rule.platforms is None or facts.platform_id in rule.platforms)
        and (rule.criticality is None or facts.criticality in rule.criticality)
        and (rule.severity is None or facts.severity.rank >= rule.severity.rank)
        and (rule.personal_data is None or rule.personal_data == facts.personal_data)
        and (rule.sensitive_data is None or rule.sensitive_data == facts.sensitive_data)
    )
