"""The task or question at hand: what it asks for, what it leads to, and the ways to settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.forms import load_forms
from warroom.catalog.legal import load_clocks
from warroom.catalog.playbook_words import load_playbook_words
from warroom.console import doing, drafted, masking, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.log_words import actor_name
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.playbook_tasks import answer_text, condition_text, due_text, name_of, opened_by, text_of
from warroom.console.times import date_time
from warroom.respond import playing
from warroom.respond.progress import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.catalog.playbook_parts import Playbook, Question
    from warroom.console.room import Room, Tick
    from warroom.respond.progress import Progress, QuestionState, TaskState
    from warroom.store.playbook_runs import Noted, Run
    from warroom.store.views import IncidentView

PLACE: Final = "playbook"
_EVIDENCE: Final = "playbook_evidence"


def show_item(
    room: Room, tick: Tick, view: IncidentView, run: Run, playbook: Playbook, now: Progress, item: str
) -> None:
    """Show the panel of one task or question of a run that goes on."""
    task, question = now.task(item), now.question(item)
    if task is not None:
        _task(room, tick, view, run, playbook, task)
    elif question is not None:
        _question(room, view, run, playbook, question)
    else:
        with panels.panel("playbook_item", room.words("playbook.item")):
            panels.empty(room.words("playbook.all_done"), room.words("playbook.all_done_do"))


def _task(room: Room, tick: Tick, view: IncidentView, run: Run, playbook: Playbook, state: TaskState) -> None:
    words, task = room.words, state.task
    with panels.panel("playbook_item", words("playbook.task"), _standing(room, state.standing)):
        doing.say(PLACE, live=True)
        show(tag("p", text_of(words, task.does), cls="wr-ask"))
        if task.detail.en:
            show(tag("p", text_of(words, task.detail), cls="wr-told"))
        show(tag("dl", *_facts(room, view, playbook, state, tick.now_us), cls="wr-facts tight"))
        _settled(room, view, state.entry)
        needed = Permission.DECIDE_BREACH if task.owner == "dpo" else Permission.ACT_ON_INCIDENTS
        if view.incident.status == "closed":
            show(tag("p", words("playbook.closed"), cls="wr-hint"))
        elif run.ended_at is not None:
            show(tag("p", words("playbook.over"), cls="wr-hint"))
        elif not room.person.actor.can(needed, view.incident.platform_id):
            show(
                tag(
                    "p", words("playbook.not_yours", role=words.either(f"role.{task.owner}", task.owner)), cls="wr-hint"
                )
            )
        else:
            _task_form(room, tick, view, run, state)


def _task_form(room: Room, tick: Tick, view: IncidentView, run: Run, state: TaskState) -> None:
    words, item = room.words, state.task.id
    settled = state.entry is not None
    form = _note_form(room, view, run, item, "playbook.why" if settled else "playbook.note")
    drafted.show_form(room, form)
    if settled:
        _button(room, "playbook.reopen", lambda me, told: playing.reopen(room.state, run.id, me, item, told), form, run)
        return
    if state.standing is Standing.NOT_NEEDED:
        return
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    fit = masking.shown(room, view.incident)
    names = {one.id: visible(f"{one.id} · {fit(one.name)}") for one in (case.files if case else ())}
    key = f"{_EVIDENCE}_{run.id}_{item}"
    if names:
        st.selectbox(
            words("playbook.file"),
            list(names),
            index=None,
            key=key,
            placeholder=words("playbook.no_file"),
            format_func=lambda one: names.get(one, str(one)),
        )

    def finish(me: Actor, told: str) -> None:
        chosen = st.session_state.get(key)
        playing.finish(room.state, run.id, me, item, told, chosen if chosen in names else None)

    with st.container(horizontal=True, gap="small"):
        blocked = state.standing is Standing.BLOCKED
        _button(room, "playbook.done", finish, form, run, primary=True, shortcut="d", disabled=blocked)
        _button(room, "playbook.skip", lambda me, told: playing.skip(room.state, run.id, me, item, told), form, run)
    if blocked:
        show(tag("p", words("playbook.blocked"), cls="wr-hint"))


def _question(room: Room, view: IncidentView, run: Run, playbook: Playbook, state: QuestionState) -> None:
    words, question = room.words, state.question
    with panels.panel("playbook_item", words("playbook.question"), _standing(room, state.standing)):
        doing.say(PLACE, live=True)
        show(tag("p", text_of(words, question.asks), cls="wr-ask"))
        if question.detail.en:
            show(tag("p", text_of(words, question.detail), cls="wr-told"))
        if question.when:
            show(
                tag(
                    "p",
                    words("playbook.because", condition=condition_text(words, playbook, question.when)),
                    cls="wr-hint",
                )
            )
        show(
            tag(
                "ul",
                *(_branch(room, playbook, question, one, state.answer) for one in question.answers),
                cls="wr-branches",
            )
        )
        _settled(room, view, state.entry)
        if view.incident.status == "closed" or run.ended_at is not None:
            show(tag("p", words("playbook.over"), cls="wr-hint"))
            return
        if state.standing is Standing.WAITING:
            show(tag("p", words("playbook.not_asked"), cls="wr-hint"))
            return
        if not room.person.actor.can(Permission(question.by), view.incident.platform_id):
            show(
                tag(
                    "p",
                    words("playbook.not_yours", role=words.either(f"permission.{question.by}", question.by)),
                    cls="wr-hint",
                )
            )
            return
        if state.standing is Standing.NOT_NEEDED:
            return
        form = _note_form(room, view, run, question.id, "playbook.note" if state.answer is None else "playbook.why")
        drafted.show_form(room, form)
        with st.container(horizontal=True, gap="small"):
            for number, answer in enumerate(question.answers, 1):
                if answer != state.answer:
                    _answer_button(room, run, question, answer, form, shortcut=str(number) if number <= 9 else None)  # noqa: PLR2004 - keys of one digit
            if state.answer is not None:
                back = lambda me, told: playing.reopen(room.state, run.id, me, question.id, told)  # noqa: E731
                _button(room, "playbook.take_back", back, form, run)


def _answer_button(room: Room, run: Run, question: Question, answer: str, form: Form, *, shortcut: str | None) -> None:
    def told(me: Actor, note: str) -> None:
        playing.answer(room.state, run.id, me, question.id, answer, note)

    st.button(
        answer_text(room.words, question, answer),
        key=f"playbook_answer_{question.id}_{answer}",
        on_click=_act,
        args=(room, told, form, run),
        shortcut=shortcut,
        width="stretch",
    )


def _branch(room: Room, playbook: Playbook, question: Question, answer: str, given: str | None) -> Markup:
    """Say what an answer opens."""
    words = room.words
    opens = opened_by(playbook, question.id, answer)
    told = [tag("span", f"{answer_text(words, question, answer)}", cls="answer")]
    if opens:
        told.append(tag("ul", *(tag("li", text_of(words, one)) for one in opens)))
    else:
        told.append(tag("em", words("playbook.opens_nothing")))
    return tag("li", *told, cls="given" if answer == given else "")


def _facts(room: Room, view: IncidentView, playbook: Playbook, state: TaskState, at: int) -> list[Markup]:
    words, task = room.words, state.task
    number = view.incident.id
    pairs: list[tuple[str, str | Markup]] = [("owner", words.either(f"role.{task.owner}", task.owner))]
    if task.due is not None:
        told, light = due_text(words, state, at)
        when = words("playbook.due_unknown") if state.due_at is None else date_time(state.due_at, words.language)
        left = [tag("em", told, cls=light)] if state.entry is None and told else []
        pairs.append(("due", tag("span", when, *left, tag("small", words("playbook.internal")))))
    if task.when:
        pairs.append(("when", condition_text(words, playbook, task.when)))
    if task.evidence.en:
        pairs.append(("wants", text_of(words, task.evidence)))
    if task.tells:
        audiences = load_playbook_words().audiences
        pairs.append(("tells", ", ".join(name_of(words, audiences.get(one), one) for one in task.tells)))
    if task.forms:
        names = [(f"documents&form={one}", name_of(words, load_forms().get(one), one)) for one in task.forms]
        pairs.append(("forms", _links(number, names)))
    if task.clocks:
        names = [("law", name_of(words, load_clocks().get(one), one)) for one in task.clocks]
        pairs.append(("clocks", _links(number, names)))
    if task.basis.en:
        mark = [] if task.certain else [tag("em", words("playbook.uncertain"), cls="amber")]
        pairs.append(("basis", tag("span", text_of(words, task.basis), *mark)))
    return [tag("div", tag("dt", words(f"playbook.{name}")), tag("dd", value)) for name, value in pairs]


def _links(incident_id: int, names: list[tuple[str, str]]) -> Markup:
    """Give links to other parts of the incident."""
    links = [tag("a", name, href=f"/?incident={incident_id}&part={part}", target="_self") for part, name in names]
    return tag("span", *links, cls="links")


def _settled(room: Room, view: IncidentView, entry: Noted | None) -> None:
    if entry is None:
        return
    words, fit = room.words, masking.shown(room, view.incident)
    told = words(
        f"playbook.was_{entry.kind}",
        name=actor_name(visible(entry.actor), words),
        at=date_time(entry.at, words.language),
    )
    file = [tag("span", words("playbook.with_file", number=entry.evidence_id))] if entry.evidence_id else []
    note = [tag("p", fit(entry.note))] if entry.note else []
    show(tag("div", tag("b", told), *file, *note, cls="wr-settled"))


def _standing(room: Room, standing: Standing) -> Markup:
    return tag("span", room.words(f"standing_of.{standing}"), cls=f"wr-mark of {standing}")


def _note_form(room: Room, view: IncidentView, run: Run, item: str, label: str) -> Form:
    return Form(
        f"incident/{view.incident.id}/playbook/{run.id}/{item}",
        f"playbook_form_{run.id}_{item}",
        (Input("note", room.words(label), "text", limit=playing.TEXT_LIMIT, wide=True),),
    )


def _button(
    room: Room,
    key: str,
    action: Callable[[Actor, str], None],
    form: Form,
    run: Run,
    *,
    primary: bool = False,
    shortcut: str | None = None,
    disabled: bool = False,
) -> None:
    st.button(
        room.words(key),
        key=key.replace(".", "_"),
        type="primary" if primary else "secondary",
        on_click=_act,
        args=(room, action, form, run),
        shortcut=shortcut,
        disabled=disabled,
        width="stretch",
    )


def _act(room: Room, action: Callable[[Actor, str], None], form: Form, run: Run) -> None:
    """Settle the item with the note as typed; the next one comes to hand."""

    def settle(me: Actor) -> None:
        action(me, drafted.values(room, form)["note"])

    if doing.attempt(room, PLACE, settle, "playbook.noted"):
        drafted.sent(room, form)
        st.session_state.pop(chosen_key(run), None)


def chosen_key(run: Run) -> str:
    """Name where the session keeps which item of a run is looked at."""
    return f"playbook_chosen_{run.id}"
