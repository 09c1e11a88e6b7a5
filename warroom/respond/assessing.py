"""A named person decides about risk to people and severity; a high risk opens the notice to data subjects at once."""

from __future__ import annotations

from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.assessment import load_assessment
from warroom.catalog.legal import load_law
from warroom.errors import ConflictError, UsageError
from warroom.respond.duties import OFFICE, add_ruling, audit
from warroom.respond.enisa import EnisaAnswers, severity_of
from warroom.respond.moments import HIGH_RISK_AT, record
from warroom.respond.risk_to_people import HIGH, NONE, BreachAnswers, propose_risk
from warroom.store import assessments as rows
from warroom.store import controllers
from warroom.store import incidents as store
from warroom.store.assessments import BREACH_RISK, ENISA, Assessed
from warroom.store.canonical import Json
from warroom.store.controllers import Controller
from warroom.store.database import State, Transaction
from warroom.store.duties import APPLIES, NOT_NOTIFIABLE, Ruling
from warroom.store.views.response import ResponseView, of_incident

REASON_LIMIT: Final = 10_000
_LEAST_REASON: Final = 5
_SUBJECTS: Final = "SUBJECT_NOTICE"


@needs(Permission.DECIDE_BREACH)
def assess_breach(
    state: State,
    incident_id: int,
    actor: Actor,
    controller_id: int,
    answers: BreachAnswers,
    decision: str,
    reason: str,
) -> int:
    """Decide how much risk a breach is to people, with what was answered and what the rules proposed; its number.

    ``high`` rules that the notice to data subjects applies, from now on; ``risk`` and ``high`` also that the Office is
    notified, should it have been decided otherwise; ``none`` needs the record of exemption first.

    Raises:
        UsageError: no such decision, no reason, answers that are none.
        NotFoundError: no such incident or controller.
        ConflictError: no risk, without the record of exemption.
    """
    known = load_assessment()
    if decision not in known.risk_levels:
        raise UsageError(f"a decision is one of {', '.join(known.risk_levels)}")
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    proposal = propose_risk(answers, known)
    with changing(state, incident_id, actor, Permission.DECIDE_BREACH) as (connection, incident, at):
        one = controllers.get(connection, incident_id, controller_id)
        view = of_incident(connection, incident)
        exempt = {clock: view.ruled(one.id).get(clock) for clock in OFFICE}
        decided = [each is not None and each.ruling == NOT_NOTIFIABLE for each in exempt.values()]
        if decision == NONE and not all(decided):
            raise ConflictError("no risk: fill in the record of exemption first, with its ground and proof (clause 9)")
        told = Assessed(BREACH_RISK, answers.told(), proposal.told(), decision, why, at, actor.name)
        number = rows.add(connection, incident_id, controller_id, told)
        _log(connection, one, "breach_assessed", told)
        audit(connection, incident_id, actor, {"decision": decision, "controller": controller_id, "kind": BREACH_RISK})
        if decision != NONE:
            _owe(connection, view, one, OFFICE, actor, at)
        if decision == HIGH:
            _owe(connection, view, one, (_SUBJECTS,), actor, at)
            if HIGH_RISK_AT not in view.recorded(controller_id):
                record(connection, incident_id, actor, HIGH_RISK_AT, at, why[:REASON_LIMIT], at, controller_id=one.id)
    return number


@needs(Permission.DECIDE_BREACH)
def assess_severity(
    state: State,
    incident_id: int,
    actor: Actor,
    controller_id: int,
    answers: EnisaAnswers,
    decision: str,
    reason: str,
) -> int:
    """Decide a breach's severity after ENISA, a second view; the number of the judgement.

    Raises:
        UsageError: no such level, no reason, answers that are none.
        NotFoundError: no such incident or controller.
    """
    levels = {one.code for one in load_assessment().enisa.levels}
    if decision not in levels:
        raise UsageError(f"a severity is one of {', '.join(sorted(levels))}")
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    proposal = severity_of(answers)
    with changing(state, incident_id, actor, Permission.DECIDE_BREACH) as (connection, _, at):
        one = controllers.get(connection, incident_id, controller_id)
        told = Assessed(ENISA, answers.told(), proposal.told(), decision, why, at, actor.name)
        number = rows.add(connection, incident_id, controller_id, told)
        _log(connection, one, "severity_assessed", told)
    return number


def _owe(
    connection: Transaction, view: ResponseView, one: Controller, clocks: tuple[str, ...], actor: Actor, at: int
) -> None:
    """Rule that clocks apply which did not, or upon which nobody had ruled; what a processor owes is another matter."""
    ruled = view.ruled(one.id)
    duties = {rule.clock: rule for rule in load_law().duties if rule.ruling == APPLIES}
    for clock in clocks:
        rule = duties[clock]
        before = ruled.get(clock)
        if (rule.roles is not None and one.role not in rule.roles) or (before and before.ruling == APPLIES):
            continue
        because: dict[str, Json] = {"proposed": APPLIES, "by": BREACH_RISK}
        add_ruling(connection, one, Ruling(clock, APPLIES, rule.th, because, at, actor.name))


def _log(connection: Transaction, one: Controller, action: str, told: Assessed) -> None:
    store.append_log(
        connection,
        one.incident_id,
        told.at,
        told.actor,
        action,
        of=one.agency,
        decision=told.decision,
        text=told.reason,
    )
