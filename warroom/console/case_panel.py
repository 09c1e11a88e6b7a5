"""Tags, watchers and links of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, panels, snapshot
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.queue_panel import title_of
from warroom.errors import UsageError
from warroom.incidents import linking, tagging
from warroom.incidents.linking import LinkKind
from warroom.incidents.tagging import LONGEST_TAG

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentView
    from warroom.store.views.cases import CaseView, Link

_PLACE: Final = "case"
_TAG: Final = "case_tag"
_UNTAG: Final = "case_untag"
_KIND: Final = "case_link_kind"
_OTHER: Final = "case_link_other"
_UNLINK: Final = "case_unlink"
_LONGEST_NUMBER: Final = 18


def show_case(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panels of tags and watchers, and of links."""
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if case is None:
        return
    acts = room.person.actor.can(Permission.ACT_ON_INCIDENTS, view.incident.platform_id)
    _tags(room, tick, view, case, acts=acts)
    _links(room, view, case, acts=acts)


def _tags(room: Room, tick: Tick, view: IncidentView, case: CaseView, *, acts: bool) -> None:
    words, number = room.words, view.incident.id
    with panels.panel("case", words("case.title"), words("case.watched_by_nobody") if not case.watchers else ""):
        doing.say(_PLACE, live=True)
        chips = [tag("span", f"#{visible(masked(word))}", cls="wr-tag") for word in case.tags]
        watched = ""
        if case.watchers:
            watched = words("case.watched_by", names=", ".join(case.watchers))
        # In one piece: what follows keeps its place on the page, and an open popover stays open.
        show(
            tag("div", *(chips or [tag("em", words("case.no_tags"))]), cls="wr-tags"), tag("p", watched, cls="wr-hint")
        )
        with st.container(horizontal=True, gap="small"):
            if acts:
                with st.popover(words("case.tag_add"), width="stretch"):
                    _tag_form(room, tick, number, case)
            watching = room.person.actor.name in case.watchers
            st.button(
                words("case.unwatch" if watching else "case.watch"),
                key="case_watch",
                on_click=doing.do,
                args=(
                    room,
                    _PLACE,
                    lambda me: tagging.watch(room.state, number, me, on=not watching),
                    "case.done",
                ),
                width="stretch",
            )


def _tag_form(room: Room, tick: Tick, number: int, case: CaseView) -> None:
    words = room.words
    known = snapshot.known_tags(room.state, room.seen, tick.version("incidents"))
    st.selectbox(
        words("case.tag_add"),
        [word for word in known if word not in case.tags],
        index=None,
        key=_TAG,
        placeholder=words("case.tag_pick"),
        format_func=lambda word: visible(masked(word))[:LONGEST_TAG],
        accept_new_options=True,
        on_change=doing.do,
        args=(room, _PLACE, lambda me: _tag(room, me, number), "case.done"),
    )
    if case.tags:
        st.selectbox(
            words("case.tag_remove"),
            case.tags,
            index=None,
            key=_UNTAG,
            placeholder="—",
            format_func=lambda word: visible(masked(word)),
            on_change=doing.do,
            args=(room, _PLACE, lambda me: _untag(room, me, number), "case.done"),
        )


def _tag(room: Room, me: Actor, number: int) -> None:
    typed, st.session_state[_TAG] = st.session_state.get(_TAG), None
    if typed:
        tagging.tag(room.state, number, me, str(typed))


def _untag(room: Room, me: Actor, number: int) -> None:
    word, st.session_state[_UNTAG] = st.session_state.get(_UNTAG), None
    if word:
        tagging.untag(room.state, number, me, str(word))


def _links(room: Room, view: IncidentView, case: CaseView, *, acts: bool) -> None:
    words, number = room.words, view.incident.id
    with panels.panel("links", words("case.links"), str(len(case.links)) if case.links else ""):
        rows = [_link(room, one) for one in case.links]
        if case.hidden_links:
            rows.append(tag("li", words("case.hidden_links", count=case.hidden_links)))
        if rows:
            show(tag("ul", *rows, cls="wr-related"))
        else:
            show(tag("p", words("case.no_links"), cls="wr-hint"))
        if not acts:
            return
        with st.popover(words("case.link_add"), width="stretch"):
            st.selectbox(
                words("case.link_kind"),
                list(LinkKind),
                key=_KIND,
                format_func=lambda kind: words(f"link.{kind}"),
            )
            st.text_input(words("case.link_other"), key=_OTHER, max_chars=_LONGEST_NUMBER, placeholder="17")
            st.button(
                words("case.link_add"),
                key="case_link_do",
                on_click=doing.do,
                args=(room, _PLACE, lambda me: _connect(room, me, number), "case.done"),
                width="stretch",
            )
            if case.links:
                named = {one.id: f"{_said(room, one)} #{one.other.id}" for one in case.links}
                st.selectbox(
                    words("case.link_remove"),
                    list(named),
                    index=None,
                    key=_UNLINK,
                    placeholder="—",
                    format_func=lambda link: named.get(link, str(link)),
                    on_change=doing.do,
                    args=(room, _PLACE, lambda me: _disconnect(room, me, number), "case.done"),
                )


def _link(room: Room, one: Link) -> Markup:
    words, other = room.words, one.other
    return tag(
        "li",
        tag("i", _said(room, one)),
        tag("a", f"#{other.id}", href=f"/?incident={other.id}", target="_self"),
        *([panels.drill_mark(words)] if other.drill else []),
        tag("span", title_of(room, other), title=title_of(room, other)),
        tag("em", words(f"status.{other.status}")),
    )


def _said(room: Room, one: Link) -> str:
    """Say what the incident is of the other one, from its own side."""
    return room.words.either(f"{'link' if one.outward else 'linked'}.{one.kind}", one.kind)


def _connect(room: Room, me: Actor, number: int) -> None:
    typed = str(st.session_state.get(_OTHER, "")).strip().lstrip("#")
    if not typed.isdecimal() or len(typed) > _LONGEST_NUMBER:
        raise UsageError(room.words("case.not_a_number"))
    linking.link(room.state, number, me, LinkKind(st.session_state[_KIND]), int(typed))
    st.session_state[_OTHER] = ""


def _disconnect(room: Room, me: Actor, number: int) -> None:
    link, st.session_state[_UNLINK] = st.session_state.get(_UNLINK), None
    if link is not None:
        linking.unlink(room.state, number, me, int(link))
