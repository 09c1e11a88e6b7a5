"""One suppression: what it hides, what it hid, and ending it or letting it last longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, panels
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.rule_words import rule_names, rule_title
from warroom.console.times import date_time
from warroom.incidents import suppressing
from warroom.incidents.suppressing import MOST_REASON
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.suppressions import Suppression

_PLACE: Final = "suppression"
_HOUR_US: Final = 3_600_000_000
_LONGER: Final = (24, 168, 720)
_SHOWN: Final = 50


def show_suppression(room: Room, one: Suppression, held: int, events: int, *, close: Callable[[], None]) -> None:
    """Show a suppression with what it holds or held."""
    words, language = room.words, room.words.language
    with panels.panel("suppression", words("suppress.one", id=one.id)):
        doing.say(_PLACE)
        facts = [
            ("rule", visible(rule_of(room, one))),
            ("platform", room.platform(one.platform_id) if one.platform_id else words("suppress.everywhere")),
            ("reason", visible(masked(one.reason))),
            ("owner", visible(one.owner)),
            ("set", f"{visible(one.set_by)} · {date_time(one.set_at, language)}"),
            ("until", date_time(one.expires_at, language)),
            ("said", words("suppress.said_of", alerts=f"{one.shown_alerts:,}", true=f"{one.shown_true:,}")),
            ("held", words("suppress.held_of", alerts=f"{held:,}", events=f"{events:,}")),
        ]
        if one.entity_kind is not None and one.entity_value is not None:
            kind = words.either(f"entity.{one.entity_kind}", one.entity_kind)
            facts.insert(1, ("entity", f"{kind} {visible(masked(one.entity_value))}"))
        if one.ended_at is not None:
            by = words.either(f"actor.{one.ended_by}", one.ended_by or "—")
            facts.append(("ended", f"{visible(by)} · {date_time(one.ended_at, language)}"))
            if one.ended_why:
                facts.append(("why", visible(masked(one.ended_why))))
        rows = [tag("div", tag("dt", words(f"suppress.{name}")), tag("dd", value)) for name, value in facts]
        show(tag("dl", *rows, cls="wr-facts long"))
        if room.person.actor.can(Permission.SUPPRESS):
            if one.ended_at is None:
                _ways_out(room, one)
            show(_hidden(room, one))
        st.button(words("suppress.close"), key="suppression_close", on_click=close, width="stretch")


def rule_of(room: Room, one: Suppression) -> str:
    """Give the rule whose alerts are hidden: by the name that it has now, else by the one that it had then."""
    named = rule_names(room).get(one.rule_id) if one.rule_id else None
    return named or one.rule_title or one.rule_id or room.words("suppress.any_rule")


def _ways_out(room: Room, one: Suppression) -> None:
    words = room.words
    st.text_input(words("suppress.end_why"), key=_why(one.id), max_chars=MOST_REASON)
    left, right = st.columns(2, gap="small")
    left.button(
        words("suppress.lift"),
        key="suppression_lift",
        width="stretch",
        on_click=_lift,
        args=(room, one.id),
    )
    with right.popover(words("suppress.longer"), width="stretch"):
        for hours in _LONGER:
            st.button(
                words.counted("suppress.days", hours // 24),
                key=f"suppression_longer_{hours}",
                width="stretch",
                on_click=_prolong,
                args=(room, one.id, hours),
            )


def _why(number: int) -> str:
    return f"suppression_why_{number}"


def _lift(room: Room, number: int) -> None:
    why = st.session_state.get(_why(number)) or ""  # as typed by now

    def end(me: Actor) -> None:
        suppressing.lift(room.state, me, number, why)

    doing.do(room, _PLACE, end, "suppress.lifted_told")


def _prolong(room: Room, number: int, hours: int) -> None:
    why = st.session_state.get(_why(number)) or ""
    new: list[int] = []

    def longer(me: Actor) -> None:
        new.append(suppressing.prolong(room.state, me, number, now_us() + hours * _HOUR_US, why))

    if doing.attempt(room, _PLACE, longer, "suppress.longer_told"):
        st.query_params["suppression"] = str(new[0])


def _hidden(room: Room, one: Suppression) -> Markup:
    words = room.words
    found = suppressing.hidden_alerts(room.state, room.person.actor, one.id, _SHOWN)
    if not found:
        return tag("p", words("suppress.nothing_hidden"), cls="wr-hint")
    rows = [
        tag(
            "li",
            tag("time", date_time(alert.raised_at, words.language)),
            tag("b", visible(rule_title(alert, words))),
            tag("span", visible(", ".join(masked(entity.value) for entity in alert.entities[:3]))),
            tag("em", f"×{alert.count:,}"),
        )
        for alert in found
    ]
    return tag("div", tag("ul", *rows, cls="wr-newest"), cls="wr-scroll")
