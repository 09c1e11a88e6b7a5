"""The moments that the law counts from: what is believed now, what was before, and the forms to record and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.legal import load_law
from warroom.console import doing, drafted, log_words, panels
from warroom.console.clock_rows import moment_name
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.respond import moments
from warroom.respond.beginning import FIRST_EVENT
from warroom.respond.moments import BASIS_LIMIT, REASON_LIMIT
from warroom.respond.standing import moments_of

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.rulings import MomentSet
    from warroom.store.views.response import ResponseView

PLACE: Final = "law_act"
_WHOLE: Final = "incident"
_OWN: Final = "controller"
#: What has no meaning for an incident.
_LEFT_OUT: Final = frozenset({"year_end_at"})


def show_moments(room: Room, view: ResponseView, controller_id: int) -> None:
    """List the moments of a controller, with everything that was believed before."""
    words = room.words
    known = moments_of(view, controller_id)
    with panels.panel("law_moments", words("moment.title"), words("app.zone")):
        rows = [
            _row(words, view, controller_id, name, at)
            for name, at in sorted(known.items(), key=lambda one: one[1])
            if name not in _LEFT_OUT
        ]
        show(tag("div", tag("ul", *rows, cls="wr-law"), cls="wr-scroll"))


def told_of(view: ResponseView, controller_id: int, name: str) -> list[MomentSet]:
    """Give what was recorded of a moment, what counts first."""
    every = [one for one in view.moments if one.name == name and one.controller_id in {None, controller_id}]
    return sorted(every, key=lambda one: one.controller_id is None)  # a controller's own beats the incident's


def _row(words: Words, view: ResponseView, controller_id: int, name: str, at: int) -> Markup:
    language, was = words.language, words("log.was")
    told = told_of(view, controller_id, name)
    pieces: list[Markup | str] = [tag("b", moment_name(name, words)), tag("time", date_time(at, language))]
    if not told or told[0].moment != at:
        # An earlier moment than was recorded is assumed too: the first information is the first alert at the latest.
        how = "moment.of_sending" if name.endswith("_sent_at") else "moment.assumed"
        pieces.append(tag("em", words(how)))
    for place, one in enumerate(told):
        name_of, when = log_words.actor_name(one.set_by, words), date_time(one.set_at, language)
        said = words("moment.said", at=date_time(one.moment, language), name=name_of, when=when)
        why = words("moment.first_event") if one.reason == FIRST_EVENT else masked(one.reason)
        reason = f" {why}" if why else ""
        before = "" if place == 0 else f"{was} "
        pieces.append(tag("p", f"{before}{said}{reason}"))
    return tag("li", *pieces)


def show_recording(room: Room, incident_id: int, controller_id: int) -> None:
    """Show the form to record when something happened, or that it was at another time."""
    words = room.words
    names = [one.id for one in load_law().moments.values() if one.set_by == "people"]
    form = Form(
        f"incident/{incident_id}/moment/{controller_id}",
        f"moment_form_{controller_id}",
        (
            Input(
                "name",
                words("moment.which"),
                "choice",
                options=tuple((one, moment_name(one, words)) for one in names),
                needed=True,
                wide=True,
            ),
            Input("at", words("moment.at"), "moment", needed=True),
            Input(
                "whose",
                words("moment.whose"),
                "choice",
                options=((_WHOLE, words("moment.of_incident")), (_OWN, words("moment.of_controller"))),
                needed=True,
                start=_WHOLE,
            ),
            Input("reason", words("moment.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    show(tag("p", words("moment.told"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("moment.do"),
        key="law_moment_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _record(room, me, incident_id, controller_id, form), "law.done"),
        width="stretch",
    )


def _record(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told, at = _filled(room, form)
    own = controller_id if told["whose"] == _OWN else None
    moments.set_moment(room.state, incident_id, me, told["name"], at, told["reason"], controller_id=own)
    drafted.sent(room, form)


def show_awareness(room: Room, view: ResponseView, controller_id: int) -> None:
    """Show the decision when a controller became aware; its basis is written down."""
    words, incident = room.words, view.incident
    if not room.person.actor.can(Permission.DECIDE_BREACH, incident.platform_id):
        show(tag("p", words("aware.who"), cls="wr-hint"))
        return
    form = Form(
        f"incident/{incident.id}/awareness/{controller_id}",
        f"awareness_form_{controller_id}",
        (
            Input("at", words("aware.at"), "moment", needed=True, wide=True),
            Input("reason", words("aware.basis"), "text", hint=words("aware.hint"), limit=BASIS_LIMIT, needed=True),
        ),
    )
    show(tag("p", words("aware.told"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("aware.do"),
        key="law_aware_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _decide(room, me, incident.id, controller_id, form), "law.done"),
        width="stretch",
    )


def _decide(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told, at = _filled(room, form)
    moments.decide_awareness(room.state, incident_id, me, controller_id, at, told["reason"])
    drafted.sent(room, form)


def _filled(room: Room, form: Form) -> tuple[dict[str, str], int]:
    """Give what stands in a form, and its moment. Raises UsageError where something is missing."""
    told = drafted.values(room, form)
    missing = [one.label for one in form.inputs if one.needed and not told[one.name].strip()]
    at = drafted.moment(told["at"])
    if missing or at is None:
        raise UsageError(room.words("intake.missing", fields=", ".join(missing)))
    return told, at
