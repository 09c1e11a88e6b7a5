"""The incident screen: what it is, why it is one, what caused it, what was done and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access.refusals import refusals_recorded
from warroom.console import (
    acting,
    assessment_part,
    case_panel,
    classification_panel,
    containment_panel,
    documents_part,
    evidence,
    files_panel,
    grouping_panel,
    intel_part,
    law_part,
    masking,
    panels,
    playbook_part,
    reports_panel,
    sharing_part,
    snapshot,
    timeline,
)
from warroom.console.grouping_reasons import reason_text
from warroom.console.incident_parts import Part, chosen_part
from warroom.console.markup import Markup, show, tag
from warroom.console.queue_panel import related_list, title_of
from warroom.console.rule_words import rule_title
from warroom.console.search_asking import pivot
from warroom.console.times import age, date_time
from warroom.incidents.looking import look_at
from warroom.incidents.mentioning import read_mentions
from warroom.incidents.tagging import seen
from warroom.model import ENTITY_COLUMNS, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentView

_SECOND: Final = 1_000_000
_LONGEST_NUMBER: Final = 18
_OPENED: Final = "opened"
_TAB: Final = "incident_tab"
_TABS: Final[dict[str, acting.Part]] = {
    "cause": evidence.show_evidence,
    "grouping": grouping_panel.show_grouping,
    "files": files_panel.show_files,
    "reports": reports_panel.show_reports,
    "requests": containment_panel.show_requests,
}
#: What stands in place of the work where the address or a click asks for it.
_PARTS: Final[dict[Part, Callable[[Room, IncidentView], None]]] = {
    Part.INTEL: intel_part.show_part,
    Part.PLAYBOOK: playbook_part.show_part,
    Part.LAW: law_part.show_part,
    Part.ASSESSMENT: assessment_part.show_part,
    Part.DOCUMENTS: documents_part.show_part,
    Part.SHARING: sharing_part.show_part,
}


def show_screen(room: Room, chosen: str) -> None:
    """Show the incident whose number stands in the address."""
    incident_id = int(chosen) if chosen.isdecimal() and len(chosen) <= _LONGEST_NUMBER else 0
    view = _find(room, room.look(), incident_id)
    if view is None:
        panels.notice(room.words("incident.unknown"), room.words("incident.unknown_do"))
        return
    if st.session_state.get(_OPENED) != incident_id:
        with refusals_recorded(room.state, room.person.actor):
            look_at(room.state, incident_id, room.person.actor)
            seen(room.state, incident_id, room.person.actor)
            read_mentions(room.state, room.person.actor, incident_id=incident_id)
        st.session_state[_OPENED] = incident_id

    def part(every: str, body: acting.Part) -> None:
        room.live(every, lambda tick: body(room, tick, _found(room, tick, incident_id)))

    part("2s", _head)
    show_other = _PARTS.get(chosen_part(room, incident_id))
    if show_other is not None:
        show_other(room, view)
        return
    part("2s", grouping_panel.show_notices)
    left, centre, right = st.columns([1, 2.1, 1.12], gap="small")
    with left:
        part("2s", _facts)
        part("2s", case_panel.show_case)
        part("4s", _why)
    with centre:
        part("2s", classification_panel.show_classification)
        part("4s", _tabs)
    with right:
        part("2s", acting.show_actions)
        part("2s", timeline.show_timeline)


def _find(room: Room, tick: Tick, incident_id: int) -> IncidentView | None:
    return snapshot.incident(room.state, room.seen, tick.version("incidents"), incident_id)


def _found(room: Room, tick: Tick, incident_id: int) -> IncidentView:
    view = _find(room, tick, incident_id)
    if view is None:  # gone since the page was laid out: let the page say so
        st.rerun()
    return view


def _head(room: Room, _tick: Tick, view: IncidentView) -> None:
    incident, words = view.incident, room.words
    chips: list[Markup] = [panels.severity_chip(incident.severity, words)]
    chips.append(tag("span", words(f"status.{incident.status}"), cls=f"wr-chip status {incident.status}"))
    if incident.disposition is not None:
        chips.append(tag("span", words(f"disposition.{incident.disposition}"), cls="wr-chip plain"))
    chips.append(tag("span", room.platform(incident.platform_id), cls="wr-chip plain"))
    if incident.drill:
        chips.append(panels.drill_mark(words))
    title = title_of(room, incident)
    show(
        tag(
            "div",
            tag("h1", tag("span", f"#{incident.id}", cls="number"), title, title=title),
            tag("div", *chips, cls="chips"),
            cls=f"wr-head {incident.severity}",
        )
    )


def _facts(room: Room, tick: Tick, view: IncidentView) -> None:
    incident, words, language = view.incident, room.words, room.words.language
    taken: str | Markup = tag("em", words("incident.not_yet"))
    if incident.acknowledged_at is not None:
        taken = age((incident.acknowledged_at - incident.opened_at) / _SECOND, language)
    opened = (
        f"{date_time(incident.opened_at, language)} ({age((tick.now_us - incident.opened_at) / _SECOND, language)})"
    )
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), incident.id)
    informed = case.informed[0].moment if case is not None and case.informed else 0
    facts: list[tuple[str, str | Markup]] = [
        ("assignee", incident.assignee or tag("em", words("incident.nobody"))),
        ("opened", opened),
        ("acknowledged", taken),
        ("first", date_time(incident.first_at, language)),
        ("last", date_time(incident.last_at, language)),
        *([("informed", date_time(informed, language))] if informed else []),
        ("alerts", f"{incident.alert_count:,}"),
        ("events", f"{incident.event_count:,}"),
    ]
    if incident.status is Status.CLOSED and incident.closed_at is not None:
        facts.append(("closed", date_time(incident.closed_at, language)))
    with panels.panel("facts", words("incident.facts"), words("app.zone")):
        pairs = [tag("div", tag("dt", words(f"incident.{name}")), tag("dd", value)) for name, value in facts]
        show(tag("dl", *pairs, cls="wr-facts"))
    if not view.entities:  # opened by hand
        return
    with panels.panel("entities", words("incident.entities")):
        fit = masking.shown(room, incident)
        rows = [
            tag(
                "li",
                tag("span", words.either(f"entity.{one.kind}", one.kind)),
                tag("code", pivot(one.kind, one.value, value), title=value),
            )
            for one in view.entities
            for value in (fit(one.value),)
        ]
        if more := max(0, sum(incident.folded.get(kind, 0) for kind in ENTITY_COLUMNS) - len(rows)):
            rows.append(tag("li", tag("em", words("grouping.more", count=f"{more:,}"))))
        show(tag("ul", *rows, cls="wr-entities"))


def _why(room: Room, tick: Tick, view: IncidentView) -> None:
    if view.alerts:
        with panels.panel("why", room.words("incident.why")):
            show(tag("ol", *(tag("li", line) for line in grouping_reasons(room, view)), cls="wr-why"))
    _related(room, tick, view)


def _tabs(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show one of the parts that need the width: what caused it, files, reports, requests."""
    words = room.words
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    counts = {"cause": view.incident.alert_count}
    if case is not None:
        counts |= {"files": len(case.files), "reports": len(case.reports), "requests": len(case.containments)}
    names = {tab: " ".join((words(f"tabs.{tab}"), *([str(counts[tab])] if counts.get(tab) else []))) for tab in _TABS}
    # An incident that people opened has no alerts: what they were told comes first.
    first = "reports" if not view.incident.alert_count and counts.get("reports") else "cause"
    chosen = st.segmented_control(
        words("tabs.which"),
        list(_TABS),
        default=first,
        key=f"{_TAB}_{view.incident.id}",
        format_func=lambda tab: names.get(tab, tab),
        label_visibility="collapsed",
    )
    _TABS.get(chosen or first, evidence.show_evidence)(room, tick, view)


def _related(room: Room, tick: Tick, view: IncidentView) -> None:
    words = room.words
    found = snapshot.related(room.state, room.seen, tick.version("incidents"), view.incident.id)
    with panels.panel("related", words("related.title"), str(len(found)) if found else ""):
        if not found:
            panels.empty(words("related.empty"), words("related.empty_do"))
            return
        show(related_list(room, found))


def grouping_reasons(room: Room, view: IncidentView) -> list[str]:
    """Say in words why these alerts are one incident, from the reasons that the grouping wrote."""
    words, fit = room.words, masking.shown(room, view.incident)
    counts: dict[tuple[tuple[str, str], ...], int] = {}
    lines: list[str] = []
    for alert in reversed(view.alerts):
        if alert.reason.get("why") == "first":
            lines.append(words("incident.why_first", rule=rule_title(alert, words)))
        else:
            told = tuple(sorted(alert.reason.items()))
            counts[told] = counts.get(told, 0) + 1
    for told, count in sorted(counts.items(), key=lambda entry: -entry[1]):
        reason = dict(told)
        if reason.get("why") == "shared_entity":
            kind = reason.get("kind", "")
            named = words.either(f"entity.{kind}", kind).lower()
            lines.append(words("incident.why_shared", count=count, kind=named, value=fit(reason.get("value", ""))))
        elif reason.get("why") == "same_rule":
            lines.append(words("incident.why_rule", count=count))
        else:
            lines.append(words("incident.why_other", count=count, why=reason_text(reason, words, fit)))
    if view.incident.alert_count > len(view.alerts):
        lines.append(words("incident.why_partial", count=len(view.alerts)))
    return lines
