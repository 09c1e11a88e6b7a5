"""Which clocks apply to whom: rules propose, people rule and say why; not to notify is a signed decision with proof."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog.assessment import load_assessment
from warroom.catalog.legal import DutyRule, KindRule, Law, is_duration, load_law
from warroom.catalog.ncsa import load_ncsa
from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.model import is_technique
from warroom.store import controllers, evidence_files
from warroom.store import duties as rows
from warroom.store import incidents as store
from warroom.store.assessments import BREACH_RISK
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.controllers import Controller
from warroom.store.database import State, Transaction, raise_counter
from warroom.store.duties import APPLIES, NOT_APPLICABLE, NOT_NOTIFIABLE, Ruling
from warroom.store.incidents import Incident
from warroom.store.views.response import ResponseView, of_incident

REASON_LIMIT: Final = 2_000
PROOF_LIMIT: Final = 10_000
LEAST_REASON: Final = 5
_LEAST_PROOF: Final = 20
_MOST_FILES: Final = 50
#: The clocks that a decision not to notify the Office is about.
OFFICE: Final = ("PDPC_72H", "PDPC_15D")


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """What the rules ask about a controller in an incident.

    ``reportable``: of a category that is reported at once; also where no category was decided yet, the safe side.
    ``risk`` is what was decided about risk to people: none, risk, high; None: nothing yet.
    """

    kinds: frozenset[str]
    role: str
    cii: bool
    reportable: bool
    risk: str | None = None


@dataclass(frozen=True, slots=True)
class ProposedDuty:
    """A clock that a rule proposes to apply, or not to; no decision."""

    clock: str
    ruling: str
    rule: DutyRule


def kinds_of(
    *, personal_data: bool, reportable: bool, tags: Collection[str], law: Law | None = None
) -> dict[str, KindRule]:
    """Propose what kinds of incident it is for the law, ``breach`` and ``cyber``, each with the rule that says so."""
    found: dict[str, KindRule] = {}
    for rule in (law or load_law()).kinds:
        holds = (
            (rule.reportable is None or rule.reportable == reportable)
            and (rule.personal_data is None or rule.personal_data == personal_data)
            and (rule.tags is None or any(is_technique(tag, rule.tags) for tag in tags))
        )
        if holds:
            found.setdefault(rule.kind, rule)
    return found


def propose_duties(facts: DutyFacts, law: Law | None = None) -> tuple[ProposedDuty, ...]:
    """Propose which clocks apply, by the first rule of each clock that holds; pure."""
    found: dict[str, ProposedDuty] = {}
    for rule in (law or load_law()).duties:
        holds = (
            (rule.kinds is None or bool(rule.kinds & facts.kinds))
            and (rule.roles is None or facts.role in rule.roles)
            and (rule.cii is None or rule.cii == facts.cii)
            and (rule.reportable is None or rule.reportable == facts.reportable)
            and (rule.risk is None or facts.risk in rule.risk)
        )
        if holds:
            found.setdefault(rule.clock, ProposedDuty(rule.clock, rule.ruling, rule))
    return tuple(found.values())


def facts_of(view: ResponseView, controller: Controller, kinds: Iterable[str] = ()) -> DutyFacts:
    """Give the facts about a controller as they are now; kinds that began the response count besides ``kinds``."""
    assessed = view.assessed(controller.id, BREACH_RISK)
    return DutyFacts(
        frozenset({*kinds, *begun_kinds(view)}),
        controller.role,
        controller.cii,
        is_reportable(view.categories),
        assessed.decision if assessed else None,
    )


def begun_kinds(view: ResponseView) -> frozenset[str]:
    """Give the kinds for which clocks were ruled upon."""
    tracks = {one.id: one.track for one in load_law().clocks}
    return frozenset({tracks[one.clock] for one in view.rulings if one.clock in tracks} - {"standing"})


def is_reportable(categories: Collection[int]) -> bool:
    """Whether one of the categories is reported at once; also where none was decided."""
    known = load_ncsa().categories
    return not categories or any(known[one].at_once for one in categories if one in known)


@needs(Permission.PREPARE_REPORTS)
def rule_duty(
    state: State,
    incident_id: int,
    actor: Actor,
    controller_id: int,
    clock: str,
    ruling: str,
    reason: str,
    *,
    limit: str | None = None,
) -> None:
    """Rule that a clock applies to a controller or does not.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who rules; that a clock about personal data does not apply is decided by who decides about breaches.
        controller_id: which controller.
        clock: such as ``NCSA_K2_24H``.
        ruling: ``applies`` or ``not_applicable``; not to notify a breach is ``decide_not_notifiable``.
        reason: why.
        limit: of the clock that a regulator sets: its time, ISO 8601.

    Raises:
        UsageError: no such clock of an incident or ruling, no reason, or a limit that is none.
        NotFoundError: no such incident or controller.
        ConflictError: what is reported once a year only has no initial notice and no report of 24 hours; or a plea's
            limit is ruled upon by itself.
        ForbiddenError: not for this platform, or not without deciding about breaches.
    """
    known = next((one for one in load_law().clocks if one.id == clock and one.track != "standing"), None)
    if known is None or ruling not in {APPLIES, NOT_APPLICABLE}:
        raise UsageError(f"`{clock}` is no clock of an incident, or `{ruling}` no ruling: it applies or does not")
    why = checked_text(reason, "a reason", REASON_LIMIT, least=LEAST_REASON)
    by_regulator = any(part.by_regulator for part in known.limits)
    if limit is not None and not (by_regulator and is_duration(limit) and not limit.startswith("-")):
        raise UsageError("a time such as PT24H can be given for a clock that a regulator sets, and no other")
    with changing(state, incident_id, actor, Permission.PREPARE_REPORTS) as (connection, incident, at):
        if known.track == "breach" and ruling == NOT_APPLICABLE:
            check(actor, Permission.DECIDE_BREACH, incident.platform_id)
        view = of_incident(connection, incident)
        one = controllers.get(connection, incident_id, controller_id)
        proposal = next(
            (each for each in propose_duties(facts_of(view, one, {known.track})) if each.clock == clock), None
        )
        if ruling == APPLIES and proposal is not None and proposal.ruling == NOT_APPLICABLE:
            raise ConflictError(f"{clock} does not apply: {proposal.rule.en}; decide another category first")
        because: dict[str, Json] = {"proposed": proposal.ruling if proposal else None}
        if limit is not None:
            because["limit"] = limit
        add_ruling(connection, one, Ruling(clock, ruling, why, because, at, actor.name))


@needs(Permission.DECIDE_BREACH)
def decide_not_notifiable(
    state: State,
    incident_id: int,
    actor: Actor,
    controller_id: int,
    ground: str,
    proof: str,
    evidence_ids: Iterable[int] = (),
) -> None:
    """Decide, signed, that a breach need not be notified to the Office; the burden of proof is the controller's.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who decides and answers for it.
        controller_id: whose breach.
        ground: of clause 9, by its code.
        proof: information and evidence, security measures included.
        evidence_ids: files among the incident's evidence.

    Raises:
        UsageError: no such ground, too little proof.
        NotFoundError: no such incident, controller or file of this incident.
        ConflictError: the Office was notified already.
    """
    if ground not in load_assessment().grounds:
        raise UsageError("say by which ground of clause 9 nothing is to be notified")
    told = checked_text(proof, "the proof", PROOF_LIMIT, least=_LEAST_PROOF)
    files = sorted(set(evidence_ids))
    if len(files) > _MOST_FILES:
        raise UsageError(f"at most {_MOST_FILES} files")
    with changing(state, incident_id, actor, Permission.DECIDE_BREACH) as (connection, incident, at):
        one = controllers.get(connection, incident_id, controller_id)
        if any(each.clock in OFFICE for each in of_incident(connection, incident).sent(controller_id)):
            raise ConflictError("the Office was notified: withdraw that entry first, if it is a mistake")
        for number in files:
            must_be_evidence(connection, incident_id, number)
        because: dict[str, Json] = {"ground": ground, "proof": told, "evidence": list(files)}
        for clock in OFFICE:
            add_ruling(
                connection, one, Ruling(clock, NOT_NOTIFIABLE, told[:REASON_LIMIT], because, at, actor.name), log=False
            )
        store.append_log(
            connection, incident_id, at, actor.name, "not_notifiable", of=one.agency, ground=ground, text=told
        )
        body: dict[str, Json] = {"decision": "not_notifiable", "controller": controller_id, "ground": ground}
        audit(connection, incident_id, actor, body)


@needs(Permission.PREPARE_REPORTS)
def explain_delay(state: State, incident_id: int, actor: Actor, controller_id: int, clock: str, reason: str) -> None:
    """Enter why a deadline passed without a sending; the clock runs on.

    Raises:
        UsageError: no reason.
        NotFoundError: no such incident or controller.
        ConflictError: the clock does not apply.
    """
    why = checked_text(reason, "a reason", REASON_LIMIT, least=LEAST_REASON)
    with changing(state, incident_id, actor, Permission.PREPARE_REPORTS) as (connection, incident, at):
        one = controllers.get(connection, incident_id, controller_id)
        before = of_incident(connection, incident).ruled(controller_id).get(clock)
        if before is None or before.ruling != APPLIES:
            raise ConflictError(f"{clock} does not apply here")
        told = Ruling(clock, APPLIES, why, before.because | {"late": True}, at, actor.name)
        add_ruling(connection, one, told, log=False)
        store.append_log(
            connection, incident_id, at, actor.name, "delay_explained", of=one.agency, target=clock, text=why
        )


def add_ruling(connection: Transaction, controller: Controller, told: Ruling, *, log: bool = True) -> None:
    """Append a ruling inside a transaction that checked who may."""
    rows.add(connection, controller.incident_id, controller.id, told)
    raise_counter(connection, "clocks")
    if log:
        store.append_log(
            connection,
            controller.incident_id,
            told.at,
            told.actor,
            f"duty_{told.ruling}",
            of=controller.agency,
            target=told.clock,
            text=told.reason,
        )


def must_be_evidence(connection: Transaction, incident_id: int, evidence_id: int) -> None:
    """Raise NotFoundError where a file is not among an incident's evidence."""
    if evidence_files.get(connection, evidence_id).incident_id != incident_id:
        raise NotFoundError(f"file {evidence_id} is not among the evidence of incident {incident_id}")


def audit(connection: Transaction, incident_id: int, actor: Actor, body: dict[str, Json]) -> None:
    """Enter a decision in the audit chain."""
    append(connection, Entry(actor.name, actor.via, AuditAction.INCIDENT_CHANGED, "incident", str(incident_id), body))


def rule_as_proposed(
    connection: Transaction, incident: Incident, actor: Actor, kinds: Iterable[str], at: int
) -> tuple[str, ...]:
    """Rule for every controller what the rules propose to apply and nobody ruled upon yet; the clocks' ids."""
    view = of_incident(connection, incident)
    begun = []
    for one in view.present:
        ruled = view.ruled(one.id)
        for proposal in propose_duties(facts_of(view, one, kinds)):
            if proposal.clock in ruled:
                continue
            because: dict[str, Json] = {"proposed": proposal.ruling}
            told = Ruling(proposal.clock, proposal.ruling, proposal.rule.th, because, at, actor.name)
            add_ruling(connection, one, told, log=False)
            begun.append(proposal.clock)
    return tuple(dict.fromkeys(begun))
