"""Containment requests: the register as a table, the form for a new one, and what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, drafted, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.incidents import containing
from warroom.incidents.containing import LINE_LIMIT, REASON_LIMIT, Measure, Outcome, Request, Standing, standing
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.containments import Containment
    from warroom.store.views import IncidentView

PLACE: Final = "contain"
_COLUMNS: Final = ("state", "incident", "measure", "target", "of", "asked", "due", "ends", "who", "answer")
_NARROW: Final = ("state", "measure", "target", "of", "due", "answer")
_CHOSEN: Final = "contain_chosen"
_OUTCOME: Final = "contain_outcome"
#: What can still become of a request.
_OPEN: Final = {
    "asked": (Outcome.DONE, Outcome.REFUSED),
    "refused": (Outcome.DONE,),
    "done": (Outcome.UNDONE,),
}


def show_requests(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panel on an incident."""
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if case is None:
        return
    words = room.words
    with panels.panel("requests", words("contain.panel"), words("contain.told")):
        doing.say(PLACE, live=True)
        if case.containments:
            show_table(room, case.containments, tick.now_us, with_incident=False)
        else:
            panels.empty(words("contain.empty"), words("contain.empty_do"))
    if room.person.actor.can(Permission.REQUEST_CONTAINMENT, view.incident.platform_id):
        left, right = st.columns([1.5, 1], gap="small")
        with left:
            show_new(room, view.incident.id)
        with right:
            show_outcome(room, case.containments)


def show_table(room: Room, rows: Sequence[Containment], now: int, *, with_incident: bool) -> None:
    """Show requests as a table."""
    columns = _COLUMNS if with_incident else _NARROW
    head = [tag("th", room.words(f"contain.{name}"), cls=name) for name in columns]
    body = [tag("tr", *(_cell(room, one, name, now) for name in columns)) for one in rows]
    table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table requests")
    show(tag("div", table, cls="wr-scroll"))


def _cell(room: Room, one: Containment, name: str, now: int) -> Markup:
    words, language = room.words, room.words.language
    if name == "state":
        found = standing(one, now)
        told = f"{date_time(one.state_at, language)} {one.state_by}"
        return tag("td", tag("span", words(f"standing.{found}"), cls=f"wr-chip standing {found}"), title=told)
    if name == "incident":
        return tag("td", tag("a", f"#{one.incident_id}", href=f"/?incident={one.incident_id}", target="_self"))
    texts = {
        "measure": words.either(f"measure.{one.measure}", one.measure),
        "target": masked(one.target),
        "of": masked(one.asked_of),
        "asked": date_time(one.asked_at, language),
        "due": "—" if one.due_at is None else date_time(one.due_at, language),
        "ends": "—" if one.ends_at is None else date_time(one.ends_at, language),
        "who": one.asked_by,
        "answer": masked(one.answer or one.reason),
    }
    mono = "mono" if name == "target" else ""
    return tag("td", texts[name], cls=mono, title=texts[name])


def show_new(room: Room, incident_id: int) -> None:
    """Show the form for a request of an incident."""
    words = room.words
    measures = tuple((one.value, words(f"measure.{one}")) for one in Measure)
    form = Form(
        f"incident/{incident_id}/containment",
        f"contain_form_{incident_id}",
        (
            Input("measure", words("contain.measure_pick"), "choice", options=measures, needed=True),
            Input("target", words("contain.target"), hint=words("contain.target_hint"), limit=LINE_LIMIT, needed=True),
            Input("asked_of", words("contain.of"), hint=words("contain.of_hint"), limit=LINE_LIMIT, needed=True),
            Input("asked_at", words("contain.asked_when"), "moment"),
            Input("due_at", words("contain.due_when"), "moment", past=False),
            Input("ends_at", words("contain.ends_when"), "moment", past=False),
            Input("reason", words("contain.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    with panels.panel("request_new", words("contain.new"), f"#{incident_id}"):
        drafted.show_form(room, form)
        st.button(
            words("contain.do"),
            key="contain_do",
            type="primary",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _ask(room, me, incident_id, form), "contain.done_told"),
            width="stretch",
        )


def _ask(room: Room, me: Actor, incident_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    missing = [one.label for one in form.inputs if one.needed and not told[one.name].strip()]
    if missing:
        raise UsageError(room.words("intake.missing", fields=", ".join(missing)))
    if told["measure"] not in set(Measure):
        raise UsageError(room.words("intake.missing", fields=room.words("contain.measure_pick")))
    asked_at = drafted.moment(told["asked_at"])
    request = Request(
        measure=Measure(told["measure"]),
        target=told["target"],
        asked_of=told["asked_of"],
        reason=told["reason"],
        asked_at=now_us() if asked_at is None else asked_at,
        due_at=drafted.moment(told["due_at"]),
        ends_at=drafted.moment(told["ends_at"]),
    )
    containing.ask(room.state, incident_id, me, request)
    drafted.sent(room, form)


def show_outcome(room: Room, rows: Sequence[Containment]) -> None:
    """Show the form for what became of a request."""
    words = room.words
    names = {
        one.id: visible(
            f"#{one.incident_id} · {words.either(f'measure.{one.measure}', one.measure)} · {masked(one.target)}"
        )
        for one in rows
        if one.state in _OPEN
    }
    states = {one.id: one.state for one in rows}
    with panels.panel("request_outcome", words("contain.outcome_title")):
        if not names:
            panels.empty(words("contain.nothing_open"), words("contain.told"))
            return
        if st.session_state.get(_CHOSEN) not in names:
            st.session_state[_CHOSEN] = next(iter(names))
        number = st.selectbox(
            words("contain.request"), list(names), key=_CHOSEN, format_func=lambda one: names.get(one, str(one))
        )
        st.segmented_control(
            words("contain.outcome"),
            list(_OPEN[states[number]]),
            key=f"{_OUTCOME}_{number}_{states[number]}",
            format_func=lambda one: words(f"outcome.{one}"),
        )
        form = Form(
            f"containment/{number}/answer",
            f"answer_form_{number}",
            (
                Input("when", words("contain.outcome_when"), "moment", wide=True),
                Input("text", words("contain.outcome_text"), "text", limit=REASON_LIMIT),
            ),
        )
        drafted.show_form(room, form)
        key = f"{_OUTCOME}_{number}_{states[number]}"
        st.button(
            words("contain.outcome_do"),
            key="contain_answer",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _answer(room, me, number, key, form), "contain.done_told"),
            width="stretch",
        )


def _answer(room: Room, me: Actor, number: int, key: str, form: Form) -> None:
    outcome = st.session_state.get(key)
    if outcome not in set(Outcome):
        raise UsageError(room.words("contain.pick"))
    told = drafted.values(room, form)
    containing.answer(room.state, number, me, Outcome(outcome), told["text"], occurred_at=drafted.moment(told["when"]))
    drafted.sent(room, form)


def late(rows: Sequence[Containment], now: int) -> int:
    """Count the requests that are overdue."""
    return sum(standing(one, now) is Standing.OVERDUE for one in rows)
