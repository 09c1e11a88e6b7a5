"""The register of breaches of personal data: every case, notified or not, and how soon the Office was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.breach_table import outcome
from warroom.catalog.assessment import load_assessment
from warroom.console import panels
from warroom.console.clock_rows import title
from warroom.console.duty_panel import reason_of
from warroom.console.incident_parts import Part
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.risk_form import name_of
from warroom.console.risk_panel import level_name
from warroom.console.shared import Shared
from warroom.console.times import deadline
from warroom.respond import board
from warroom.respond.board import BUCKETS, BreachRegister, BreachRow

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick

_COLUMNS: Final = ("incident", "controller", "outcome", "aware", "sent", "bucket", "risk", "subjects", "reason")
_WHICH: Final = "breaches_which"
_ALL: Final = "all"
_OTHERS: Final = ("open", "not_notifiable", "not_applicable")
_ACCENTS: Final = {
    "under_24": "#2dd4a0",
    "24_to_48": "#4dabff",
    "48_to_72": "#ffd166",
    "over_72": "#ff5566",
    "open": "#22d3ee",
    "not_notifiable": "#b48cff",
    "not_applicable": "#3a5272",
}
_FRESH: Final = 10
_SHOWN: Final = 300
_REGISTERS: Final = Shared[BreachRegister](16)


def show_register(room: Room, tick: Tick) -> None:
    """Show the figures as columns, then the cases."""
    words = room.words
    key = room.sight(tick, "incidents", "clocks", seconds=_FRESH)
    found = _REGISTERS.get(key, lambda: board.breach_register(room.state, tick.now_us, scope=room.seen.scope))
    with panels.panel("breach_figures", words("breach.figures"), words("breach.figures_told")):
        show(_columns(room, found))
    wanted = [one for one in found.rows if _wanted(one, st.session_state.get(_WHICH) or _ALL)]
    shown, cut = wanted[:_SHOWN], words("breach.cut")
    hint = words("breach.count", shown=len(shown), count=f"{len(found.rows):,}")
    with panels.panel("breaches", words("breach.title"), f"{hint} · {cut}" if found.cut else hint):
        if not found.rows:
            panels.empty(words("breach.empty"), words("breach.empty_do"))
            return
        st.segmented_control(
            words("breach.which"),
            [_ALL, "open", "notified", "late", "not_notifiable"],
            default=_ALL,
            key=_WHICH,
            format_func=lambda one: words(f"breach.{one}"),
            label_visibility="collapsed",
        )
        if not shown:
            panels.empty(words("breach.none_such"), words("breach.none_such_do"))
            return
        head = [tag("th", words(f"breach_column.{name}"), cls=name) for name in _COLUMNS]
        body = [tag("tr", *(_cell(room, one, name) for name in _COLUMNS)) for one in shown]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table breaches")
        show(tag("div", table, cls="wr-scroll"))


def _columns(room: Room, found: BreachRegister) -> Markup:
    words, counts = room.words, found.counts
    most = max(1, *counts.values())
    columns = [
        tag(
            "div",
            tag("b", f"{counts[name]:,}"),
            tag("i", style=f"height:{100 * counts[name] / most:.0f}%;background:{_ACCENTS[name]}"),
            tag("span", words(f"bucket.{name}")),
            cls="gap" if name == "open" else "",
        )
        for name in (*BUCKETS, *_OTHERS)
    ]
    return tag("div", *columns, cls="wr-columns", role="img", aria_label=words("breach.figures"))


def _wanted(one: BreachRow, chosen: str) -> bool:
    return chosen == _ALL or (one.office.late if chosen == "late" else outcome(one) == chosen)


def _cell(room: Room, one: BreachRow, name: str) -> Markup:
    words, language = room.words, room.words.language
    if name == "incident":
        link = tag("a", f"#{one.incident.id}", href=f"/?incident={one.incident.id}&part={Part.LAW}", target="_self")
        told = masked(title(one.incident, words))
        return tag("td", link, " ", told, title=told)
    if name == "outcome":
        found = outcome(one)
        return tag("td", tag("span", words(f"outcome_of.{found}"), cls=f"wr-chip outcome {found}"))
    if name == "bucket":
        told = "—" if one.bucket is None else words(f"bucket.{one.bucket}")
        return tag("td", told, cls="bad" if one.office.late else "")
    risk = "—" if one.risk is None else level_name(words, one.risk)
    office = one.office
    known = load_assessment().grounds.get(one.ground or "")
    ground = (one.ground or "") if known is None else name_of(known, words)
    texts = {
        "controller": masked(one.controller.agency),
        "aware": deadline(one.aware_at, language),
        "sent": "—" if one.sent_at is None else deadline(one.sent_at, language),
        "risk": risk,
        "subjects": "—" if one.subjects_sent_at is None else deadline(one.subjects_sent_at, language),
        "reason": " · ".join(filter(None, (ground, masked(office.delay_reason) or reason_of(office.ruling, words)))),
    }
    return tag("td", texts[name], title=texts[name], cls=name)
