"""Hiding alerts of a kind: which, until when, why; what that would have hidden is shown before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from warroom.console import colours, doing, panels, snapshot
from warroom.console.fault_words import fault_told
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.rule_words import rule_names, rule_title
from warroom.console.times import date_time, moment
from warroom.errors import UsageError
from warroom.incidents import suppressing
from warroom.incidents.suppressing import MOST_REASON, PREVIEW_DAYS
from warroom.model import ENTITY_COLUMNS, Entity
from warroom.store import views
from warroom.store.database import now_us
from warroom.store.suppressions import Pattern

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.suppressions import Preview

PLACE: Final = "suppressing"
_FROM_ALERT: Final = "alert"
_HOURS: Final = (1, 4, 12, 24, 72, 168, 720)
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_ROUND: Final = "suppressing_round"
_LONGEST_ID: Final = 128


class _Wanted(NamedTuple):
    """What the form says."""

    pattern: Pattern
    hours: int
    title: str
    asked: str
    sure: bool = False


def show_form(room: Room) -> None:
    """Show the form; ``?alert=…`` in the address fills it from an alert."""
    words = room.words
    asked = st.query_params.get(_FROM_ALERT, "")
    seen = room.seen
    alert = views.alert(room.state, asked, scope=seen.scope) if 0 < len(asked) <= _LONGEST_ID else None
    names = rule_names(room)
    if alert is not None:
        names.setdefault(alert.rule_id, rule_title(alert, words))
    with panels.panel("suppression_new", words("suppress.new"), words("suppress.new_hint")):
        doing.say(PLACE)
        ids = list(names)
        rule = st.selectbox(
            words("suppress.rule"),
            ids,
            index=ids.index(alert.rule_id) if alert else None,
            key=_key("rule", asked),
            placeholder=words("suppress.any_rule"),
            format_func=lambda one: visible(names[one]),
        )
        known = list(snapshot.platforms())
        platform = st.selectbox(
            words("suppress.platform"),
            known,
            index=known.index(alert.platform_id) if alert and alert.platform_id in known else None,
            key=_key("platform", asked),
            placeholder=words("suppress.everywhere"),
            format_func=room.platform,
        )
        entity = _entity(room, alert, asked)
        left, right = st.columns(2, gap="small")
        hours = left.selectbox(
            words("suppress.for"),
            _HOURS,
            index=_HOURS.index(24),
            key=_key("hours", asked),
            format_func=lambda one: _span(room, one),
        )
        right.text_input(
            words("suppress.owner_field"), key=_key("owner", asked), max_chars=100, placeholder=room.person.actor.name
        )
        st.text_area(words("suppress.reason"), key=_key("reason", asked), max_chars=MOST_REASON, height=84)
        pattern = Pattern(rule, platform, entity)
        if rule is None and entity is None:
            show(tag("p", words("suppress.choose"), cls="wr-hint"))
            return
        _decide(room, _Wanted(pattern, hours, names.get(rule or "", ""), asked))


def _entity(room: Room, alert: views.AlertRow | None, asked: str) -> Entity | None:
    """Ask whom the alerts are about: one of an alert's own, or typed."""
    words = room.words
    if alert is not None:
        return st.selectbox(
            words("suppress.entity"),
            list(alert.entities),
            index=0 if alert.entities else None,
            key=_key("entity", asked),
            placeholder=words("suppress.any_entity"),
            format_func=lambda one: f"{words.either(f'entity.{one.kind}', one.kind)} {visible(masked(one.value))}",
        )
    left, right = st.columns([1, 2], gap="small")
    kind = left.selectbox(
        words("suppress.entity"),
        list(ENTITY_COLUMNS),
        index=None,
        key=_key("kind", asked),
        placeholder=words("suppress.any_entity"),
        format_func=lambda one: words(f"entity.{one}"),
    )
    value = right.text_input(words("suppress.value"), key=_key("value", asked), max_chars=1000, disabled=kind is None)
    return Entity(kind, value.strip()) if kind and value and value.strip() else None


def _decide(room: Room, wanted: _Wanted) -> None:
    """Show what it would have hidden, and the button."""
    words = room.words
    try:
        told = suppressing.preview(room.state, room.person.actor, wanted.pattern)
    except UsageError as problem:
        panels.warning(words("act.refused", reason=fault_told(str(problem), words)))
        return
    show(_told(room, told))
    if told.alerts:
        st.plotly_chart(_by_day(told), config={"displayModeBar": False}, key=f"suppress_days_{wanted.asked}")
        show(_newest(room, told))
    sure = True
    if told.true:
        sure = st.checkbox(words("suppress.sure", count=told.true), key=_key("sure", wanted.asked))
    until = now_us() + wanted.hours * _HOUR_US
    st.button(
        words("suppress.do", until=date_time(until, words.language)),
        key="suppress_do",
        type="primary",
        width="stretch",
        disabled=not sure,
        on_click=_suppress,
        args=(room, wanted._replace(sure=bool(told.true))),
    )


def _suppress(room: Room, wanted: _Wanted) -> None:
    # as typed by now: who clicks right out of the field is faster than the run that would hand its text over
    reason, owner = (st.session_state.get(_key(name, wanted.asked)) or "" for name in ("reason", "owner"))

    def hide(me: Actor) -> None:
        suppressing.suppress(
            room.state,
            me,
            wanted.pattern,
            reason=reason,
            expires_at=now_us() + wanted.hours * _HOUR_US,
            owner=owner,
            rule_title=wanted.title,
            true_ones_seen=wanted.sure,
        )

    if doing.attempt(room, PLACE, hide, "suppress.done"):
        st.query_params.pop(_FROM_ALERT, None)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _told(room: Room, told: Preview) -> Markup:
    words = room.words
    if not told.alerts:
        return tag("div", words("suppress.would_none", days=PREVIEW_DAYS), cls="wr-preview none")
    parts = [
        tag("b", words("suppress.would", alerts=f"{told.alerts:,}", events=f"{told.events:,}", days=PREVIEW_DAYS)),
        tag(
            "span",
            words("suppress.would_true", count=f"{told.true:,}") if told.true else words("suppress.would_no_true"),
            cls="bad" if told.true else "",
        ),
    ]
    if told.undecided:
        parts.append(tag("span", words("suppress.would_open", count=f"{told.undecided:,}")))
    if told.worst is not None:
        parts.append(tag("span", words("suppress.worst"), " ", panels.severity_chip(told.worst, words)))
    return tag("div", *parts, cls="wr-preview")


def _newest(room: Room, told: Preview) -> Markup:
    rows = [
        tag(
            "li",
            tag("time", date_time(one.raised_at, room.words.language)),
            tag("b", visible(rule_title(one, room.words))),
            tag("span", visible(", ".join(masked(entity.value) for entity in one.entities[:3]))),
        )
        for one in told.newest
    ]
    return tag("ul", *rows, cls="wr-newest")


def _by_day(told: Preview) -> go.Figure:
    """Draw the alerts that would have been hidden, a bar a day."""
    today = now_us() // _DAY_US
    counts = dict(told.by_day)
    days = list(range(today - PREVIEW_DAYS + 1, today + 1))
    labels = [f"{moment(day * _DAY_US).day}" for day in days]
    figure = go.Figure(
        go.Bar(x=labels, y=[counts.get(day, 0) for day in days], marker={"color": colours.CATEGORICAL[0]})
    )
    figure.update_layout(
        height=90,
        margin={"l": 4, "r": 4, "t": 4, "b": 18},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": 11, "color": colours.MUTED},
        xaxis={"type": "category", "fixedrange": True, "color": colours.MUTED},
        yaxis={"gridcolor": colours.GRID, "fixedrange": True, "rangemode": "tozero", "tickformat": ",d", "nticks": 3},
    )
    return figure


def _span(room: Room, hours: int) -> str:
    days, rest = divmod(hours, 24)
    return room.words("suppress.hours", count=hours) if rest else room.words.counted("suppress.days", days)


def _key(name: str, asked: str) -> str:
    """Name a field: a new alert, or one that was hidden, begins with new fields."""
    return f"suppress_{name}_{asked[:16]}_{st.session_state.get(_ROUND, 0)}"
