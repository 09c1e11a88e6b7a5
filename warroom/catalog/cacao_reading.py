"""A CACAO 2.0 playbook that others wrote becomes phases, tasks and questions, or is refused with the reason.

Steps become tasks for people: a command for a machine is kept as text and never run. An if, a switch and a step that
may fail become questions; whatever comes after them on one branch depends on the answer. A step joins the phase that
its activity names, else the one of the step before it. Loops are refused: a checklist has none.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from warroom.catalog.playbook_parts import YES_NO, Playbook
from warroom.catalog.playbook_words import load_playbook_words
from warroom.catalog.playbooks import checked_playbook
from warroom.errors import ContentError, Fault

_STEPS: Final = 200
_CASES: Final = 18
#: So many different ways may lead to a step: more cannot be told as a condition that people read.
_WAYS: Final = 8
_NAME, _DETAIL = 300, 3_900
_FIRST_PHASE: Final = "investigation"
_HIDDEN: Final = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)

#: What must be answered how for a step to be reached: terms of (question, answers).
_Term: TypeAlias = frozenset[tuple[str, frozenset[str]]]
_Ways: TypeAlias = frozenset[_Term]
_ALWAYS: Final[_Ways] = frozenset({frozenset()})


@dataclass(frozen=True, slots=True)
class _Edge:
    """A way from a step to the next: taken where a question is answered so; without one, always."""

    to: str
    question: str | None = None
    answers: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Found:
    """What was made of the steps so far."""

    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # phase, kind, item


def foreign_playbook(told: dict[str, Any], source: Path) -> Playbook:
    """Make a playbook of a CACAO 2.0 document.

    Raises:
        ContentError: it has a loop, too many steps or ways, steps that are missing, or no step that people can do.
    """
    return _Reading(told, source).playbook()


class _Reading:
    """Reads one document."""

    def __init__(self, told: dict[str, Any], source: Path) -> None:
        self._told, self._source = told, source
        self._found = _Found()
        self._activities = load_playbook_words().cacao_activities
        steps = told.get("workflow")
        if not isinstance(steps, dict) or not all(isinstance(one, dict) for one in steps.values()):
            raise self._refused("`workflow` holds no steps")
        if len(steps) > _STEPS * 3:
            raise self._refused(f"more than {_STEPS * 3} steps: split the playbook")
        self._steps: dict[str, dict[str, Any]] = steps

    def playbook(self) -> Playbook:
        """Give the playbook."""
        order, edges = self._ordered()
        self._walk(order, edges)
        name, made = self._text("name", "imported", _NAME)[:190], self._found
        modified = str(self._told.get("modified", ""))[:10]
        created = str(self._told.get("created", ""))[:10]
        phases = []
        for phase in load_playbook_words().phases:
            own = [(kind, item) for place, kind, item in made.items if place == phase]
            if own:
                parts = {kind: [item for other, item in own if other == kind] for kind in ("questions", "tasks")}
                phases.append({"id": phase, **parts})
                if phase == "recovery" and any(one["id"] == "preservation" for one in phases):
                    phases[-1]["after"] = ["preservation"]
        day = re.compile(r"20\d\d-[01]\d-[0-3]\d")
        whole: dict[str, object] = {
            "id": "cacao_" + re.sub(r"[^a-z0-9]+", "_", str(self._told.get("id", "")).lower())[-36:].strip("_"),
            "version": modified if day.fullmatch(modified) else "1",
            "created": created if day.fullmatch(created) else "2026-01-01",
            "revised": modified if day.fullmatch(modified) else "2026-01-01",
            "title": _both(name),
            "purpose": _both(self._text("description", name, _DETAIL)),
            "source": _both(f"CACAO 2.0: {_clean(str(self._told.get('id', '')))[:200]}"),
            "phases": phases,
        }
        return checked_playbook(whole, self._source)

    def _ordered(self) -> tuple[list[str], dict[str, list[_Edge]]]:
        """Give the steps that can be reached, each after all that lead to it, and the ways between them."""
        start = self._told.get("workflow_start")
        if not isinstance(start, str) or start not in self._steps:
            raise self._refused("`workflow_start` names no step")
        edges: dict[str, list[_Edge]] = {}
        waiting = deque([start])
        while waiting:
            own = waiting.popleft()
            if own in edges:
                continue
            edges[own] = list(self._ways_on(own))
            waiting.extend(edge.to for edge in edges[own])
        missing = dict.fromkeys(edges, 0)
        for leading in edges.values():
            for edge in leading:
                missing[edge.to] += 1
        # the last found goes first: what runs side by side is told one branch after the other, then what follows
        ready, order = [start], []
        while ready:
            own = ready.pop()
            order.append(own)
            for edge in reversed(edges[own]):
                missing[edge.to] -= 1
                if missing[edge.to] == 0:
                    ready.append(edge.to)
        if len(order) < len(edges):
            raise self._refused("its steps go round in a circle: a checklist has no loops")
        return order, edges

    def _ways_on(self, own: str) -> Iterator[_Edge]:
        """Give the ways from a step; what must be asked to know which is noted as a question."""
        step = self._steps[own]
        kind = str(step.get("type"))  # a list or an object is no kind either
        if kind == "if-condition":
            question = self._ask(own, f"{step.get('condition', '')}?", YES_NO)
            for name, answer in (("on_true", "yes"), ("on_false", "no")):
                yield from self._edge(step.get(name), question, answer)
        elif kind == "switch-condition":
            yield from self._switched(own, step)
        elif kind == "parallel":
            for one in self._listed(step.get("next_steps")):
                yield from self._edge(one)
        elif kind not in {"start", "end", "action", "playbook-action"}:
            raise self._refused(f"a step of the kind {kind[:40]!r} cannot be told as a task")
        if step.get("on_failure") is not None:
            question = self._ask(f"{own} result", f"{self._name(step)}: OK?", YES_NO)
            yield from self._edge(step.get("on_success"), question, "yes")
            yield from self._edge(step.get("on_failure"), question, "no")
        else:
            yield from self._edge(step.get("on_success"))
        yield from self._edge(step.get("on_completion"))

    def _switched(self, own: str, step: dict[str, Any]) -> Iterator[_Edge]:
        cases = step.get("cases")
        if not isinstance(cases, dict) or not 1 <= len(cases) <= _CASES:
            raise self._refused(f"a switch has 1 to {_CASES} cases")
        # two names may come to the same word: the number keeps them apart
        words = {one: f"c{number}_{re.sub('[^a-z0-9]+', '_', one.lower())[:30]}" for number, one in enumerate(cases)}
        question = self._ask(own, f"{step.get('switch', '')}?", tuple(words.values()), tuple(cases))
        for one, to in cases.items():
            yield from self._edge(to, question, words[one])

    def _edge(self, to: object, question: str | None = None, answer: str = "") -> Iterator[_Edge]:
        if to is None:
            return
        if not isinstance(to, str) or to not in self._steps:
            raise self._refused(f"a step leads to {str(to)[:80]!r}, which is not there")
        yield _Edge(to, question, frozenset({answer} if question else ()))

    def _ask(self, own: str, text: str, answers: tuple[str, ...], names: tuple[str, ...] = ()) -> str:
        question = f"q{len(self._found.questions) + 1}"
        told: dict[str, Any] = {"id": question, **_both(_clean(text)[:_NAME] or "?"), "own": own}
        if names:
            pairs = [*zip(answers, names, strict=True), ("other", "-")]
            told["options"] = [{"id": word, **_both(_clean(name)[:_NAME] or word)} for word, name in pairs]
        self._found.questions[question] = told
        return question

    def _walk(self, order: list[str], edges: dict[str, list[_Edge]]) -> None:
        """Note a task or a question for each step, with the answers that lead to it."""
        ways: dict[str, _Ways] = {order[0]: _ALWAYS}
        phases = {order[0]: _FIRST_PHASE}
        asked = {str(told.pop("own")): told for told in self._found.questions.values()}
        for number, own in enumerate(order):
            phase = self._phase(self._steps[own]) or phases[own]
            if str(self._steps[own].get("type")) in {"action", "playbook-action"}:
                self._found.items.append((phase, "tasks", self._task(number, self._steps[own]) | _when(ways[own])))
            for name in (own, f"{own} result"):
                if name in asked:
                    self._found.items.append((phase, "questions", asked[name] | _when(ways[own])))
            for edge in edges[own]:
                further = ways[own] if edge.question is None else _also(ways[own], edge.question, edge.answers)
                ways[edge.to] = self._either(ways.get(edge.to, frozenset()) | further)
                phases.setdefault(edge.to, phase)

    def _either(self, ways: _Ways) -> _Ways:
        """Put ways together that differ in one answer; refuse what stays too many."""
        merged = _merged(ways, {name: _answers(told) for name, told in self._found.questions.items()})
        if len(merged) > _WAYS:
            raise self._refused("too many ways lead to one step: split the playbook")
        return merged

    def _task(self, number: int, step: dict[str, Any]) -> dict[str, Any]:
        parts = [_clean(str(step.get("description", "")))]
        for command in self._listed(step.get("commands")):
            told = command if isinstance(command, dict) else {}
            text = _clean(str(told.get("command") or told.get("content") or told.get("description") or ""))
            kind = _clean(str(told.get("type", "")))[:40]
            parts.append(text if kind == "manual" else f"[{kind}] {text}")
        detail = "\n".join(part for part in parts if part)
        if len(detail) > _DETAIL:
            raise self._refused(f"a step's commands are longer than {_DETAIL} characters")
        return {"id": f"step_{number}", **_both(self._name(step))} | ({"detail": _both(detail)} if detail else {})

    def _phase(self, step: dict[str, Any]) -> str | None:
        for command in self._listed(step.get("commands")):
            activity = command.get("playbook_activity") if isinstance(command, dict) else None
            if isinstance(activity, str) and activity in self._activities:
                return self._activities[activity]
        return None

    def _name(self, step: dict[str, Any]) -> str:
        return _clean(str(step.get("name") or step.get("description") or step.get("type")))[:_NAME] or "-"

    def _text(self, name: str, default: str, most: int) -> str:
        text = _clean(str(self._told.get(name) or default)) or default
        if len(text) > most:
            raise self._refused(f"`{name}` is longer than {most} characters")
        return text

    def _listed(self, found: object) -> list[Any]:
        if found is None:
            return []
        if not isinstance(found, list) or len(found) > _STEPS:
            raise self._refused(f"a list of at most {_STEPS} entries is expected in a step")
        return found

    def _refused(self, reason: str) -> ContentError:
        return ContentError(Fault(str(self._source), 0, reason))


def _answers(told: dict[str, Any]) -> frozenset[str]:
    return frozenset(one["id"] for one in told["options"]) if "options" in told else frozenset(YES_NO)


def _also(ways: _Ways, question: str, answers: frozenset[str]) -> _Ways:
    return frozenset(way | {(question, answers)} for way in ways)


def _merged(ways: _Ways, known: dict[str, frozenset[str]]) -> _Ways:
    """Put two ways together that differ in the answer to one question, until none do; all answers need no asking."""
    found = list(ways)
    changed = True
    while changed:
        changed = False
        for one in found:
            for other in found:
                apart = one ^ other
                names = {question for question, _ in apart}
                if one is not other and len(names) == 1 and len(apart) == 2:  # noqa: PLR2004 - one answer of each
                    (name,) = names
                    both = frozenset[str]().union(*(answers for _, answers in apart))
                    joined = (one & other) | (frozenset() if both == known[name] else {(name, both)})
                    found = [way for way in found if way not in (one, other)] + [joined]
                    changed = True
                    break
            if changed:
                break
    # who is always reached is reached by every other way, too
    return frozenset(way for way in found if not any(other < way for other in found))


def _when(ways: _Ways) -> dict[str, Any]:
    if frozenset() in ways:
        return {}
    terms = sorted(sorted((name, sorted(answers)) for name, answers in way) for way in ways)
    return {"when": [dict(term) for term in terms]}


def _both(text: str) -> dict[str, str]:
    """A text in the one language that CACAO has."""
    return {"th": text, "en": text}


def _clean(text: str) -> str:
    """Give a text without what cannot be seen or stored."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n")).strip()
