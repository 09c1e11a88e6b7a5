"""Where no clock runs yet: what the rules propose for an incident and why, and the button that begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, panels, snapshot
from warroom.console.clock_rows import clock_name, read_response
from warroom.console.markup import Markup, show, tag
from warroom.errors import UsageError
from warroom.respond import beginning
from warroom.respond.duties import DutyFacts, is_reportable, kinds_of, propose_duties
from warroom.store.duties import APPLIES

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.catalog.legal import KindRule
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.views import IncidentView
    from warroom.store.views.response import ResponseView

PLACE: Final = "law_act"
KINDS: Final = ("cyber", "breach")


def show_beginning(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show what would begin to run; nothing does before somebody, or the worker, says so."""
    words, incident = room.words, view.incident
    found = read_response(room, tick, incident.id)
    if found is None or found.begun:
        st.rerun()
    proposed = proposed_kinds(view, found)
    with panels.panel("law_begin", words("begin.title"), words("begin.told")):
        doing.say(PLACE, live=True)
        rows = [_kind(words, kind, proposed.get(kind)) for kind in KINDS]
        show(tag("ul", *rows, cls="wr-law"))
        if not room.person.actor.can(Permission.ACT_ON_INCIDENTS, incident.platform_id):
            panels.empty(words("begin.empty"), words("begin.not_yours"))
            return
        chosen = st.pills(
            words("begin.kinds"),
            list(KINDS),
            selection_mode="multi",
            default=[one for one in KINDS if one in proposed] or [KINDS[0]],
            key=f"law_kinds_{incident.id}",
            format_func=lambda one: words(f"track.{one}"),
        )
        show(_clocks(words, found, list(chosen)))
        st.button(
            words("begin.do"),
            key="law_begin_do",
            type="primary",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _begin(room, me, incident.id), "begin.done"),
            width="stretch",
        )


def proposed_kinds(view: IncidentView, found: ResponseView) -> dict[str, KindRule]:
    """Give the kinds that an incident's alerts and platform propose, each with its rule."""
    platform = snapshot.platforms().get(view.incident.platform_id)
    return kinds_of(
        personal_data=platform is not None and platform.personal_data,
        reportable=is_reportable(found.categories),
        tags={one for alert in view.alerts for one in alert.tags},
    )


def _kind(words: Words, kind: str, rule: KindRule | None) -> Markup:
    told = words("begin.no_rule") if rule is None else rule.th if words.language == "th" else rule.en
    mark = "applies" if rule else "none"
    return tag(
        "li",
        tag("span", words("begin.proposed" if rule else "begin.not_proposed"), cls=f"ruling {mark}"),
        tag("b", words(f"track.{kind}")),
        tag("span", told),
    )


def _clocks(words: Words, found: ResponseView, kinds: list[str]) -> Markup:
    facts = DutyFacts(frozenset(kinds), "controller", cii=False, reportable=is_reportable(found.categories))
    rows = []
    for one in propose_duties(facts):
        ruling = one.ruling if one.ruling == APPLIES else "not_applicable"
        why = one.rule.th if words.language == "th" else one.rule.en
        rows.append(
            tag(
                "li",
                tag("span", words(f"duty_ruling.{ruling}"), cls=f"ruling {ruling}"),
                tag("b", clock_name(one.clock, words.language)),
                tag("span", why),
            )
        )
    return tag("ul", *rows, cls="wr-law")


def _begin(room: Room, me: Actor, incident_id: int) -> None:
    chosen = st.session_state.get(f"law_kinds_{incident_id}") or []
    if not chosen:
        raise UsageError(room.words("begin.pick"))
    beginning.begin_response(room.state, incident_id, me, [str(one) for one in chosen])
