"""One planned window: what was announced against what came, and taking out what was not announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import streamlit as st

from warroom.access import Permission
from warroom.console import colours, doing, panels
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.rule_words import rule_title
from warroom.console.times import clock, date_time, moment
from warroom.incidents import planning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.incidents.planning import Comparison
    from warroom.model import Entity
    from warroom.store.incidents import AlertRow
    from warroom.store.planned import Window

_PLACE: Final = "window"
_SHOWN: Final = 40
_BARS: Final = 60


def state_of(window: Window, now: int) -> str:
    """Say whether a window is to come, running, over or cancelled."""
    if window.cancelled_at is not None:
        return "cancelled"
    if now < window.starts_at:
        return "to_come"
    return "running" if now <= window.ends_at else "over"


def show_window(room: Room, window: Window, now: int, *, close: Callable[[], None]) -> None:
    """Show a window, how it compares with what happened, and what can be done about it."""
    words = room.words
    found = planning.compare(room.state, room.person.actor, window.id)
    with panels.panel("window", words("planned.one", id=window.id), words(f"planned.{state_of(window, now)}")):
        doing.say(_PLACE)
        _facts(room, window)
    with panels.panel("window_compared", words("planned.compared"), words("planned.compared_hint")):
        show(_verdicts(found, words))
        if found.folded or found.early_or_late:
            st.plotly_chart(
                _picture(window, found, words), config={"displayModeBar": False}, key=f"window_picture_{window.id}"
            )
        show(_list(words("planned.outside"), found.early_or_late, words))
        show(_list(words("planned.elsewhere"), found.elsewhere, words, room=room))
        if found.unseen:
            show(tag("p", words("planned.unseen", sources=_named(found.unseen, words)), cls="wr-hint"))
    with panels.panel("window_folded", words("planned.folded_title"), f"{len(found.folded):,}"):
        if not found.folded:
            panels.empty(words("planned.none_folded"), words("planned.none_folded_do"))
        else:
            _folded(room, window, found)
        if window.cancelled_at is None and room.person.actor.can(Permission.MANAGE_CHANGES):
            _cancelling(room, window)
        st.button(words("planned.close"), key="window_close", on_click=close, width="stretch")


def _facts(room: Room, window: Window) -> None:
    words, language = room.words, room.words.language
    facts = [
        ("what", f"{words(f'planned.{window.kind}')} · {visible(window.title)}"),
        ("platform", room.platform(window.platform_id)),
        ("time", f"{date_time(window.starts_at, language)} – {date_time(window.ends_at, language)}"),
        ("from", _named(window.sources, words)),
        ("approved", visible(" · ".join(one for one in (window.approved_by, window.reference) if one))),
        ("announced", visible(masked(window.announced)) or "—"),
        ("entered", f"{visible(window.entered_by)} · {date_time(window.entered_at, language)}"),
    ]
    if window.cancelled_at is not None:
        facts.append(
            ("cancelled", f"{visible(window.cancelled_by or '')} · {visible(masked(window.cancelled_why or ''))}")
        )
    rows = [tag("div", tag("dt", words(f"planned.{name}")), tag("dd", value)) for name, value in facts]
    show(tag("dl", *rows, cls="wr-facts long"))


def _verdicts(found: Comparison, words: Words) -> Markup:
    """Give the comparison at a glance: a line that is as it should be, or is not."""
    lines = [
        (not found.early_or_late, words("planned.said_time", count=f"{len(found.early_or_late):,}")),
        (not found.elsewhere, words("planned.said_place", count=f"{len(found.elsewhere):,}")),
        (not found.unseen, words("planned.said_sources", count=f"{len(found.unseen):,}")),
        (not found.others, words("planned.said_others", count=f"{found.others:,}")),
    ]
    rows = [
        tag("li", tag("b", "✓" if well else "!", cls="good" if well else "bad"), text, cls="" if well else "bad")
        for well, text in lines
    ]
    if found.cut:
        rows.append(tag("li", tag("b", "!", cls="bad"), words("planned.cut"), cls="bad"))
    return tag("ul", *rows, cls="wr-verdicts")


def _picture(window: Window, found: Comparison, words: Words) -> go.Figure:
    """Draw the alerts of announced sources over time: folded ones, those outside, and the window itself."""
    moments = [alert.first_at for alert in (*found.folded, *found.early_or_late)]
    first, last = min(window.starts_at, *moments), max(window.ends_at, *moments)
    size = max(60_000_000, (last - first) // _BARS)
    figure = go.Figure()
    for alerts, colour, name in (
        (found.folded, colours.CATEGORICAL[0], "folded_title"),
        (found.early_or_late, "#ff5c6c", "outside"),
    ):
        counts: dict[int, int] = {}
        for alert in alerts:
            counts[(alert.first_at - first) // size] = counts.get((alert.first_at - first) // size, 0) + 1
        figure.add_bar(
            name=words(f"planned.{name}"),
            x=[moment(first + place * size) for place in counts],
            y=list(counts.values()),
            width=size // 1000,
            marker={"color": colour},
        )
    figure.add_vrect(
        x0=moment(window.starts_at), x1=moment(window.ends_at), fillcolor="#22d3ee", opacity=0.1, line_width=0
    )
    figure.update_layout(
        height=130,
        barmode="stack",
        showlegend=False,
        margin={"l": 4, "r": 4, "t": 4, "b": 20},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": 11, "color": colours.MUTED},
        xaxis={"fixedrange": True, "color": colours.MUTED, "showgrid": False, "tickformat": "%H:%M\n%d/%m"},
        yaxis={"gridcolor": colours.GRID, "fixedrange": True, "rangemode": "tozero", "tickformat": ",d", "nticks": 3},
    )
    return figure


def _list(title: str, alerts: Sequence[AlertRow], words: Words, *, room: Room | None = None) -> Markup:
    """List alerts that were not announced, with the incidents they are in."""
    if not alerts:
        return tag("span")
    rows = []
    for alert in alerts[:_SHOWN]:
        parts = [
            tag("time", f"{date_time(alert.first_at, words.language)}"),
            tag("b", visible(rule_title(alert, words))),
            tag("span", room.platform(alert.platform_id) if room else _named(alert.entities[:2], words)),
        ]
        if alert.incident_id is not None:
            parts.append(tag("a", f"#{alert.incident_id}", href=f"/?incident={alert.incident_id}", target="_self"))
        rows.append(tag("li", *parts))
    more = len(alerts) - _SHOWN
    if more > 0:
        rows.append(tag("li", tag("em", words("planned.more", count=f"{more:,}"))))
    return tag("div", tag("h4", f"{title} ({len(alerts):,})"), tag("ul", *rows, cls="wr-newest"), cls="wr-scroll")


def _folded(room: Room, window: Window, found: Comparison) -> None:
    words = room.words
    kinds: dict[str, int] = {}
    for alert in found.folded:
        title = rule_title(alert, words)
        kinds[title] = kinds.get(title, 0) + 1
    loudest = sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
    show(
        tag(
            "ul",
            *(tag("li", tag("b", visible(title)), tag("em", f"×{count:,}")) for title, count in loudest[:_SHOWN]),
            cls="wr-newest",
        )
    )
    if not room.person.actor.can(Permission.REGROUP_INCIDENTS, window.platform_id):
        return
    shown = {alert.id: alert for alert in found.folded[:500]}
    chosen = st.multiselect(
        words("planned.take_out"),
        list(shown),
        key=f"window_take_{window.id}",
        placeholder=words("planned.take_out_hint"),
        format_func=lambda one: visible(
            f"{clock(shown[one].first_at)} {rule_title(shown[one], words)} {_named(shown[one].entities[:2], words)}"
        ),
    )
    if chosen:
        st.text_input(words("planned.why"), key=f"window_why_{window.id}", max_chars=200)
        st.button(
            words("planned.take_out_do", count=len(chosen)),
            key="window_take_out",
            width="stretch",
            on_click=_take_out,
            args=(room, window.id, chosen),
        )


def _cancelling(room: Room, window: Window) -> None:
    words = room.words
    with st.popover(words("planned.cancel"), width="stretch"):
        st.caption(words("planned.cancel_told"))
        st.text_input(words("planned.why"), key=f"window_cancel_why_{window.id}", max_chars=200)
        st.button(
            words("planned.cancel_do"),
            key="window_cancel",
            width="stretch",
            on_click=_cancel,
            args=(room, window.id),
        )


def _take_out(room: Room, number: int, alert_ids: list[str]) -> None:
    why = st.session_state.get(f"window_why_{number}") or ""  # as typed by now

    def out(me: Actor) -> None:
        planning.take_out(room.state, me, number, alert_ids, why)

    doing.do(room, _PLACE, out, "planned.taken_out")


def _cancel(room: Room, number: int) -> None:
    why = st.session_state.get(f"window_cancel_why_{number}") or ""

    def end(me: Actor) -> None:
        planning.cancel(room.state, me, number, why)

    doing.do(room, _PLACE, end, "planned.cancelled_told")


def _named(entities: Sequence[Entity], words: Words) -> str:
    return ", ".join(f"{words.either(f'entity.{one.kind}', one.kind)} {visible(masked(one.value))}" for one in entities)
