"""The board of all running legal clocks, soonest first; and, below it, what is due by the calendar or in general."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.legal import load_law
from warroom.console import clock_rows, components, panels
from warroom.console.incident_parts import Part
from warroom.console.markup import Markup, show, tag
from warroom.console.times import deadline
from warroom.respond.clocks import Light, light, plan
from warroom.respond.durations import year_end

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.respond.board import Board, BoardRow
    from warroom.respond.clocks import Planned

_LONGEST: Final = 120
#: The annual report of a year is due in the month after it: until then the year before counts.
_MONTH_US: Final = 31 * 86_400_000_000
#: What is shown of a board at most; the soonest come first, and the panel says how many there are.
_SHOWN: Final = 150
_WAITING: Final = 60
_WALL: Final = 3
_WALL_COLUMNS: Final = ("left", "what", "due", "incident")
_ACCENTS: Final = {"passed": "#ff5566", "red": "#ff9f43", "amber": "#ffd166", "green": "#2dd4a0"}


def show_board(room: Room, tick: Tick) -> None:
    """Show the cards, the clocks of real incidents, those of drills apart, and what waits."""
    words = room.words
    found = clock_rows.read_board(room, tick, drills=room.drill)
    show(_cards(room, tick, found))
    show(advice(room))
    shown = found.running[:_SHOWN]
    hint = words("clocks.shown", shown=len(shown), count=f"{len(found.running):,}")
    if found.cut:
        hint = f"{hint} · {words('clocks.cut')}"
    with panels.panel("clock_board", words("clocks.title"), f"{hint} · {words('sla.keys')}"):
        if shown:
            show_clocks(room, tick, shown, "clocks")
        else:
            panels.empty(words("clocks.empty"), words("clocks.empty_do"))
    if not room.drill:
        _drills(room, tick)


def show_clocks(room: Room, tick: Tick, running: tuple[BoardRow, ...], key: str) -> None:
    """Show clocks of several incidents; a line that is clicked opens the law of its incident."""
    rows = [clock_rows.row(room, one.incident, one.state) for one in running]
    data = clock_rows.component_data(room, tick, rows)
    asked = components.legal(key=key, data=data, on_open_change=components.noted)
    # The key comes from the browser: only one that is on the board opens.
    known = {one["key"]: one["incident"] for one in rows}
    if isinstance(asked.open, str) and len(asked.open) <= _LONGEST and asked.open in known:
        st.query_params.clear()
        st.query_params["incident"] = str(known[asked.open])
        st.query_params["part"] = str(Part.LAW)
        st.rerun()


def show_wall(room: Room, tick: Tick) -> bool:
    """Show the soonest clocks, big, for the wall; whether there are any."""
    found = clock_rows.read_board(room, tick, drills=room.drill)
    soonest = [one for one in found.running if one.state.planned.due_at is not None][:_WALL]
    if not soonest:
        return False
    words = room.words
    rows = [clock_rows.row(room, one.incident, one.state) for one in soonest]
    more = words("clocks.more", count=len(found.running) - len(rows)) if len(found.running) > len(rows) else ""
    with panels.panel("clock_wall", words("clocks.title"), more):
        components.legal(
            key="clocks_wall",
            data=clock_rows.component_data(room, tick, rows, columns=_WALL_COLUMNS, wall=True),
            on_open_change=components.noted,
        )
    return True


def show_waiting(room: Room, tick: Tick) -> None:
    """List what applies and has not begun to run, and what is due in general."""
    words = room.words
    found = clock_rows.read_board(room, tick, drills=room.drill)
    shown = found.waiting[:_WAITING]
    hint = words("clocks.waiting_shown", shown=len(shown), count=f"{len(found.waiting):,}") if shown else ""
    with panels.panel("clock_waiting", words("clocks.waiting"), hint):
        if not found.waiting:
            panels.empty(words("clocks.no_waiting"), words("clocks.no_waiting_do"))
        else:
            rows = [_waits(room, one) for one in shown]
            show(tag("div", tag("ul", *rows, cls="wr-law"), cls="wr-scroll"))


def show_standing(room: Room, tick: Tick) -> None:
    """Show what is owed whether or not there is an incident: by the calendar, or from an event of the agency's own."""
    words, law = room.words, load_law()
    moments = {"year_end_at": year_end(tick.now_us - _MONTH_US)}
    found = plan([one for one in law.clocks if one.track == "standing"], moments)
    found.sort(key=lambda one: (one.due_at is None, one.due_at or 0))
    with panels.panel("clock_standing", words("clocks.standing"), words("clocks.standing_told")):
        head = [tag("th", words(f"standing_column.{name}"), cls=name) for name in ("what", "limit", "due", "basis")]
        body = [_standing(room, tick, one) for one in found]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table standing")
        show(tag("div", table, cls="wr-scroll"))


def advice(room: Room) -> Markup:
    """Give the line that stands on every screen of law."""
    words = room.words
    return tag("div", tag("span", words("law.advice")), tag("code", "docs/legal-clocks.md"), cls="wr-advice")


def _cards(room: Room, tick: Tick, found: Board) -> Markup:
    words = room.words
    lights = [light(one.state.planned, tick.now_us) for one in found.running]
    counts = {one.value: lights.count(one) for one in (Light.PASSED, Light.RED, Light.AMBER, Light.GREEN)}
    cards = [
        tag(
            "div",
            tag("span", words(f"law_light.{name}"), cls="name"),
            tag("strong", f"{count:,}"),
            tag("span", words(f"clocks.{name}_told"), cls="detail"),
            cls="wr-card lit" if count else "wr-card",
            style=f"--accent:{_ACCENTS[name]}",
        )
        for name, count in counts.items()
    ]
    return tag("div", *cards, cls="wr-cards four")


def _drills(room: Room, tick: Tick) -> None:
    found = clock_rows.read_board(room, tick, drills=True)
    if not found.running:
        return
    told = room.words("clocks.drills_told", count=f"{len(found.running):,}")
    with panels.panel("clock_drills", room.words("clocks.drills"), told):
        show_clocks(room, tick, found.running[:_SHOWN], "clocks_drills")


def _waits(room: Room, one: BoardRow) -> Markup:
    told = clock_rows.row(room, one.incident, one.state)
    link = tag("a", f"#{one.incident.id}", href=f"/?incident={one.incident.id}&part={Part.LAW}", target="_self")
    marks = [panels.drill_mark(room.words)] if one.incident.drill and not room.drill else []
    return tag(
        "li", *marks, tag("b", link), tag("b", told["what"]), tag("span", told["controller"]), tag("p", told["said"])
    )


def _standing(room: Room, tick: Tick, one: Planned) -> Markup:
    words = room.words
    thai = words.language == "th"
    part = one.part.th if thai else one.part.en
    name = one.clock.th if thai else one.clock.en
    if one.due_at is None:
        waits = ", ".join(clock_rows.moment_name(each, words) for each in one.waits_for)
        due: Markup | str = tag("em", words("law.counts_from", moments=waits))
    else:
        days = max(0, one.due_at - tick.now_us) // 86_400_000_000
        due = f"{deadline(one.due_at, words.language)} · {words('clocks.days', count=days)}"
    wording = one.clock.wording
    return tag(
        "tr",
        tag("td", f"{name} ({part})" if part else name, title=name),
        tag("td", wording, title=wording),
        tag("td", due),
        tag("td", clock_rows.basis(one.clock, words), title=clock_rows.basis(one.clock, words)),
    )
