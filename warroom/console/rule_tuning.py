"""Proposals to tune rules: what people closed as a false alarm, and what somebody makes of it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.bench import tuning
from warroom.console import detector_counts, doing, panels, rule_asking, rule_shelf
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.rules.proposals import Proposal

_PLACE: Final = "rule_tuning"
_MOST: Final = 12
_LONGEST_REASON: Final = 500


def open_proposals(room: Room, rule_id: str | None = None) -> list[Proposal]:
    """Give what is open about the person's platforms, newest first."""
    return tuning.list_proposals(room.state, room.person.actor, rule_id=rule_id)


def show_proposals(room: Room, rule_id: str | None = None) -> None:
    """Show what is open, of one rule or all, each with what may be done about it; nothing where one rule has none."""
    words = room.words
    found = open_proposals(room, rule_id)
    if rule_id is not None and not found:
        return
    with panels.panel("noise_proposals", words("tuning.title"), words("tuning.hint", count=len(found))):
        doing.say(_PLACE)
        if not found:
            panels.empty(words("tuning.none"), words("tuning.none_do"))
            return
        for one in found[:_MOST]:
            show(_told(room, one))
            if room.person.actor.can(Permission.MANAGE_RULES):
                _acts(room, one)
        if len(found) > _MOST:
            show(tag("p", words("banner.more", count=len(found) - _MOST), cls="wr-hint"))


def _told(room: Room, one: Proposal) -> Markup:
    words = room.words
    told = words.counted("tuning.closed", len(one.samples), who=one.closed_by, at=date_time(one.at, words.language))
    entry = rule_shelf.shelf(room, room.look()).entries.get(one.rule_id)
    title = one.rule_title if entry is None else entry.named(words.language)
    drafts = []
    if one.draft:
        name = PurePath(one.draft).stem
        address = rule_asking.draft_link(opened=name)
        drafts.append(tag("a", words("tuning.open_draft", name=name), href=address, target="_self"))
    return tag(
        "div",
        tag("a", title, href=rule_asking.link(one.rule_id), target="_self"),
        tag("span", told, " ", tag("a", f"#{one.incident_id}", href=f"/?incident={one.incident_id}", target="_self")),
        *drafts,
        cls="wr-tuning",
    )


def _acts(room: Room, one: Proposal) -> None:
    words = room.words
    left, right = st.columns(2, gap="small")
    with left:
        st.button(
            words("tuning.draft"),
            key=f"tuning_draft_{one.id}",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _draft(room, me, one.id), "tuning.drafted"),
            help=words("tuning.draft_told"),
            disabled=not one.samples,
            width="stretch",
        )
    with right, st.popover(words("tuning.decide"), width="stretch"):
        key = f"tuning_reason_{one.id}"
        st.text_input(words("tuning.reason"), key=key, max_chars=_LONGEST_REASON)
        for name, act, done in (
            ("finish", tuning.finish, "tuning.finished"),
            ("dismiss", tuning.dismiss, "tuning.dismissed"),
        ):
            st.button(
                words(f"tuning.{name}"),
                key=f"tuning_{name}_{one.id}",
                on_click=doing.do,
                args=(room, _PLACE, _decided(room, act, one.id, key), done),
                width="stretch",
            )


def _draft(room: Room, me: Actor, number: int) -> None:
    rules = detector_counts.loaded(room.settings, room.look().version("content"))
    tuning.draft_filter(room.state, room.settings.data_dir, me, number, rules)


def _decided(room: Room, act: Callable[..., object], number: int, key: str) -> Callable[[Actor], object]:
    """Give the act with the reason as it is typed by then."""
    return lambda me: act(room.state, me, number, str(st.session_state.get(key) or ""))
