"""NCSA category and threat level of an incident: rules propose, a person decides and says why, history is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.ncsa import Ncsa, Rule, load_ncsa
from warroom.errors import UsageError
from warroom.model import Disposition, Severity, is_technique
from warroom.store import incidents as store
from warroom.store import rulings
from warroom.store.canonical import Json
from warroom.store.database import State
from warroom.store.rules.loaded import Said
from warroom.store.rulings import Classified

REASON_LIMIT: Final = 2_000
_LEAST_REASON: Final = 5
#: Why a category is proposed that a detector names: in Thai, in English, and the source.
_SAID: Final = (
    "ตัวตรวจจับที่พบระบุหมวดนี้ไว้เอง",
    "a detector that found it names this category",
    "ncsa_category ของตัวตรวจจับ",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an incident that the rules ask about.

    Where a detector names a category, that is what it proposes: tags are asked of the detectors that name none.
    """

    said: Said
    rule_ids: frozenset[str]
    platform_id: str
    criticality: str
    severity: Severity
    drill: bool
    disposition: Disposition | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose, and by which; no decision."""

    categories: tuple[int, ...]
    level: str
    because: tuple[Rule, ...]

    def told(self) -> dict[str, Json]:
        """Give it as it is kept beside a decision."""
        return {"categories": list(self.categories), "level": self.level, "rules": [one.id for one in self.because]}


def propose(known: Known, ncsa: Ncsa) -> Proposal:
    """Propose categories and a level; pure."""
    holding = [found for one in ncsa.category_rules if (found := _asked(one, known)) is not None]
    first_alone = next((one for one in holding if one.alone), None)
    if first_alone is not None:
        chosen = [first_alone]
    else:
        # What gives way to another category does so only where that one stands itself: strongest first, by the file.
        chosen = []
        for one in holding:
            others = {
                int(other.proposes) for other in holding if other is not one and not other.unless & {one.proposes}
            }
            if not one.unless & others:
                chosen.append(one)
    categories = frozenset(int(one.proposes) for one in chosen)
    level = next(one for one in ncsa.level_rules if _holds(one, known, categories))
    return Proposal(tuple(sorted(categories)), str(level.proposes), (*chosen, level))


@needs(Permission.ACT_ON_INCIDENTS)
def classify(
    state: State,
    incident_id: int,
    actor: Actor,
    categories: Iterable[int],
    level: str,
    reason: str,
    *,
    proposed: Proposal,
    version: int | None = None,
) -> None:
    """Decide an incident's categories and level, with what was proposed when it was decided.

    Args:
        state: the store.
        incident_id: of which incident; also a closed one.
        actor: who decides.
        categories: one or several, of 0 to 9.
        level: of section 60, or ``undetermined``.
        reason: why.
        proposed: what the rules proposed to the person.
        version: the incident's, as the person saw it.

    Raises:
        UsageError: no category, one that does not exist, or no reason; 0 or 9 beside another category.
        NotFoundError: no such incident.
        ConflictError: the incident has changed since.
    """
    ncsa = load_ncsa()
    chosen = tuple(sorted(set(categories)))
    if not chosen or not set(chosen) <= ncsa.categories.keys() or level not in ncsa.levels:
        raise UsageError("choose one or more categories of 0 to 9, and a level of the law")
    if len(chosen) > 1 and set(chosen) & {0, 9}:
        raise UsageError("an exercise (0) and an explained anomaly (9) are nothing else besides")
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS, version) as (connection, incident, at):
        store.change(connection, incident, at)
        rulings.add_classification(
            connection, incident_id, Classified(at, actor.name, chosen, level, why, proposed.told())
        )
        listed = ", ".join(map(str, chosen))
        store.append_log(
            connection, incident_id, at, actor.name, "classified", categories=listed, level=level, text=why
        )


def _asked(rule: Rule, known: Known) -> Rule | None:
    """Give a rule for a category that holds, for the reason for which it does: its own, or that a detector says so."""
    if _holds(rule, known, frozenset()):
        return rule
    if not rule.alone and rule.proposes in known.said.categories:
        return Rule(f"detector_{rule.proposes}", rule.proposes, *_SAID, certain=False, unless=rule.unless)
    return None


def _holds(rule: Rule, known: Known, categories: frozenset[int]) -> bool:
    return (
        (rule.drill is None or rule.drill == known.drill)
        and (rule.disposition is None or known.disposition in rule.disposition)
        and (rule.tags is None or any(is_technique(tag, rule.tags) for tag in known.said.tags))
        and (rule.rules is None or bool(rule.rules & known.rule_ids))
        and (rule.platforms is None or known.platform_id in rule.platforms)
        and (rule.criticality is None or known.criticality in rule.criticality)
        and (rule.severity is None or known.severity.rank >= rule.severity.rank)
        and (
            rule.categories is None
            or (categories <= rule.categories if rule.only else bool(categories & rule.categories))
        )
    )
