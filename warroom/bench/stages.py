"""What people do to the stage of a rule: move it, propose it for production, approve or refuse, take it back.

Into production a rule comes by two people: one proposes it, with what it did in shadow and in a back-test, another
one approves. Every other move takes one person and a reason; so does the way back to where the rule was before, for
what it leads to was decided once, for the very same file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warroom.access.changing import checked_line
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.bench.drafts import must_be_its_own
from warroom.bench.shadow_figures import shadow_figures
from warroom.catalog.stages import Stage
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.privacy import mask
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import canonical
from warroom.store.database import now_us
from warroom.store.rules import loaded
from warroom.store.rules import stages as store
from warroom.store.rules.stages import DONE, REFUSED, TOPIC, WITHDRAWN, Asked, Change, Step

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.bench.drafts import Draft
    from warroom.store.canonical import Json
    from warroom.store.database import State, Transaction

#: A reason has so many characters.
LEAST_REASON: Final = 5
MOST_REASON: Final = 500
#: The figures of a proposal, as JSON, have at most so many.
_MOST_FIGURES: Final = 16_000
_SUBJECT: Final = "rule"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule is: its title and stage, and the digest of the draft that this holds for (None: no draft)."""

    rule_id: str
    title: str
    stage: Stage
    sha256: str | None
    is_filter: bool


def standing(connection: Transaction, rule_id: str, draft: Draft | None = None) -> Standing:
    """Give where a rule is now; a draft that nobody put anywhere is a draft.

    Raises:
        NotFoundError: the worker has loaded no such rule, nobody ever moved one, and it is no draft.
    """
    put, last = store.get(connection, rule_id), store.last_done(connection, rule_id)
    try:
        known = loaded.get(connection, rule_id)
    except NotFoundError:
        if last is None and draft is None:
            raise
        known = None
    title = known.title if known else draft.title if draft else last.rule_title if last else ""
    is_filter = known.kind == "filter" if known else draft is not None and draft.is_filter
    if put is not None:
        return Standing(rule_id, title, Stage(put.stage), put.draft_sha256, is_filter)
    stage = Stage(known.default_stage) if known else Stage.DRAFT
    return Standing(rule_id, title, stage, None, is_filter)


@needs(Permission.MANAGE_RULES)
def propose(
    state: State,
    actor: Actor,
    rule_id: str,
    reason: str,
    *,
    draft: Draft | None = None,
    backtest: Mapping[str, Json] | None = None,
) -> int:
    """Propose that a rule in shadow raises alerts; the proposal's number.

    Args:
        state: the store.
        actor: who proposes; somebody else approves.
        rule_id: the rule; a filter, which raises nothing, is proposed from any stage.
        reason: why.
        draft: a filter's draft, where it was never in shadow.
        backtest: what a back-test of it gave, to be decided with; kept as it is.

    Raises:
        NotFoundError: no such rule.
        ConflictError: it is not in shadow, is proposed already, or its draft has an id of another.
        UsageError: no reason, or too many figures.
    """
    why = _reason(reason)
    with state.write(TOPIC) as connection:
        at = now_us()
        now = standing(connection, rule_id, draft)
        if store.proposal_of(connection, rule_id) is not None:
            raise ConflictError(f"rule {rule_id} is proposed already: approve, refuse or withdraw that")
        must_be_its_own(draft)
        sha256 = draft.sha256 if now.is_filter and draft is not None else now.sha256
        if now.stage is Stage.PRODUCTION and sha256 == now.sha256:
            raise ConflictError(f"rule {rule_id} is in production already")
        if now.stage is not Stage.SHADOW and not now.is_filter:
            raise ConflictError(f"rule {rule_id} is in stage {now.stage}: put it into shadow first, then propose it")
        figures: dict[str, Json] = {
            "shadow": shadow_figures(connection, rule_id, at),
            "backtest": dict(backtest) if backtest else None,
        }
        if len(canonical(figures)) > _MOST_FIGURES:
            raise UsageError("the figures of a back-test are too long to be kept: give its sums")
        step = Step(rule_id, now.title, now.stage, Stage.PRODUCTION, now.sha256, sha256)
        number = store.propose(connection, step, Asked(actor.name, at, why, figures))
        _tell(connection, actor, AuditAction.RULE_PROMOTION_PROPOSED, step, reason=why, proposal=number)
    return number


@needs(Permission.MANAGE_RULES)
def approve(state: State, actor: Actor, number: int, remark: str = "") -> None:
    """Let a proposed rule raise alerts: the second person's act.

    Raises:
        NotFoundError: no such proposal.
        ForbiddenError: the actor proposed it.
        ConflictError: it was decided already, or the rule is not where it was when it was proposed.
    """
    said = checked_line(remark, "a remark", MOST_REASON, least=0)
    with state.write(TOPIC) as connection:
        at = now_us()
        asked = store.change(connection, number)
        if asked.actor.casefold() == actor.name.casefold():
            raise ForbiddenError(f"{actor.name} proposed it: it takes a second person, with an account of their own")
        _must_wait(asked)
        put = store.get(connection, asked.rule_id)
        if put is not None and (put.stage, put.draft_sha256) != (asked.from_stage, asked.from_sha256):
            raise ConflictError(f"rule {asked.rule_id} was moved to {put.stage} since it was proposed: propose it anew")
        store.decide(connection, number, DONE, actor.name, said, at)
        step = _step_of(asked)
        store.put(connection, step, actor.name, at)
        body: dict[str, Json] = {"proposal": number, "proposed_by": asked.actor}
        _tell(connection, actor, AuditAction.RULE_STAGE_CHANGED, step, reason=said or asked.reason, **body)


@needs(Permission.MANAGE_RULES)
def refuse(state: State, actor: Actor, number: int, why: str) -> None:
    """Refuse a proposal of somebody else.

    Raises:
        NotFoundError: no such proposal.
        ForbiddenError: the actor proposed it, and can withdraw it.
        ConflictError: it was decided already.
        UsageError: no reason.
    """
    reason = _reason(why)
    with state.write(TOPIC) as connection:
        asked = store.change(connection, number)
        if asked.actor.casefold() == actor.name.casefold():
            raise ForbiddenError(f"{actor.name} proposed it: withdraw it instead")
        _end(connection, actor, asked, REFUSED, reason)


@needs(Permission.MANAGE_RULES)
def withdraw(state: State, actor: Actor, number: int, why: str) -> None:
    """Take back a proposal of one's own.

    Raises:
        NotFoundError: no such proposal.
        ForbiddenError: somebody else proposed it.
        ConflictError: it was decided already.
        UsageError: no reason.
    """
    reason = _reason(why)
    with state.write(TOPIC) as connection:
        asked = store.change(connection, number)
        if asked.actor.casefold() != actor.name.casefold():
            raise ForbiddenError(f"{asked.actor} proposed it, and {actor.name} can refuse it")
        _end(connection, actor, asked, WITHDRAWN, reason)


@needs(Permission.MANAGE_RULES)
def move(
    state: State,
    actor: Actor,
    rule_id: str,
    stage: Stage,
    reason: str,
    *,
    draft: Draft | None = None,
    seen: Stage | None = None,
) -> int:
    """Move a rule to draft, shadow or retired; what waited for a second person is withdrawn. The change's number.

    Args:
        state: the store.
        actor: who does it.
        rule_id: the rule.
        stage: where to.
        reason: why.
        draft: the file as the actor sees it, where the rule is a draft: that very file runs, and no other.
        seen: where the actor saw it, if that matters.

    Raises:
        NotFoundError: no such rule.
        UsageError: no reason, or to production, which takes two people.
        ConflictError: it is there already, is not where the actor saw it, or is to run with an id of another.
    """
    why = _reason(reason)
    if stage is Stage.PRODUCTION:
        raise UsageError("into production takes two people: propose it, and another person approves")
    with state.write(TOPIC) as connection:
        now = standing(connection, rule_id, draft)
        must_be_its_own(draft if stage is Stage.SHADOW else None)
        sha256 = draft.sha256 if draft and not draft.taken else now.sha256
        if seen is not None and seen is not now.stage:
            raise ConflictError(f"rule {rule_id} is in stage {now.stage} and not in {seen} any more: look again")
        if (stage, sha256) == (now.stage, now.sha256):
            raise ConflictError(f"rule {rule_id} is in stage {stage} already")
        step = Step(rule_id, now.title, now.stage, stage, now.sha256, sha256)
        return _go(connection, actor, step, why)


@needs(Permission.MANAGE_RULES)
def roll_back(state: State, actor: Actor, rule_id: str, reason: str) -> Stage:
    """Put a rule back to where it was before its last move, for the same file; where that is.

    Raises:
        NotFoundError: no such rule.
        UsageError: no reason.
        ConflictError: nobody ever moved it.
    """
    why = _reason(reason)
    with state.write(TOPIC) as connection:
        now, last = standing(connection, rule_id), store.last_done(connection, rule_id)
        if last is None:
            raise ConflictError(f"rule {rule_id} is where its status puts it: nobody ever moved it")
        step = Step(rule_id, now.title, now.stage, last.from_stage, now.sha256, last.from_sha256)
        _go(connection, actor, step, why)
    return Stage(last.from_stage)


@needs(Permission.READ_INCIDENTS)
def history(state: State, actor: Actor, rule_id: str, limit: int = 100) -> list[Change]:  # noqa: ARG001 - the guard asks for it
    """Give the moves of a rule and the proposals for it, newest first."""
    with state.read() as connection:
        return store.changes(connection, rule_id, limit)


@needs(Permission.READ_INCIDENTS)
def waiting(state: State, actor: Actor) -> list[Change]:  # noqa: ARG001 - the guard asks for it
    """Give what waits for a second person, oldest first."""
    with state.read() as connection:
        return store.proposals(connection)


def _go(connection: Transaction, actor: Actor, step: Step, why: str) -> int:
    """Move a rule at once; what was proposed for it before is over."""
    at = now_us()
    if (asked := store.proposal_of(connection, step.rule_id)) is not None:
        store.decide(connection, asked.id, WITHDRAWN, actor.name, f"→ {step.to_stage}: {why}"[:MOST_REASON], at)
    number = store.record(connection, step, Asked(actor.name, at, why, {}))
    store.put(connection, step, actor.name, at)
    _tell(connection, actor, AuditAction.RULE_STAGE_CHANGED, step, reason=why)
    return number


def _end(connection: Transaction, actor: Actor, asked: Change, state: str, why: str) -> None:
    _must_wait(asked)
    store.decide(connection, asked.id, state, actor.name, why, now_us())
    refused = AuditAction.RULE_PROMOTION_REFUSED
    action = refused if state == REFUSED else AuditAction.RULE_PROMOTION_WITHDRAWN
    step = replace(_step_of(asked), to_stage=asked.from_stage, to_sha256=asked.from_sha256)
    _tell(connection, actor, action, step, reason=why, proposal=asked.id)


def _must_wait(asked: Change) -> None:
    if asked.state != store.PROPOSED:
        raise ConflictError(f"proposal {asked.id} was decided already: it is {asked.state}")


def _step_of(asked: Change) -> Step:
    return Step(asked.rule_id, asked.rule_title, asked.from_stage, asked.to_stage, asked.from_sha256, asked.to_sha256)


def _tell(connection: Transaction, actor: Actor, action: AuditAction, step: Step, *, reason: str, **more: Json) -> None:
    body: dict[str, Json] = {
        "title": mask(step.rule_title)[:200],
        "stage_before": step.from_stage,
        "stage_after": step.to_stage,
        "reason": mask(reason)[:300],
        **({"draft_sha256": step.to_sha256} if step.to_sha256 else {}),
        **more,
    }
    append(connection, Entry(actor.name, actor.via, action, _SUBJECT, step.rule_id, body))


def _reason(text: str) -> str:
    return checked_line(text, "a reason", MOST_REASON, least=LEAST_REASON)
