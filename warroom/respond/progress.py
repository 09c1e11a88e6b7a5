"""How far a run of a playbook is: its definition and its entries give the state of every task and question; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warroom.catalog.playbook_parts import STARTED, Condition, Phase, Playbook, Question, Task
from warroom.store.playbook_runs import Noted

_MICROSECONDS: Final = 1_000_000
#: So many tasks are named as next.
_NEXT: Final = 5


class Standing(StrEnum):
    """Where a task or a question stands."""

    OPEN = "open"
    WAITING = "waiting"  # for an answer that decides whether it is needed
    BLOCKED = "blocked"  # until an earlier phase is settled
    DONE = "done"  # a question: answered
    SKIPPED = "skipped"
    NOT_NEEDED = "not_needed"  # on a branch that was not taken

    @property
    def settled(self) -> bool:
        """Whether nobody needs to do anything about it."""
        return self in {Standing.DONE, Standing.SKIPPED, Standing.NOT_NEEDED}


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task and where it stands.

    Attributes:
        task: of the definition.
        phase: the id of its phase.
        standing: where it stands.
        due_at: its internal target in microseconds; None where it has none or its moment is not known.
        overdue: it is not settled and late.
        late: it was done after its target.
        entry: who settled it, when and with what.
    """

    task: Task
    phase: str
    standing: Standing
    due_at: int | None = None
    overdue: bool = False
    late: bool = False
    entry: Noted | None = None


@dataclass(frozen=True, slots=True)
class QuestionState:
    """A question and where it stands; ``answer`` is the id of what was answered, also where it does not count now."""

    question: Question
    phase: str
    standing: Standing
    answer: str | None = None
    entry: Noted | None = None


@dataclass(frozen=True, slots=True)
class PhaseState:
    """A phase with what is in it; ``settled`` of ``total`` items that are needed, as far as that is known."""

    id: str
    questions: tuple[QuestionState, ...]
    tasks: tuple[TaskState, ...]
    settled: int
    total: int

    @property
    def over(self) -> bool:
        """Whether nothing is left to do in it."""
        return self.settled == self.total


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        phases: in the order of the work.
        current: the first phase in which something is left to do; None: it is all settled.
        next: tasks that can be done now, overdue and soonest first.
        asked: questions that can be answered now.
        branches: the answers that count, in order.
        overdue: how many tasks are late.
        percent: of the items that are needed or may be.
    """

    phases: tuple[PhaseState, ...]
    current: str | None
    next: tuple[TaskState, ...]
    asked: tuple[QuestionState, ...]
    branches: tuple[QuestionState, ...]
    overdue: int
    percent: int

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.current is None

    def task(self, item: str) -> TaskState | None:
        """Give a task's state; None where the playbook has no such task."""
        return next((one for phase in self.phases for one in phase.tasks if one.task.id == item), None)

    def question(self, item: str) -> QuestionState | None:
        """Give a question's state; None where the playbook has no such question."""
        return next((one for phase in self.phases for one in phase.questions if one.question.id == item), None)


def progress(playbook: Playbook, entries: Iterable[Noted], moments: Mapping[str, int], now: int) -> Progress:
    """Work out how far a run is; of an item's entries the last counts, those of no item do not.

    Args:
        playbook: the definition that the run keeps.
        entries: oldest first.
        moments: the incident's moments and ``started``, in microseconds; those that are not known are left out.
        now: in microseconds.
    """
    newest = {entry.item: entry for entry in entries}
    answered = _questions(playbook, newest)
    unsettled: set[str] = set()
    phases = []
    for phase in playbook.phases:
        blocked = bool(unsettled & set(phase.after))
        made = _phase(phase, answered, newest, moments, now, blocked=blocked)
        if not all(one.standing.settled for one in made.tasks):
            unsettled.add(phase.id)
        phases.append(made)
    tasks = [task for phase in phases for task in phase.tasks]
    settled, total = sum(phase.settled for phase in phases), sum(phase.total for phase in phases)
    questions = [one for phase in phases for one in phase.questions]
    ready = [one for one in tasks if one.standing is Standing.OPEN]
    # sorted() keeps the order of the work among equals
    ready.sort(key=lambda one: (not one.overdue, one.due_at is None, one.due_at or 0))
    return Progress(
        phases=tuple(phases),
        current=next((phase.id for phase in phases if not phase.over), None),
        next=tuple(ready[:_NEXT]),
        asked=tuple(one for one in questions if one.standing is Standing.OPEN),
        branches=tuple(one for one in questions if one.standing is Standing.DONE),
        overdue=sum(one.overdue for one in tasks),
        percent=100 * settled // total if total else 100,
    )


def _phase(
    phase: Phase,
    answered: Mapping[str, QuestionState],
    newest: Mapping[str, Noted],
    moments: Mapping[str, int],
    now: int,
    *,
    blocked: bool,
) -> PhaseState:
    questions = tuple(answered[one.id] for one in phase.questions)
    tasks = tuple(
        _task(one, phase.id, answered, newest.get(one.id), moments, now, blocked=blocked) for one in phase.tasks
    )
    standings = [one.standing for one in questions] + [one.standing for one in tasks]
    needed = [one for one in standings if one is not Standing.NOT_NEEDED]
    return PhaseState(phase.id, questions, tasks, sum(one.settled for one in needed), len(needed))


def _task(
    task: Task,
    phase: str,
    answered: Mapping[str, QuestionState],
    entry: Noted | None,
    moments: Mapping[str, int],
    now: int,
    *,
    blocked: bool,
) -> TaskState:
    if entry is not None and entry.kind in {Standing.DONE, Standing.SKIPPED}:
        standing = Standing(entry.kind)  # what was done stays done, whatever is answered later
    else:
        entry = None
        holds = _holds(task.when, answered)
        if holds is None:
            standing = Standing.WAITING
        elif not holds:
            standing = Standing.NOT_NEEDED
        else:
            standing = Standing.BLOCKED if blocked else Standing.OPEN
    start = moments.get(task.due.after) if task.due else None
    due_at = None if task.due is None or start is None else start + task.due.seconds * _MICROSECONDS
    return TaskState(
        task=task,
        phase=phase,
        standing=standing,
        due_at=due_at,
        # whether it is needed may be what is late, but nobody is told off for work that may not be theirs
        overdue=due_at is not None and standing in {Standing.OPEN, Standing.BLOCKED} and due_at < now,
        late=due_at is not None and entry is not None and standing is Standing.DONE and due_at < entry.at,
        entry=entry,
    )


def _questions(playbook: Playbook, newest: Mapping[str, Noted]) -> dict[str, QuestionState]:
    """Give every question's state; their conditions form no circle, so each round settles at least one."""
    places = {question.id: (question, phase.id) for phase in playbook.phases for question in phase.questions}
    states: dict[str, QuestionState] = {}
    while left := [one for one in places.values() if one[0].id not in states]:
        ready = [one for one in left if all(other in states for other in _asks(one[0].when, places))]
        for question, phase in ready:
            states[question.id] = _question(question, phase, states, newest.get(question.id))
        if not ready:  # a definition that no check saw
            return states | {one.id: QuestionState(one, phase, Standing.OPEN) for one, phase in left}
    return states


def _question(
    question: Question, phase: str, states: Mapping[str, QuestionState], entry: Noted | None
) -> QuestionState:
    counts = entry is not None and entry.kind == "answer" and entry.value in question.answers
    answer = entry.value if counts and entry is not None else None
    holds = _holds(question.when, states)
    if holds is None:
        standing = Standing.WAITING
    elif not holds:
        standing = Standing.NOT_NEEDED
    else:
        standing = Standing.DONE if counts else Standing.OPEN
    return QuestionState(question, phase, standing, answer, entry if counts else None)


def _asks(condition: Condition, known: Mapping[str, object]) -> list[str]:
    return [question for term in condition for question, _ in term if question in known]


def _holds(condition: Condition, states: Mapping[str, QuestionState]) -> bool | None:
    """Whether a condition holds; None while answers that decide it are missing."""
    if not condition:
        return True
    found = [_term_holds(term, states) for term in condition]
    if any(found):
        return True
    return None if None in found else False


def _term_holds(term: Iterable[tuple[str, tuple[str, ...]]], states: Mapping[str, QuestionState]) -> bool | None:
    undecided = False
    for question, answers in term:
        state = states.get(question)
        if state is None or state.standing is Standing.NOT_NEEDED:
            return False
        if state.standing is not Standing.DONE:
            undecided = True
        elif state.answer not in answers:
            return False
    return None if undecided else True


def with_start(moments: Mapping[str, int], started_at: int) -> dict[str, int]:
    """Give an incident's moments with when a run began."""
    return {**moments, STARTED: started_at}
