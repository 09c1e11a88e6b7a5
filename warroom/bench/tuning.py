"""The tuning loop: what people closed as a false alarm becomes a proposal to change its rules, with its events.

The worker reads the incidents' log, where every closing stands: none is lost, whoever closed it and wherever. A
proposal holds the events as samples that must not match; by one act it becomes a filter among the drafts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from warroom.access.changing import checked_line
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.bench.editing import save_draft
from warroom.bench.false_alarms import MOST, names_asked, rules_below, samples
from warroom.bench.filter_draft import filter_text, samples_text
from warroom.errors import ConflictError, NotFoundError
from warroom.model import Disposition
from warroom.privacy import mask
from warroom.store import incidents
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.database import now_us
from warroom.store.rules import proposals as store
from warroom.store.rules.stages import TOPIC
from warroom.store.segments import read_events

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from warroom.access.actor import Actor
    from warroom.bench.drafts import Draft
    from warroom.detect.ruleset import RuleSet
    from warroom.store.canonical import Json
    from warroom.store.database import State, Transaction
    from warroom.store.lease import Lease
    from warroom.store.rules.proposals import Found, Proposal, Turn

#: Who dismisses a proposal whose incident was taken up again.
WORKER: Final = "worker"
#: Alerts of an incident that are looked at, and closings that are handled in one go.
_MOST_ALERTS: Final = 500
_AT_ONCE: Final = 20
_LEAST_REASON: Final = 5
_MOST_REASON: Final = 500
_INTEL: Final = "intel."
_SUBJECT: Final = "rule_proposal"


def propose_tuning(state: State, data_dir: Path, lease: Lease, ruleset: RuleSet) -> int:
    """Look at what became of incidents since the last time, and open proposals; how many. The worker's job.

    The very first look begins with what is closed from then on.

    Raises:
        LeaseError: another worker took over.
    """
    with state.read() as connection:
        place = store.place(connection)
        begun = store.newest_entry(connection) if place is None else place
        turns, last = store.turns(connection, begun)
    if place == last and not turns:
        return 0
    if len(turns) > _AT_ONCE:
        turns, last = turns[:_AT_ONCE], turns[_AT_ONCE - 1].log_id
    found = {turn.log_id: _found(state, data_dir, ruleset, turn) for turn in turns if turn.false_alarm}
    opened = 0
    with state.write(TOPIC) as connection:
        lease.hold(connection)
        at = now_us()
        for turn in turns:
            if not turn.false_alarm:
                _take_back(connection, turn.incident_id, at)
            for one in found.get(turn.log_id, ()):
                opened += store.add(connection, one, at) is not None
        store.move_place(connection, last)
    return opened


@needs(Permission.READ_INCIDENTS)
def list_proposals(
    state: State, actor: Actor, *, states: Collection[str] = (store.OPEN,), rule_id: str | None = None
) -> list[Proposal]:
    """Give the proposals of the actor's platforms in some states, newest first."""
    with state.read() as connection:
        found = store.find(connection, states=states, rule_id=rule_id)
    return [one for one in found if actor.can(Permission.READ_INCIDENTS, one.platform_id)]


@needs(Permission.MANAGE_RULES)
def draft_filter(state: State, data_dir: Path, actor: Actor, number: int, ruleset: RuleSet) -> Draft:
    """Make a proposal a filter among the drafts, with its events as samples; the draft.

    Raises:
        NotFoundError: no such proposal, or its rule is not loaded any more.
        ConflictError: it was decided already, or its events are gone.
        UsageError: its events have nothing in common.
    """
    with state.read() as connection:
        one = _readable(connection, actor, number)
    if one.state != store.OPEN:
        raise ConflictError(f"proposal {number} was decided already: it is {one.state}")
    if not one.samples:
        raise ConflictError(f"the events of incident {one.incident_id} are not stored any more: write it by hand")
    below = rules_below(ruleset, one.rule_id)
    if not below:
        raise NotFoundError(f"rule {one.rule_id} is not loaded any more")
    alone = len(below) == 1 and below[0].id == one.rule_id
    text = filter_text(one.rule_title, one.incident_id, below, one.samples, actor.name)
    columns, _ = names_asked(ruleset, one.rule_id)
    cases = samples_text(one.incident_id, one.samples, columns, together=not alone)
    draft = save_draft(state, data_dir, actor, _name(one), text, cases)
    with state.write(TOPIC) as connection:
        store.note_draft(connection, number, draft.path.name)
        _tell(connection, actor, one, {"outcome": "drafted", "draft_file": draft.path.name})
    return draft


@needs(Permission.MANAGE_RULES)
def finish(state: State, actor: Actor, number: int, how: str) -> None:
    """Write down that a rule was tuned as proposed, and how.

    Raises:
        NotFoundError: no such proposal.
        ConflictError: it was decided already.
        UsageError: nothing is said.
    """
    _decide(state, actor, number, store.DONE, how)


@needs(Permission.MANAGE_RULES)
def dismiss(state: State, actor: Actor, number: int, why: str) -> None:
    """Write down that a rule stays as it is, and why.

    Raises:
        NotFoundError: no such proposal.
        ConflictError: it was decided already.
        UsageError: no reason.
    """
    _decide(state, actor, number, store.DISMISSED, why)


def _found(state: State, data_dir: Path, ruleset: RuleSet, turn: Turn) -> list[Found]:
    """Give what to propose for the rules of an incident; nothing where it is no false alarm any more, or a drill."""
    with state.read() as connection:
        incident = incidents.get(connection, turn.incident_id)
        if incident.disposition is not Disposition.FALSE_POSITIVE or incident.drill:
            return []
        culprits = store.culprits(connection, turn.incident_id, _MOST_ALERTS, MOST)
    found = []
    for one in culprits:
        if one.rule_id.startswith(_INTEL):  # what is listed is ruled out by its value, not by a rule
            continue
        events = read_events(state, data_dir, one.event_ids)
        kept: list[dict[str, Any]] = samples(events, *names_asked(ruleset, one.rule_id)) if events.num_rows else []
        found.append(
            store.Found(
                rule_id=one.rule_id,
                rule_title=one.rule_title,
                incident_id=turn.incident_id,
                log_id=turn.log_id,
                platform_id=one.platform_id,
                closed_by=turn.actor,
                samples=kept,
            )
        )
    return found


def _take_back(connection: Transaction, incident_id: int, at: int) -> None:
    """Dismiss what was proposed for an incident that was taken up again."""
    for number in store.open_of(connection, incident_id):
        store.decide(connection, number, store.DISMISSED, WORKER, f"incident {incident_id} was taken up again", at)


def _decide(state: State, actor: Actor, number: int, outcome: str, why: str) -> None:
    reason = checked_line(why, "a reason", _MOST_REASON, least=_LEAST_REASON)
    with state.write(TOPIC) as connection:
        one = _readable(connection, actor, number)
        store.decide(connection, number, outcome, actor.name, reason, now_us())
        _tell(connection, actor, one, {"outcome": outcome, "reason": mask(reason)[:300]})


def _readable(connection: Transaction, actor: Actor, number: int) -> Proposal:
    one = store.get(connection, number)
    check(actor, Permission.READ_INCIDENTS, one.platform_id)
    return one


def _tell(connection: Transaction, actor: Actor, one: Proposal, body: dict[str, Json]) -> None:
    body |= {"rule": one.rule_id, "incident": one.incident_id}
    append(connection, Entry(actor.name, actor.via, AuditAction.RULE_TUNING_DECIDED, _SUBJECT, str(one.id), body))


def _name(one: Proposal) -> str:
    """Name the draft after its rule: small letters, digits and _."""
    words = re.findall(r"[a-z0-9]+", one.rule_title.lower())
    return f"except_{'_'.join(words)}"[:50].rstrip("_") + f"_{one.id}"
