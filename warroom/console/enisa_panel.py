"""ENISA's severity as a picture, SE = DPC × EI + CB, its decision; and the threat level that answers propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.assessment import load_assessment
from warroom.catalog.ncsa import load_ncsa
from warroom.console import doing, drafted, panels
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag
from warroom.console.risk_form import enisa_answers, name_of, threat_form
from warroom.console.risk_panel import level_name, said, show_history
from warroom.errors import UsageError
from warroom.respond import assessing
from warroom.respond.assessing import REASON_LIMIT
from warroom.respond.enisa import severity_of
from warroom.respond.threat_level import propose_level
from warroom.store.assessments import ENISA

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.respond.enisa import Severity
    from warroom.store.views.response import ResponseView

PLACE: Final = "enisa"
#: The end of the scale: 4 × 1 + 0.5 for each circumstance.
_MOST: Final = 6.0


def show_severity(room: Room, view: ResponseView, controller_id: int, answered: Form) -> None:
    """Show the severity of what is answered, and the decision."""
    words = room.words
    decided = view.assessed(controller_id, ENISA)
    with panels.panel("risk_enisa", words("enisa.title"), words("enisa.told")):
        doing.say(PLACE, live=True)
        if decided is not None:
            show(tag("p", tag("b", level_name(words, decided)), " ", said(words, decided), cls="wr-hint"))
        try:
            found = severity_of(enisa_answers(room, answered))
        except UsageError:
            panels.empty(words("enisa.empty"), words("enisa.empty_do"))
            return
        show(_equation(words, found), _gauge(words, found))
        if room.person.actor.can(Permission.DECIDE_BREACH, view.incident.platform_id):
            _decision(room, view, controller_id, answered, found)
        show_history(words, view, controller_id, ENISA)


def show_threat(room: Room, incident_id: int) -> None:
    """Show the level of section 60 that answers propose; it is decided with the category, on the incident's work."""
    words = room.words
    with panels.panel("risk_threat", words("threat.title"), words("threat.told")):
        form = threat_form(room, incident_id)
        drafted.show_form(room, form)
        found = propose_level(drafted.chosen(drafted.values(room, form)["flags"]))
        level = load_ncsa().levels.get(found.level)
        name = found.level if level is None else level.th if words.language == "th" else level.en
        source = found.rule.source if words.language == "th" else found.rule.source_en
        show(tag("div", tag("strong", name), tag("span", words("threat.proposed")), cls="wr-verdict"))
        why: list[Markup | str] = [words("ncsa.because", why=name_of(found.rule, words)), f" ({source})"]
        if not found.rule.certain:
            why += [" ", tag("em", words("ncsa.uncertain"))]
        flags = [tag("li", name_of(one, words)) for one in found.flags]
        show(tag("ul", tag("li", *why), *flags, cls="wr-why"))


def _equation(words: Words, found: Severity) -> Markup:
    level = name_of(found.level, words)
    context = load_assessment().enisa.contexts[found.context].told
    return tag(
        "div",
        tag("b", f"SE {found.severity}"),
        "= DPC",
        tag("b", str(found.dpc), title=name_of(context, words)),
        "× EI",
        tag("b", str(found.identification)),
        "+ CB",
        tag("b", str(found.circumstances)),
        tag("b", level),
        cls="wr-equation",
    )


def _gauge(words: Words, found: Severity) -> Markup:
    levels = load_assessment().enisa.levels
    edges = [*(float(one.value) for one in levels[1:]), _MOST]
    pieces, begin = [], 0.0
    for one, edge in zip(levels, edges, strict=True):
        width = 100 * (edge - begin) / _MOST
        pieces.append(tag("span", tag("b", name_of(one, words)), cls=one.code, style=f"width:{width:.2f}%"))
        begin = edge
    at = 100 * min(float(found.severity), _MOST) / _MOST
    pieces.append(tag("i", style=f"left:{at:.2f}%", title=str(found.severity)))
    return tag("div", *pieces, cls="wr-gauge", role="img", aria_label=f"SE {found.severity}")


def _decision(room: Room, view: ResponseView, controller_id: int, answered: Form, found: Severity) -> None:
    words, number = room.words, view.incident.id
    form = Form(
        f"incident/{number}/assessment/{controller_id}/severity",
        f"enisa_decision_{controller_id}",
        (
            Input(
                "decision",
                words("enisa.decision"),
                "choice",
                options=tuple((one.code, name_of(one, words)) for one in load_assessment().enisa.levels),
                needed=True,
                wide=True,
                start=found.level.code,
            ),
            Input("reason", words("law.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    with st.popover(words("enisa.decide"), width="stretch"):
        drafted.show_form(room, form)
        st.button(
            words("enisa.do"),
            key="enisa_do",
            type="primary",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _decide(room, me, number, controller_id, answered, form), "risk.done"),
            width="stretch",
        )


def _decide(room: Room, me: Actor, incident_id: int, controller_id: int, answered: Form, form: Form) -> None:
    told = drafted.values(room, form)
    answers = enisa_answers(room, answered)
    assessing.assess_severity(room.state, incident_id, me, controller_id, answers, told["decision"], told["reason"])
    drafted.sent(room, form)
