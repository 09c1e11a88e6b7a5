"""NCSA category and threat level of an incident: what the rules propose, what people decided, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.ncsa import Ncsa, load_ncsa
from warroom.console import doing, drafted, masking, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.log_words import level_name
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time
from warroom.incidents.classifying import REASON_LIMIT, Known, Proposal, classify, propose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.rulings import Classified
    from warroom.store.views import IncidentView

_PLACE: Final = "ncsa"


def show_classification(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panel."""
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if case is None:
        return
    words, ncsa, proposal = room.words, load_ncsa(), proposal_of(view)
    decided = case.classified[0] if case.classified else None
    mark = tag(
        "span", words("ncsa.decided" if decided else "ncsa.proposed"), cls=f"wr-mark {'' if decided else 'open'}"
    )
    with panels.panel("ncsa", words("ncsa.title"), mark):
        doing.say(_PLACE, live=True)
        if decided is None:
            _values(ncsa, proposal.categories, proposal.level, words, cls="proposal")
            show(tag("ul", *_reasons(proposal, words), cls="wr-why"))
        else:
            _values(ncsa, decided.categories, decided.level, words, cls="")
            show(tag("p", _said(room, view, decided), cls="wr-hint"))
            if (proposal.categories, proposal.level) != (decided.categories, decided.level):
                listed = ", ".join(map(str, proposal.categories))
                other = words("ncsa.differs", categories=listed, level=level_name(proposal.level, words))
                show(tag("p", other, cls="wr-hint"))
        if room.person.actor.can(Permission.ACT_ON_INCIDENTS, view.incident.platform_id):
            _decision(room, view, proposal, decided)
        if len(case.classified) > 1:
            with st.popover(words("ncsa.history", count=len(case.classified)), width="stretch"):
                rows = [
                    tag(
                        "li",
                        f"{', '.join(map(str, one.categories))} · {level_name(one.level, words)} · "
                        f"{_said(room, view, one)}",
                    )
                    for one in case.classified
                ]
                show(tag("ul", *rows, cls="wr-why"))


def proposal_of(view: IncidentView) -> Proposal:
    """Give what the rules propose for an incident, from the alerts that its screen lists."""
    incident = view.incident
    platform = snapshot.platforms().get(incident.platform_id)
    known = Known(
        said=view.said,
        rule_ids=frozenset(alert.rule_id for alert in view.alerts),
        platform_id=incident.platform_id,
        criticality="" if platform is None else platform.criticality,
        severity=incident.severity,
        drill=incident.drill,
        disposition=incident.disposition,
    )
    return propose(known, load_ncsa())


def _values(ncsa: Ncsa, categories: Iterable[int], level: str, words: Words, *, cls: str) -> None:
    thai, law = words.language == "th", ncsa.levels[level]
    rows: list[Markup] = []
    for number in categories:
        one = ncsa.categories[number]
        told = words("ncsa.at_once" if one.at_once else "ncsa.yearly")
        name = one.th if thai else one.en
        rows.append(tag("div", tag("b", str(number)), tag("span", name, title=name), tag("em", told)))
    rows.append(
        tag(
            "div",
            tag("b", "§"),
            tag("span", level_name(level, words)),
            tag("em", law.source if thai else law.source_en),
        )
    )
    show(tag("div", *rows, cls=f"wr-ncsa {cls}"))


def _reasons(proposal: Proposal, words: Words) -> list[Markup]:
    thai = words.language == "th"
    rows = []
    for one in proposal.because:
        pieces: list[Markup | str] = [words("ncsa.because", why=one.th if thai else one.en)]
        if not one.certain:
            pieces += [" ", tag("em", words("ncsa.uncertain"), title=one.source)]
        rows.append(tag("li", *pieces, title=one.source))
    return rows


def _said(room: Room, view: IncidentView, one: Classified) -> str:
    reason = masking.shown(room, view.incident)(one.reason)
    return room.words("ncsa.decided_by", name=one.actor, at=date_time(one.at, room.words.language), reason=reason)


def _decision(room: Room, view: IncidentView, proposal: Proposal, decided: Classified | None) -> None:
    words, ncsa = room.words, load_ncsa()
    thai = words.language == "th"
    now = decided or proposal
    form = Form(
        f"incident/{view.incident.id}/classification",
        f"ncsa_form_{view.incident.id}",
        (
            Input(
                "categories",
                words("ncsa.categories"),
                "many",
                options=tuple(
                    (str(one.number), f"{one.number} {one.th if thai else one.en}") for one in ncsa.categories.values()
                ),
                needed=True,
                start=",".join(map(str, now.categories)),
            ),
            Input(
                "level",
                words("ncsa.level"),
                "choice",
                options=tuple((one.code, one.th if thai else one.en) for one in ncsa.levels.values()),
                needed=True,
                wide=True,
                start=now.level,
            ),
            Input("reason", words("ncsa.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    with st.popover(words("ncsa.again" if decided else "ncsa.decide"), width="stretch"):
        drafted.show_form(room, form)
        version = view.incident.version
        st.button(
            words("ncsa.do"),
            key="ncsa_do",
            type="primary",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _decide(room, me, view.incident.id, form, proposal, version), "ncsa.done"),
            width="stretch",
        )


def _decide(room: Room, me: Actor, incident_id: int, form: Form, proposal: Proposal, version: int) -> None:
    told = drafted.values(room, form)
    categories = [int(one) for one in drafted.chosen(told["categories"]) if one.isdecimal()]
    classify(
        room.state,
        incident_id,
        me,
        categories,
        told["level"],
        told["reason"],
        proposed=proposal,
        version=version,
    )
    drafted.sent(room, form)
