"""The parts of a playbook: phases of tasks and questions, conditions on answers, and what starts it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

from warroom.model import Severity

#: Terms of which one holds; each is (question, answers) pairs that all hold. Empty: always.
Condition: TypeAlias = tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
#: The answers of a question that gives no options of its own.
YES_NO: Final = ("yes", "no")
#: The moment that a run itself has: when it began.
STARTED: Final = "started"


@dataclass(frozen=True, slots=True)
class Both:
    """A text in Thai and English."""

    th: str
    en: str

    def told(self) -> dict[str, str]:
        """Give it as a document has it."""
        return {"th": self.th, "en": self.en}


NOTHING: Final = Both("", "")


@dataclass(frozen=True, slots=True)
class Due:
    """An internal target: ``seconds`` after a moment; ``text`` is how the document writes the duration."""

    seconds: int
    after: str
    text: str

    def told(self) -> str:
        """Give it as a document has it."""
        return f"{self.text} after {self.after}"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that a question takes."""

    id: str
    name: Both


@dataclass(frozen=True, slots=True)
class Question:
    """Something that people answer and on which branches depend; without ``options`` it is yes or no.

    ``by`` is the permission that answering needs.
    """

    id: str
    asks: Both
    detail: Both = NOTHING
    options: tuple[Option, ...] = ()
    by: str = "act_on_incidents"
    when: Condition = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of what may be answered."""
        return tuple(one.id for one in self.options) or YES_NO

    def told(self) -> dict[str, Any]:
        """Give it as a document has it."""
        options = [{"id": one.id} | one.name.told() for one in self.options]
        return _without_empty(
            {"id": self.id, **self.asks.told(), "detail": _texts(self.detail), "options": options, "by": self.by}
            | {"when": _condition(self.when)}
        )


@dataclass(frozen=True, slots=True)
class Task:
    """Something that somebody does.

    Attributes:
        does: what is done, one line.
        detail: how, where to look, what to note.
        owner: the role that sees to it.
        due: by when, as an internal target; what the law says is in ``clocks``.
        when: on which answers it depends.
        evidence: what must be attached or noted before it counts as done.
        forms: ids of forms that it fills in.
        clocks: ids of legal clocks that it serves.
        tells: ids of audiences.
        basis: the law behind it.
        certain: whether that law is certain.
    """

    id: str
    does: Both
    detail: Both = NOTHING
    owner: str = "analyst"
    due: Due | None = None
    when: Condition = ()
    evidence: Both = NOTHING
    forms: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    basis: Both = NOTHING
    certain: bool = True

    def told(self) -> dict[str, Any]:
        """Give it as a document has it."""
        told: dict[str, Any] = {"id": self.id, **self.does.told(), "detail": _texts(self.detail), "owner": self.owner}
        told |= {"due": self.due.told() if self.due else None, "when": _condition(self.when)}
        told |= {"evidence": _texts(self.evidence), "forms": list(self.forms), "clocks": list(self.clocks)}
        told |= {"tells": list(self.tells), "basis": _texts(self.basis)}
        return _without_empty(told) | ({} if self.certain else {"certain": False})


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the work; its tasks wait until those of the phases in ``after`` are settled."""

    id: str
    questions: tuple[Question, ...] = ()
    tasks: tuple[Task, ...] = ()
    after: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Give it as a document has it."""
        questions, tasks = [one.told() for one in self.questions], [one.told() for one in self.tasks]
        return _without_empty({"id": self.id, "after": list(self.after), "questions": questions, "tasks": tasks})


@dataclass(frozen=True, slots=True)
class StartRule:
    """When a playbook is proposed (and, if ``automatic``, started): all that is asked must hold; None: not asked.

    ``tags`` hold where an alert has one of them or a sub-technique of it.
    """

    because: Both
    automatic: bool = False
    categories: frozenset[int] | None = None
    tags: frozenset[str] | None = None
    rules: frozenset[str] | None = None
    platforms: frozenset[str] | None = None
    criticality: frozenset[str] | None = None
    severity: Severity | None = None
    personal_data: bool | None = None
    sensitive_data: bool | None = None

    def told(self) -> dict[str, Any]:
        """Give it as a document has it."""
        told: dict[str, Any] = {"because": self.because.told(), "automatic": self.automatic}
        for name in ("categories", "tags", "rules", "platforms", "criticality"):
            asked = getattr(self, name)
            told |= {} if asked is None else {name: sorted(asked)}
        told |= {} if self.severity is None else {"severity": str(self.severity)}
        for name in ("personal_data", "sensitive_data"):
            told |= {} if getattr(self, name) is None else {name: getattr(self, name)}
        return told


@dataclass(frozen=True)
class Playbook:
    """How a kind of incident is answered; ``created`` and ``revised`` are days, ``2026-11-22``."""

    id: str
    version: str
    created: str
    revised: str
    title: Both
    purpose: Both
    starts: tuple[StartRule, ...]
    phases: tuple[Phase, ...]
    source: Both = field(default=NOTHING)

    @property
    def tasks(self) -> Iterator[Task]:
        """Every task, in order."""
        return (task for phase in self.phases for task in phase.tasks)

    @property
    def questions(self) -> Iterator[Question]:
        """Every question, in order."""
        return (question for phase in self.phases for question in phase.questions)

    def told(self) -> dict[str, Any]:
        """Give it as a document has it."""
        told: dict[str, Any] = {"id": self.id, "version": self.version, "created": self.created}
        told |= {"revised": self.revised, "title": self.title.told(), "purpose": self.purpose.told()}
        told |= {"source": _texts(self.source), "starts": [one.told() for one in self.starts]}
        return _without_empty(told | {"phases": [one.told() for one in self.phases]})

    @cached_property
    def body(self) -> str:
        """The definition as one JSON text that is the same wherever it is made: what a run keeps."""
        return json.dumps(self.told(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of ``body``."""
        return hashlib.sha256(self.body.encode()).hexdigest()


def _texts(both: Both) -> dict[str, str]:
    return {} if both == NOTHING else both.told()


def _condition(condition: Condition) -> list[dict[str, list[str]]]:
    return [{question: list(answers) for question, answers in term} for term in condition]


def _without_empty(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in (None, [], {})}
