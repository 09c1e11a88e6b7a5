"""The board of open incidents by what runs out next; its countdowns tick in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import colours, components, panels
from warroom.console.markup import visible
from warroom.console.queue_panel import asked_number, title_of
from warroom.incidents.targets import STOPPED_IN, Clock, Light, clocks, runs_out_next

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.room import Room, Tick
    from warroom.incidents.targets import Running
    from warroom.model import Severity, Target
    from warroom.store.views import IncidentRow
    from warroom.store.views.duty import Board

_COLUMNS: Final = ("number", "severity", "incident", "platform", "assignee", "status", "next", "left", "lamps")


def show_board(room: Room, tick: Tick, board: Board, targets: Mapping[Severity, Target]) -> None:
    """Show the board; a line that is clicked opens its incident."""
    words = room.words
    shown = words("sla.shown", shown=len(board.rows), total=board.open_count)
    keys = words("sla.keys")
    with panels.panel("sla_board", words("sla.board"), f"{shown} · {keys}"):
        if not board.rows:
            panels.empty(words("sla.empty"), words("sla.empty_do"))
            return
        asked = components.deadlines(
            key="deadlines", data=_data(room, tick, board, targets), on_open_change=components.noted
        )
    if (number := asked_number(asked.open, board.rows)) is not None:
        st.query_params.clear()
        st.query_params["incident"] = str(number)
        st.rerun()


def running_of(row: IncidentRow, target: Target) -> tuple[Running, ...]:
    """Give the clocks of an open incident; of what is done, when is known only where its line says so."""
    done = {clock: row.updated_at if row.status in STOPPED_IN[clock] else None for clock in Clock}
    if row.acknowledged_at is not None:
        done[Clock.ACKNOWLEDGE] = row.acknowledged_at
    return clocks(target, row.opened_at, done)


def _data(room: Room, tick: Tick, board: Board, targets: Mapping[Severity, Target]) -> dict[str, Any]:
    words = room.words
    told = {name: words(f"sla_column.{name}") for name in _COLUMNS}
    return {
        "now": tick.now_us // 1000,
        "columns": _COLUMNS,
        "rows": [_row(room, tick, row, targets[row.severity]) for row in board.rows],
        "lights": {light.value: words(f"light.{light}") for light in Light} | {"done": words("light.done")},
        "words": {f"col_{name}": text for name, text in told.items()}
        | {clock.value: words(f"clock.{clock}") for clock in Clock}
        | {f"{clock}_short": words(f"clock.{clock}_short") for clock in Clock}
        | {
            "label": words("sla.board"),
            "none": words("sla.none_left"),
            "late": words("sla.late"),
            "day": words("unit.day"),
            "drill": words("app.drill"),
        },
    }


def _row(room: Room, tick: Tick, row: IncidentRow, target: Target) -> dict[str, Any]:
    running = running_of(row, target)
    following = runs_out_next(running)
    return {
        "id": row.id,
        "severity": room.words(f"severity.{row.severity}"),
        "chip": colours.SEVERITY[row.severity],
        "title": visible(title_of(room, row)),
        "platform": room.platform(row.platform_id),
        "assignee": visible(row.assignee) if row.assignee else None,
        "status": room.words(f"status.{row.status}"),
        "drill": row.drill and not room.drill,
        "next": following
        and {
            "clock": following.clock,
            "opened": following.opened_at // 1000,
            "due": following.due_at // 1000,
        },
        "clocks": [{"clock": one.clock, "light": _lamp(one, tick)} for one in running],
    }


def _lamp(one: Running, tick: Tick) -> str:
    # The board knows when an incident was acknowledged; of later steps only that they were done.
    if one.done_at is not None and one.clock is not Clock.ACKNOWLEDGE:
        return "done"
    return one.light(tick.now_us)
