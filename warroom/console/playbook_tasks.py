"""The checklist of a running playbook: its phases as steps, tasks and questions with what decides about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import streamlit as st

from warroom.catalog.forms import load_forms
from warroom.catalog.playbook_words import load_playbook_words
from warroom.console import components
from warroom.console.log_words import actor_name
from warroom.console.markup import visible
from warroom.console.times import age, clock, date_time
from warroom.respond.progress import Standing

if TYPE_CHECKING:
    from warroom.catalog.playbook_parts import Both, Condition, Playbook, Question
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.respond.progress import PhaseState, Progress, QuestionState, TaskState

_ASSETS: Final = Path(__file__).parent / "assets"
_SECOND: Final = 1_000_000
_DAY: Final = 86_400
#: Shares of a target's time that are left at which its light changes.
_AMBER, _RED = 0.5, 0.2
_MARKS: Final = {
    Standing.OPEN: "○",
    Standing.WAITING: "…",
    Standing.BLOCKED: "·",
    Standing.DONE: "✓",
    Standing.SKIPPED: "↷",
    Standing.NOT_NEEDED: "×",
}


class _Named(Protocol):
    """What has a name in both languages."""

    @property
    def th(self) -> str: ...

    @property
    def en(self) -> str: ...


_checklist: Final = st.components.v2.component(
    "warroom_checklist",
    html='<div class="stage"></div>',
    css=(_ASSETS / "checklist.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "choosing.js").read_text(encoding="utf-8") + (_ASSETS / "checklist.js").read_text(encoding="utf-8"),
)


def show_tasks(room: Room, key: str, playbook: Playbook, now: Progress, at: int, chosen: str) -> str:
    """Show the checklist.

    Args:
        room: the screen's.
        key: tells the checklists of one page apart.
        playbook: the definition.
        now: how far it is.
        at: our clock, in microseconds.
        chosen: the item that is looked at.

    Returns: the item that was opened just now; empty where none was.
    """
    words = room.words
    ahead = first_of(now)
    data = {
        "label": words("playbook.tasks"),
        "height": "max(260px, calc(100vh - 330px - var(--band, 0px)))",
        "chosen": chosen,
        "phases": [_phase(words, one, number, now, playbook, at, ahead) for number, one in enumerate(now.phases, 1)],
    }
    opened = _checklist(key=key, data=data, on_open_change=components.noted).open
    known = {one.id for one in playbook.tasks} | {one.id for one in playbook.questions}
    return opened if isinstance(opened, str) and opened in known else ""


def first_of(now: Progress) -> str:
    """Give the item at hand: a question of the phase that is on, then the task that is due first; empty: nothing."""
    asked = [one.question.id for one in now.asked if one.phase == now.current]
    tasks = [one.task.id for one in now.next]
    return next(iter((*asked, *tasks, *(one.question.id for one in now.asked))), "")


def phase_name(words: Words, phase: str) -> str:
    """Give a phase's name."""
    found = load_playbook_words().phases.get(phase)
    if found is None:
        return visible(phase)
    return found.th if words.language == "th" else found.en


def text_of(words: Words, both: Both) -> str:
    """Give a text of a playbook in the person's language, nothing hidden in it."""
    return visible(both.th if words.language == "th" else both.en)


def answer_text(words: Words, question: Question, answer: str) -> str:
    """Give an answer in words."""
    named = next((one.name for one in question.options if one.id == answer), None)
    return words.either(f"playbook.{answer}", answer) if named is None else text_of(words, named)


def condition_text(words: Words, playbook: Playbook, condition: Condition) -> str:
    """Say on which answers something depends."""
    questions = {one.id: one for one in playbook.questions}

    def pair(asked: str, answers: tuple[str, ...]) -> str:
        question = questions.get(asked)
        if question is None:
            return visible(f"{asked} = {', '.join(answers)}")
        named = f" {words('playbook.or')} ".join(answer_text(words, question, one) for one in answers)
        return f"{text_of(words, question.asks)} → {named}"

    terms = [f" {words('playbook.and')} ".join(pair(*one) for one in term) for term in condition]
    return f" {words('playbook.or')} ".join(terms)


def opened_by(playbook: Playbook, question: str, answer: str) -> tuple[Both, ...]:
    """Give the questions and tasks that an answer opens, alone or with others."""
    items = [*((one.asks, one.when) for one in playbook.questions), *((one.does, one.when) for one in playbook.tasks)]
    return tuple(
        text
        for text, when in items
        if any(asked == question and answer in told for term in when for asked, told in term)
    )


def name_of(words: Words, named: _Named | None, otherwise: str) -> str:
    """Give a form's, clock's or audience's name in the person's language; its id where the reference lacks it."""
    if named is None:
        return visible(otherwise)
    return named.th if words.language == "th" else named.en


def due_text(words: Words, state: TaskState, at: int) -> tuple[str, str]:
    """Give when a task is due, in words, and its light."""
    entry, due = state.entry, state.due_at
    if entry is not None:
        told = f"{actor_name(visible(entry.actor), words)} {_moment(words, entry.at, at)}"
        return told, "late" if state.late else ""
    if due is None or state.standing is Standing.NOT_NEEDED or state.task.due is None:
        return "", ""
    left = (due - at) / _SECOND
    if left < 0:
        return words("playbook.late", time=age(-left, words.language)), "red"
    share = left / state.task.due.seconds if state.task.due.seconds else 0
    light = "green" if share > _AMBER else "amber" if share > _RED else "red"
    return words("playbook.left", time=age(left, words.language)), light


def _moment(words: Words, moment: int, at: int) -> str:
    """Give a clock for what was today, and the day with it for what was not."""
    return clock(moment)[:5] if at - moment < _DAY * _SECOND else date_time(moment, words.language)


def _phase(
    words: Words, phase: PhaseState, number: int, now: Progress, playbook: Playbook, at: int, ahead: str
) -> dict[str, Any]:
    state = "over" if phase.over else "current" if phase.id == now.current else ""
    definition = next(one for one in playbook.phases if one.id == phase.id)
    waits = [phase_name(words, one) for one in definition.after] if not phase.over else []
    return {
        "id": phase.id,
        "number": str(number),
        "title": phase_name(words, phase.id),
        "hint": words("playbook.after", phases=", ".join(waits)) if waits else "",
        "state": state,
        "count": f"{phase.settled}/{phase.total}",
        "percent": 100 * phase.settled // phase.total if phase.total else 100,
        "items": [
            *(_question(words, one, playbook, ahead) for one in phase.questions),
            *(_task(words, one, playbook, at, ahead) for one in phase.tasks),
        ],
    }


def _question(words: Words, state: QuestionState, playbook: Playbook, ahead: str) -> dict[str, Any]:
    question, entry = state.question, state.entry
    return {
        "id": question.id,
        "kind": "question",
        "state": str(state.standing),
        "mark": "?" if state.standing is Standing.OPEN else _MARKS[state.standing],
        "text": text_of(words, question.asks),
        "answer": "" if state.answer is None else answer_text(words, question, state.answer),
        "because": _because(words, playbook, question.when, state.standing),
        "tags": [],
        "by": words.either(f"permission.{question.by}", question.by) if question.by != "act_on_incidents" else "",
        "due": "" if entry is None else f"{actor_name(visible(entry.actor), words)} {clock(entry.at)[:5]}",
        "light": "",
        "next": question.id == ahead,
    }


def _task(words: Words, state: TaskState, playbook: Playbook, at: int, ahead: str) -> dict[str, Any]:
    task = state.task
    forms = load_forms()
    tags = [{"text": _short(words, forms, one), "look": "form"} for one in task.forms]
    tags += [{"text": one.replace("_", " "), "look": "clock"} for one in task.clocks]
    if task.evidence.en:
        tags.append({"text": words("playbook.evidence"), "look": "evidence"})
    due, light = due_text(words, state, at)
    return {
        "id": task.id,
        "kind": "task",
        "state": str(state.standing),
        "mark": _MARKS[state.standing],
        "text": text_of(words, task.does),
        "answer": "",
        "because": _because(words, playbook, task.when, state.standing),
        "tags": tags,
        "by": words.either(f"role.{task.owner}", task.owner),
        "due": due,
        "light": light,
        "next": task.id == ahead,
    }


def _because(words: Words, playbook: Playbook, when: Condition, standing: Standing) -> str:
    if not when or standing in {Standing.DONE, Standing.SKIPPED}:
        return ""
    told = condition_text(words, playbook, when)
    if standing is Standing.WAITING:
        return words("playbook.depends", condition=told)
    if standing is Standing.NOT_NEEDED:
        return words("playbook.not_taken", condition=told)
    return words("playbook.because", condition=told)


def _short(words: Words, forms: dict[str, Any], form: str) -> str:
    found = forms.get(form)
    if found is None:
        return form
    return str(found.short_th if words.language == "th" else found.short_en)
