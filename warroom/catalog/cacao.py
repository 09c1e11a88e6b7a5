"""A playbook as a CACAO 2.0 document, and back.

What CACAO has no words for (two languages, internal targets, forms, clocks, who may answer) goes along whole in an
extension of our own. Coming back, the extension counts only where the rest of the document is still what we make of
it: a playbook that somebody changed elsewhere is read like any foreign one (``cacao_reading``).

Source: OASIS, CACAO Security Playbooks 2.0; its JSON schemas are what tests check exports against.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from warroom.catalog.cacao_reading import foreign_playbook
from warroom.catalog.playbook_parts import Both, Condition, Phase, Playbook, Question, Task
from warroom.catalog.playbook_words import load_playbook_words
from warroom.catalog.playbooks import checked_playbook
from warroom.errors import ContentError, Fault

#: A document is at most so long; the longest of ours has a tenth of it.
MAX_BYTES: Final = 1 << 20
_DEEPEST: Final = 40
#: The namespace that the specification gives to playbooks' identifiers (section 10.10).
_NAMESPACE: Final = UUID("aa7caf3a-d55a-4e9a-b34e-056215fba56a")
_TYPES: Final = ("mitigation", "remediation")
_OURS: Final = "docs/playbooks.md"


def to_cacao(playbook: Playbook) -> dict[str, Any]:
    """Give a playbook as a CACAO 2.0 document; the same one for the same playbook."""
    return _Writing(playbook).document()


def from_cacao(data: bytes, source: Path) -> Playbook:
    """Read a CACAO 2.0 document; ``source`` names it in faults.

    Raises:
        ContentError: it is too long or too deep, no CACAO 2.0 playbook, or one that tasks and questions cannot say.
    """
    told = _parsed(data, source)
    if (told.get("type"), told.get("spec_version")) != ("playbook", "cacao-2.0"):
        raise ContentError(Fault(str(source), 0, "is no CACAO 2.0 playbook: type and spec_version say otherwise"))
    own = told.get("playbook_extensions")
    definition = own.get(EXTENSION) if isinstance(own, dict) else None
    if isinstance(definition, dict) and isinstance(definition.get("definition"), dict):
        playbook = checked_playbook(definition["definition"], source)
        if to_cacao(playbook) == told:
            return playbook
    return foreign_playbook(told, source)


def _parsed(data: bytes, source: Path) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ContentError(Fault(str(source), 0, f"longer than {MAX_BYTES >> 20} MiB"))
    depth = deepest = 0
    for byte in data:  # brackets in texts count too: no playbook has forty of them open
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise ContentError(Fault(str(source), 0, f"nested deeper than {_DEEPEST} levels"))
    try:
        told = json.loads(data)
    except ValueError as problem:
        raise ContentError(Fault(str(source), 0, f"is no JSON: {problem}")) from problem
    if not isinstance(told, dict):
        raise ContentError(Fault(str(source), 0, "is no CACAO 2.0 playbook: a JSON object is expected"))
    return told


def _uuid(kind: str, *parts: str) -> str:
    """Give an identifier that is the same for the same parts: random to whoever does not know them, as v4 asks."""
    digest = hashlib.sha256(json.dumps([kind, *parts]).encode()).digest()
    return f"{kind}--{UUID(bytes=digest[:16], version=4)}"


EXTENSION: Final = _uuid("extension-definition", "warroom playbook 1")
_MAKER: Final = _uuid("identity", "warroom")


class _Writing:
    """Writes one playbook."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._steps: dict[str, Any] = {}
        self._activities: list[str] = []
        words = load_playbook_words()
        self._titles = {one.id: one.en for one in words.phases.values()}
        self._activity_of = {phase: activity for activity, phase in reversed(words.cacao_activities.items())}

    def document(self) -> dict[str, Any]:
        own = self._playbook
        name = own.title.en
        known = json.dumps({"name": name, "playbook_types": _TYPES}, separators=(",", ":"), sort_keys=True)
        start, end = self._id("start", "start"), self._id("end", "end")
        following = end
        for phase in reversed(own.phases):
            following = self._phase(phase, following)
        self._steps[start] = {"type": "start", "name": "start", "on_completion": following}
        self._steps[end] = {"type": "end", "name": "end"}
        owners = sorted({task.owner for task in own.tasks} | {_answerer(one) for one in own.questions})
        return {
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": f"playbook--{uuid5(_NAMESPACE, known)}",
            "name": name,
            "description": _joined(own.purpose),
            "playbook_types": list(_TYPES),
            "playbook_activities": sorted(set(self._activities)),
            "playbook_processing_summary": {
                "manual_playbook": True,
                "parallel_processing": any(one["type"] == "parallel" for one in self._steps.values()),
                "if_logic": any(one["type"] == "if-condition" for one in self._steps.values()),
                "extensions": True,
            },
            "created_by": _MAKER,
            "created": f"{own.created}T00:00:00.000Z",
            "modified": f"{own.revised}T00:00:00.000Z",
            "labels": [own.id, own.version],
            "playbook_variables": {
                f"__{one.id}__": {"type": "string", "description": _joined(one.asks)} for one in own.questions
            },
            "workflow_start": start,
            "workflow": self._steps,
            "playbook_extensions": {EXTENSION: {"definition": own.told()}},
            "agent_definitions": {self._agent(one): {"type": "group", "name": one} for one in owners},
            "extension_definitions": {
                EXTENSION: {
                    "type": "extension-definition",
                    "name": "warroom playbook",
                    "created_by": _MAKER,
                    "schema": _OURS,
                    "version": "1.0.0",
                }
            },
        }

    def _phase(self, phase: Phase, following: str) -> str:
        """Write a phase's steps before what follows; the first of them.

        Questions are answered one after the other, then the tasks are done side by side; those that depend on the
        same answers share a branch.
        """
        branches: dict[Condition, list[Task]] = {}
        for task in phase.tasks:
            branches.setdefault(task.when, []).append(task)
        starts: list[str] = []
        for number, (when, tasks) in enumerate(branches.items()):
            own = (phase.id, "branch", str(number))
            if when:
                inner = [self._task(task, self._end(*own, task.id)) for task in tasks]
                first = self._beside(inner, self._end(*own, "in"), *own)
                starts.append(self._if(when, first, self._end(*own), *own))
            else:
                starts += [self._task(task, self._end(*own, task.id)) for task in tasks]
        first = self._beside(starts, following, phase.id) if starts else following
        for question in reversed(phase.questions):
            if question.when:
                asked = self._question(question, self._end(question.id, "in"))
                first = self._if(question.when, asked, first, question.id)
            else:
                first = self._question(question, first)
        return first

    def _beside(self, starts: list[str], following: str, *name: str) -> str:
        if len(starts) == 1:  # its own end is not needed: it goes on by itself
            step = self._steps[starts[0]]
            unneeded = step["on_completion"]
            if self._steps.get(unneeded, {}).get("type") == "end":
                del self._steps[unneeded]
            step["on_completion"] = following
            return starts[0]
        own = self._id("parallel", *name)
        title = self._titles.get(name[0], name[0])
        self._steps[own] = {"type": "parallel", "name": title, "next_steps": starts, "on_completion": following}
        return own

    def _if(self, when: Condition, then: str, following: str, *name: str) -> str:
        own = self._id("if-condition", *name)
        condition = _condition(when)
        self._steps[own] = {"type": "if-condition", "condition": condition, "on_true": then, "on_completion": following}
        return own

    def _task(self, task: Task, following: str) -> str:
        phase = next(one.id for one in self._playbook.phases if task in one.tasks)
        activity = self._activity_of.get(phase, "step-sequence")
        told = "\n".join(part for part in (_joined(task.does), _joined(task.detail)) if part)
        return self._action(task.id, task.does, told, activity, task.owner, following)

    def _question(self, question: Question, following: str) -> str:
        answers = ", ".join(question.answers)
        told = f"{_joined(question.asks)}\n{_joined(question.detail)}\n__{question.id}__ = {answers}"
        own = self._action(question.id, question.asks, told, "identify-steps", _answerer(question), following)
        self._steps[own]["out_args"] = [f"__{question.id}__"]
        return own

    def _action(self, item: str, name: Both, told: str, activity: str, owner: str, following: str) -> str:
        own = self._id("action", item)
        self._activities.append(activity)
        command = {"type": "manual", "command": told, "playbook_activity": activity}
        step = {"type": "action", "name": name.en, "commands": [command], "agent": self._agent(owner)}
        self._steps[own] = step | {"on_completion": following}
        return own

    def _end(self, *name: str) -> str:
        own = self._id("end", *name)
        self._steps[own] = {"type": "end"}
        return own

    def _agent(self, role: str) -> str:
        return _uuid("group", "role", role)

    def _id(self, kind: str, *name: str) -> str:
        return _uuid(kind, self._playbook.id, *name)


def _answerer(question: Question) -> str:
    return {"decide_breach": "dpo", "send_reports": "liaison"}.get(question.by, "analyst")


def _joined(both: Both) -> str:
    return both.en if both.en == both.th else f"{both.th}\n{both.en}"


def _condition(condition: Condition) -> str:
    terms = [" AND ".join(_asked(*pair) for pair in term) for term in condition]
    return terms[0] if len(terms) == 1 else " OR ".join(f"({term})" for term in terms)


def _asked(question: str, answers: tuple[str, ...]) -> str:
    if len(answers) == 1:
        return f"__{question}__:value = '{answers[0]}'"
    listed = ", ".join(f"'{one}'" for one in answers)
    return f"__{question}__:value IN ({listed})"
