"""What the rules make of an assessment as it is typed, and the decisions of the data protection officer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.assessment import load_assessment
from warroom.console import doing, drafted, log_words, panels
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.risk_form import breach_answers, name_of
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.respond import assessing
from warroom.respond.assessing import REASON_LIMIT
from warroom.respond.risk_to_people import propose_risk
from warroom.store.assessments import BREACH_RISK

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.respond.risk_to_people import BreachAnswers, RiskProposal
    from warroom.store.assessments import Assessed
    from warroom.store.views.response import ResponseView

PLACE: Final = "risk"


def show_risk(room: Room, view: ResponseView, controller_id: int, facts: Form, factors: Form) -> None:
    """Show the proposal with its reasons, the decision that counts, and the form to decide."""
    words, known = room.words, load_assessment()
    decided = view.assessed(controller_id, BREACH_RISK)
    hint = tag(
        "span", words("ncsa.decided" if decided else "ncsa.proposed"), cls="wr-mark" if decided else "wr-mark open"
    )
    with panels.panel("risk_people", words("risk.title"), hint):
        doing.say(PLACE, live=True)
        if decided is not None:
            level = known.risk_levels.get(decided.decision)
            name = decided.decision if level is None else name_of(level, words)
            head = tag("strong", name, cls=decided.decision)
            show(tag("div", head, tag("span", words("risk.decision")), cls="wr-verdict"))
            show(tag("p", said(words, decided), cls="wr-hint"))
        try:
            answers = breach_answers(room, facts, factors)
            proposal = propose_risk(answers)
        except UsageError as problem:
            panels.warning(str(problem))
            return
        show(_proposal(words, proposal), _bars(words, answers))
        if room.person.actor.can(Permission.DECIDE_BREACH, view.incident.platform_id):
            _decision(room, view, controller_id, facts, factors, proposal)
        else:
            show(tag("p", words("risk.who"), cls="wr-hint"))
        show_history(words, view, controller_id, BREACH_RISK)


def said(words: Words, one: Assessed) -> str:
    """Say who decided what when, and why."""
    name = log_words.actor_name(one.actor, words)
    return words("ncsa.decided_by", name=name, at=date_time(one.at, words.language), reason=masked(one.reason))


def show_history(words: Words, view: ResponseView, controller_id: int, kind: str) -> None:
    """Show every judgement of a kind, where there is more than one."""
    every = [one for one in view.assessments if (one.controller_id, one.kind) == (controller_id, kind)]
    if len(every) < 2:  # noqa: PLR2004  the one that counts stands above
        return
    with st.popover(words("ncsa.history", count=len(every)), width="stretch"):
        rows = [tag("li", tag("b", level_name(words, one)), tag("span", said(words, one))) for one in every]
        show(tag("div", tag("ul", *rows, cls="wr-law"), cls="wr-scroll"))


def level_name(words: Words, one: Assessed) -> str:
    """Give the name of what was decided."""
    known = load_assessment()
    levels = known.risk_levels if one.kind == BREACH_RISK else {each.code: each for each in known.enisa.levels}
    found = levels.get(one.decision)
    return one.decision if found is None else name_of(found, words)


def _proposal(words: Words, proposal: RiskProposal) -> Markup:
    known = load_assessment()
    level = name_of(known.risk_levels[proposal.level], words)
    most = len(known.factors) * max(known.scores)
    reasons = [words("risk.by_sum", sum=proposal.total, least=known.high_from)] if proposal.by_sum else []
    reasons += [name_of(one, words) for one in proposal.because]
    if not reasons:
        reasons = [words("risk.no_reason", sum=proposal.total, least=known.high_from)]
    if proposal.missing:
        names = ", ".join(str(int(one.code.removeprefix("f"))) for one in proposal.missing)
        reasons.append(words("risk.missing", factors=names))
    head = tag("strong", level, cls=proposal.level)
    total = tag("span", words("risk.proposal", sum=proposal.total, most=most))
    return tag(
        "div",
        tag("div", head, total, cls="wr-verdict"),
        tag("ul", *(tag("li", one) for one in reasons), cls="wr-why"),
    )


def _bars(words: Words, answers: BreachAnswers) -> Markup:
    known = load_assessment()
    most = max(known.scores)
    cells: list[Markup] = []
    for number, (code, one) in enumerate(known.factors.items(), 1):
        given = answers.factors.get(code)
        score = None if given is None else given.score
        name = f"{number}. {name_of(one, words)}"
        bar = tag("i", cls=f"s{score or 0}", style=f"width:{100 * (score or 0) / most:.0f}%")
        cells += [tag("span", name, title=name), bar, tag("b", "—" if score is None else str(score))]
    return tag("div", *cells, cls="wr-bars")


def _decision(
    room: Room, view: ResponseView, controller_id: int, facts: Form, factors: Form, proposal: RiskProposal
) -> None:
    words, known = room.words, load_assessment()
    number = view.incident.id
    form = Form(
        f"incident/{number}/assessment/{controller_id}/decision",
        f"risk_decision_{controller_id}",
        (
            Input(
                "decision",
                words("risk.decision"),
                "choice",
                options=tuple((code, name_of(one, words)) for code, one in known.risk_levels.items()),
                needed=True,
                wide=True,
                start=proposal.level,
            ),
            Input("reason", words("law.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    drafted.show_form(room, form)
    show(tag("p", words("risk.told"), cls="wr-hint"))
    st.button(
        words("risk.do"),
        key="risk_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _decide(room, me, number, controller_id, (facts, factors, form)), "risk.done"),
        width="stretch",
    )


def _decide(room: Room, me: Actor, incident_id: int, controller_id: int, forms: tuple[Form, Form, Form]) -> None:
    facts, factors, form = forms
    told = drafted.values(room, form)
    answers = breach_answers(room, facts, factors)
    assessing.assess_breach(room.state, incident_id, me, controller_id, answers, told["decision"], told["reason"])
    drafted.sent(room, form)
