"""Reports from outside that an incident has, and when we were first informed: the reporter stays hidden by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import acting, doing, drafted, masking, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.incidents.timing import change_informed

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.outside_reports import OutsideReport
    from warroom.store.views import IncidentView
    from warroom.store.views.cases import CaseView

_PLACE: Final = "reports"
_REASON_LIMIT: Final = 500


def show_reports(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panels."""
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if case is None:
        return
    words = room.words
    with panels.panel("reports", words("report.title"), str(len(case.reports)) if case.reports else ""):
        doing.say(_PLACE, live=True)
        if case.informed:
            _informed(room, view, case)
        if not case.reports:
            panels.empty(words("report.empty"), words("report.empty_do"))
            return
        masking.show_control(room, view.incident, acting.do)
        for number, report in case.reports:
            show(_report(room, view, number, report))


def _report(room: Room, view: IncidentView, number: int, report: OutsideReport) -> Markup:
    words, language = room.words, room.words.language
    fit = masking.shown(room, view.incident)
    # Names of people are not recognised in texts: who reports stays hidden as a whole.
    revealed = bool(masking.until(room, view.incident))
    facts: list[tuple[str, str | Markup]] = [
        ("channel", words.either(f"channel.{report.channel}", report.channel)),
        ("informed", date_time(report.informed_at, language)),
        ("reference", fit(report.reference)),
    ]
    for name, value in (("reporter", report.reporter), ("contact", report.contact)):
        hidden = tag("em", words("report.hidden"), cls="hidden")
        facts.append((name, "" if not value else value if revealed else hidden))
    rows = [tag("div", tag("dt", words(f"report.{name}")), tag("dd", value)) for name, value in facts if value]
    texts = [
        piece
        for name, text in (("claim", report.claim), ("evidence", report.evidence))
        if text
        for piece in (tag("h4", words(f"report.{name}")), tag("p", fit(text)))
    ]
    taken = words("report.taken", name=report.taken_by, at=date_time(report.taken_at, language))
    return tag(
        "div", tag("b", f"{number}"), tag("span", taken), tag("dl", *rows, cls="wr-facts"), *texts, cls="wr-report"
    )


def _informed(room: Room, view: IncidentView, case: CaseView) -> None:
    words, language = room.words, room.words.language
    fit = masking.shown(room, view.incident)
    newest = case.informed[0]
    show(
        tag(
            "dl",
            tag("div", tag("dt", words("report.informed")), tag("dd", date_time(newest.moment, language))),
            cls="wr-facts",
        )
    )
    for later, before in zip(case.informed, case.informed[1:], strict=False):
        said = words(
            "report.informed_history",
            moment=date_time(before.moment, language),
            name=later.set_by,
            reason=fit(later.reason),
        )
        show(tag("p", said, cls="wr-hint"))
    if not room.person.actor.can(Permission.OPEN_INCIDENTS, view.incident.platform_id):
        return
    form = Form(
        f"incident/{view.incident.id}/informed",
        f"informed_form_{view.incident.id}",
        (
            Input("when", words("report.when"), "moment", needed=True),
            Input("reason", words("report.reason"), limit=_REASON_LIMIT, needed=True),
        ),
    )
    with st.popover(words("report.informed_change"), width="stretch"):
        st.caption(words("report.informed_told"))
        drafted.show_form(room, form)
        st.button(
            words("report.do"),
            key="informed_do",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _change(room, me, view.incident.id, form), "report.changed"),
            width="stretch",
        )


def _change(room: Room, me: Actor, incident_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    at = drafted.moment(told["when"])
    if at is None:
        raise UsageError(room.words("intake.missing", fields=room.words("report.when")))
    change_informed(room.state, incident_id, me, at, told["reason"])
    drafted.sent(room, form)
