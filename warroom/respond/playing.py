"""Incidents follow playbooks: begun by hand, answered and ticked off by people, each with an entry in the log.

Definition and entries decide what may be done (``progress``); a run keeps the definition with which it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text, must_be_open
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog.playbook_parts import Both, Playbook, Question
from warroom.catalog.playbook_words import load_playbook_words
from warroom.catalog.playbooks import kept_playbook
from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.respond.playbook_law import begin_law
from warroom.respond.progress import Progress, Standing, progress, with_start
from warroom.store import evidence_files
from warroom.store import incidents as store
from warroom.store import playbook_runs as rows
from warroom.store.database import State, Transaction, now_us, raise_counter
from warroom.store.incidents import Incident
from warroom.store.playbook_runs import Begun, Noted, Run

#: A reason for leaving something out has at least so many characters; no text has more than the limit.
LEAST_REASON: Final = 5
TEXT_LIMIT: Final = 2_000
#: The permission that a task of this role needs; all others need that to act on incidents.
_DPO: Final = "dpo"


@dataclass(frozen=True, slots=True)
class _Acting:
    """What an action on a run works with."""

    connection: Transaction
    incident: Incident
    run: Run
    playbook: Playbook
    now: Progress
    at: int


@needs(Permission.ACT_ON_INCIDENTS)
def start(state: State, incident_id: int, actor: Actor, playbook: Playbook, reason: str) -> int:
    """Let an incident follow a playbook, as it is now; the run's number.

    Raises:
        UsageError: no reason.
        NotFoundError: no such incident.
        ConflictError: it is closed, follows this playbook already, or has had too many.
    """
    why = checked_text(reason, "a reason", TEXT_LIMIT, least=LEAST_REASON)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        must_be_open(incident)
        runs = rows.runs_of(connection, incident_id)
        if any(run.playbook == playbook.id and run.ended_at is None for run in runs):
            raise ConflictError(f"incident {incident_id} follows the playbook {playbook.id} already")
        if len(runs) >= rows.MOST_RUNS:
            raise ConflictError(f"incident {incident_id} has had {rows.MOST_RUNS} playbooks: no more can be started")
        return begin(connection, incident, playbook, actor, why, at)


def begin(
    connection: Transaction,
    incident: Incident,
    playbook: Playbook,
    actor: Actor,
    reason: str,
    at: int,
    *,
    because: Both | None = None,
) -> int:
    """Enter a run and say so in the log, in the transaction of whoever decided it; the run's number.

    What its first tasks owe in law begins with it. ``because`` is the reason in both languages where a rule gives it.
    """
    raise_counter(connection, "playbooks")
    begun = Begun(incident.id, playbook.id, playbook.version, playbook.sha256, reason, at, actor.name)
    number = rows.add(connection, begun, playbook.body)
    told = {"item_th": playbook.title.th, "item_en": playbook.title.en, "playbook_version": playbook.version}
    told |= {"text": reason} if because is None else {"text_th": because.th, "text_en": because.en}
    store.append_log(
        connection, incident.id, at, actor.name, "playbook_started", run=str(number), playbook=playbook.id, **told
    )
    begin_law(connection, incident, actor, progress(playbook, (), with_start({}, at), at), at)
    return number


@needs(Permission.READ_INCIDENTS)
def answer(state: State, run_id: int, actor: Actor, question: str, value: str, note: str = "") -> None:
    """Answer a question of a run; a later answer takes the place of an earlier one and says why.

    Raises:
        UsageError: it is not one of the answers, or a changed answer without a note.
        NotFoundError: no such run or question.
        ForbiddenError: the question is for somebody else.
        ConflictError: the run has ended, or the question is on a branch that was not taken.
    """
    told = checked_text(note, "a note", TEXT_LIMIT, least=0)
    with _acting(state, run_id, actor) as acting:
        found = acting.now.question(question)
        if found is None:
            raise NotFoundError(f"playbook run {run_id} has no question {question}")
        check(actor, Permission(found.question.by), acting.incident.platform_id)
        if value not in found.question.answers:
            raise UsageError(f"{question} is answered by one of {', '.join(found.question.answers)}")
        if found.standing in {Standing.WAITING, Standing.NOT_NEEDED}:
            raise ConflictError(f"the question {question} is not asked on the branch that was taken")
        if found.answer is not None and len(told) < LEAST_REASON:
            raise UsageError("a changed answer says why")
        name = _name_of(found.question, value)
        _note(acting, Noted(question, "answer", value, told, None, acting.at, actor.name))
        _log(acting, actor, "playbook_answered", found.question.asks, told, answer_th=name.th, answer_en=name.en)
        begin_law(acting.connection, acting.incident, actor, _progress(acting), acting.at)


@needs(Permission.READ_INCIDENTS)
def finish(state: State, run_id: int, actor: Actor, task: str, note: str = "", evidence_id: int | None = None) -> None:
    """Tick a task off, with the evidence that it wants: a file of the incident, or a note.

    Raises:
        UsageError: the evidence is missing.
        NotFoundError: no such run, task, or file of this incident.
        ForbiddenError: the task is for somebody else.
        ConflictError: the run has ended, or the task is settled, not needed, or comes after others.
    """
    told = checked_text(note, "a note", TEXT_LIMIT, least=0)
    with _acting(state, run_id, actor) as acting:
        does = _to_settle(acting, actor, task)
        found = acting.now.task(task)
        if found is not None and found.standing is Standing.BLOCKED:
            raise ConflictError(
                f"the task {task} comes after an earlier phase: finish or skip what is left there first"
            )
        if found is not None and found.task.evidence.en and evidence_id is None and len(told) < LEAST_REASON:
            raise UsageError(f"the task {task} wants evidence: attach a file or note it ({found.task.evidence.en})")
        if evidence_id is not None:
            file = evidence_files.get(acting.connection, evidence_id)
            if file.incident_id != acting.incident.id:
                raise NotFoundError(f"incident {acting.incident.id} has no evidence file {evidence_id}")
        _note(acting, Noted(task, "done", "", told, evidence_id, acting.at, actor.name))
        _log(acting, actor, "playbook_done", does, told, evidence="" if evidence_id is None else str(evidence_id))


@needs(Permission.READ_INCIDENTS)
def skip(state: State, run_id: int, actor: Actor, task: str, reason: str) -> None:
    """Leave a task out, and say why.

    Raises:
        UsageError: no reason.
        NotFoundError: no such run or task.
        ForbiddenError: the task is for somebody else.
        ConflictError: the run has ended, or the task is settled or not needed.
    """
    why = checked_text(reason, "a reason", TEXT_LIMIT, least=LEAST_REASON)
    with _acting(state, run_id, actor) as acting:
        does = _to_settle(acting, actor, task)
        _note(acting, Noted(task, "skipped", "", why, None, acting.at, actor.name))
        _log(acting, actor, "playbook_skipped", does, why)


@needs(Permission.READ_INCIDENTS)
def reopen(state: State, run_id: int, actor: Actor, item: str, reason: str) -> None:
    """Open a settled task again, or take an answer back, and say why.

    Raises:
        UsageError: no reason.
        NotFoundError: no such run, task or question.
        ForbiddenError: it is for somebody else.
        ConflictError: the run has ended, or there is nothing to take back.
    """
    why = checked_text(reason, "a reason", TEXT_LIMIT, least=LEAST_REASON)
    with _acting(state, run_id, actor) as acting:
        task, question = acting.now.task(item), acting.now.question(item)
        if task is not None:
            _check_task(acting, actor, task.task.owner)
            name, settled = task.task.does, task.entry is not None
        elif question is not None:
            check(actor, Permission(question.question.by), acting.incident.platform_id)
            name, settled = question.question.asks, question.answer is not None
        else:
            raise NotFoundError(f"playbook run {run_id} has no task or question {item}")
        if not settled:
            raise ConflictError(f"{item} is open already")
        _note(acting, Noted(item, "reopened", "", why, None, acting.at, actor.name))
        _log(acting, actor, "playbook_reopened", name, why)


@needs(Permission.ACT_ON_INCIDENTS)
def end(state: State, run_id: int, actor: Actor, reason: str) -> None:
    """End a run, whatever is left of it, and say why; the incident can follow the same playbook anew.

    Raises:
        UsageError: no reason.
        NotFoundError: no such run.
        ConflictError: it has ended.
    """
    why = checked_text(reason, "a reason", TEXT_LIMIT, least=LEAST_REASON)
    with _acting(state, run_id, actor) as acting:
        check(actor, Permission.ACT_ON_INCIDENTS, acting.incident.platform_id)
        rows.end(acting.connection, acting.run, acting.at, actor.name, why)
        _log(acting, actor, "playbook_ended", acting.playbook.title, why, percent=str(acting.now.percent))


@contextmanager
def _acting(state: State, run_id: int, actor: Actor) -> Iterator[_Acting]:
    """Give a write transaction and a run that has not ended, of an incident that the actor may see."""
    with state.write("incidents", "playbooks") as connection:
        run = rows.get(connection, run_id)
        incident = store.get(connection, run.incident_id)
        check(actor, Permission.READ_INCIDENTS, incident.platform_id)
        if run.ended_at is not None:
            raise ConflictError(f"playbook run {run_id} has ended: start the playbook again to go on")
        playbook = kept_playbook(rows.definition(connection, run), run.sha256)
        entries = rows.entries_of(connection, run_id)
        at = now_us()
        # when tasks are due decides nothing here
        yield _Acting(
            connection, incident, run, playbook, progress(playbook, entries, with_start({}, run.started_at), at), at
        )


def _progress(acting: _Acting) -> Progress:
    """Give how far the run is after what was just entered."""
    entries = rows.entries_of(acting.connection, acting.run.id)
    return progress(acting.playbook, entries, with_start({}, acting.run.started_at), acting.at)


def _name_of(question: Question, value: str) -> Both:
    """Give an answer's name."""
    plain = load_playbook_words().answers
    names = {one.id: one.name for one in question.options}
    return names[value] if value in names else Both(plain[value].th, plain[value].en)


def _to_settle(acting: _Acting, actor: Actor, task: str) -> Both:
    """Give what a task does, where the actor may settle it."""
    found = acting.now.task(task)
    if found is None:
        raise NotFoundError(f"playbook run {acting.run.id} has no task {task}")
    _check_task(acting, actor, found.task.owner)
    if found.entry is not None:
        raise ConflictError(f"the task {task} was settled by {found.entry.actor} already")
    if found.standing is Standing.NOT_NEEDED:
        raise ConflictError(f"the task {task} is not on the branch that was taken: change the answer first")
    return found.task.does


def _check_task(acting: _Acting, actor: Actor, owner: str) -> None:
    permission = Permission.DECIDE_BREACH if owner == _DPO else Permission.ACT_ON_INCIDENTS
    check(actor, permission, acting.incident.platform_id)


def _note(acting: _Acting, noted: Noted) -> None:
    if rows.count_entries(acting.connection, acting.run.id) >= rows.MOST_ENTRIES:
        raise ConflictError(f"playbook run {acting.run.id} has {rows.MOST_ENTRIES} entries: end it and start it again")
    rows.note(acting.connection, acting.run.id, noted)


def _log(acting: _Acting, actor: Actor, action: str, item: Both, text: str, **further: str) -> None:
    body = {"run": str(acting.run.id), "playbook": acting.playbook.id, "item_th": item.th, "item_en": item.en}
    store.append_log(acting.connection, acting.incident.id, acting.at, actor.name, action, **body, text=text, **further)
