"""What a search over events found: the histogram, facets, lines, and one event with all of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import components, found_chart, panels, search_asking
from warroom.console.evidence import line_text
from warroom.console.markup import show, tag, visible
from warroom.console.masking import masked
from warroom.console.search_asking import can_be_asked, with_value
from warroom.console.times import clock, date_time, moment
from warroom.model import CORE, FIELDS, ecs_name
from warroom.store.event_search import FACETS, rows_of

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.event_search import Found
    from warroom.store.search_history import Asked

_CHOSEN: Final = "search_chosen"
_TABLE: Final = "search_table"
_RAW: Final = 400
_RAW_LIMIT: Final = 20_000
_VALUES: Final = 6
_FIELDS: Final = 80
_LONGEST: Final = 400
_COLUMNS: Final = (
    ("time", "118px", ""),
    ("platform", "16%", "quiet"),
    ("source", "132px", "main"),
    ("user", "10%", ""),
    ("outcome", "84px", ""),
    ("line", "", "quiet"),
)
_HEIGHT: Final = "max(260px, calc(100vh - 434px - var(--band, 0px)))"


def show_found(room: Room, asked: Asked, found: Found) -> None:
    """Lay out what was found."""
    words = room.words
    with panels.panel("search_time", words("search.time"), _summary(room, found)):
        found_chart.show_chart(room, asked, found.span, found.bins)
    left, centre, right = st.columns([1, 3.2, 1.45], gap="small")
    if not found.matched:
        with centre, panels.panel("search_rows", words("search.results")):
            panels.empty(words("search.none"), words("search.none_do"))
        return
    events = _events(room, found)
    with left, panels.panel("search_facets", words("search.facets")):
        _facets(room, asked, found)
    with centre:
        chosen = _rows(room, found, events)
    with right:
        _one(room, asked, chosen)


def _summary(room: Room, found: Found) -> str:
    """Say how much was found, and what was left out and why."""
    words = room.words
    said = [words("search.matched", matched=f"{found.matched:,}", rows=f"{found.rows:,}")]
    if found.ended != "done" and found.reached:
        at = date_time(found.reached, words.language)
        said.append(words(f"search.ended_{found.ended or 'time'}", at=at, searched=found.searched, files=found.files))
    return " · ".join(said)


def _events(room: Room, found: Found) -> dict[str, dict[str, Any]]:
    """The events that are shown, by id as a text, newest first; read once for a search."""
    memory = st.session_state.get(_TABLE)
    if not isinstance(memory, tuple) or memory[0] is not found:
        table = rows_of(room.state, room.settings.data_dir, found.event_ids)
        memory = (found, {str(event["event_id"]): event for event in table.to_pylist()})
        st.session_state[_TABLE] = memory
    rows: dict[str, dict[str, Any]] = memory[1]
    return rows


def _rows(room: Room, found: Found, events: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    words = room.words
    chosen = st.session_state.get(_CHOSEN)
    if chosen not in events:
        chosen = next(iter(events), None)
    left_out = found.matched - len(events)
    hint = words("search.left_out", shown=len(events), left=f"{left_out:,}") if left_out > 0 else ""
    with panels.panel("search_rows", words("search.results"), hint):
        asked = components.listing(
            key="search_listing",
            data={
                "label": words("search.results"),
                "height": _HEIGHT,
                "chosen": str(chosen),
                "columns": [
                    {"title": words(f"search.col_{name}"), "width": width, "look": look, "yields": ""}
                    for name, width, look in _COLUMNS
                ],
                "rows": [{"id": key, "look": "", "cells": _cells(room, event)} for key, event in events.items()],
            },
            on_open_change=components.noted,
        )
    if isinstance(asked.open, str) and asked.open in events and asked.open != chosen:
        st.session_state[_CHOSEN] = asked.open
        st.rerun()
    return events.get(str(chosen))


def _cells(room: Room, event: dict[str, Any]) -> list[str]:
    at = int(event["ts"].timestamp() * 1_000_000)
    return [
        f"{moment(at):%d/%m} {clock(at)}",
        room.platform(event.get("platform_id") or ""),
        visible(masked(event.get("source_ip") or event.get("source_address") or "")) or "—",
        visible(masked(event.get("user_name") or event.get("user_id") or "")) or "—",
        visible(str(event.get("event_outcome") or event.get("http_response_status_code") or "—")),
        line_text(event.get("raw") or b"", masked, _RAW),
    ]


def _one(room: Room, asked: Asked, event: dict[str, Any] | None) -> None:
    """Show one event: the line as it came, and every value with a way to search for it."""
    words = room.words
    with panels.panel("search_event", words("search.event")):
        if event is None:
            show(tag("p", words("search.gone"), cls="wr-hint"))
            return
        at = int(event["ts"].timestamp() * 1_000_000)
        show(tag("p", date_time(at, words.language), " · ", clock(at, millis=True), cls="wr-lead"))
        st.code(line_text(event.get("raw") or b"", masked, _RAW_LIMIT), language=None, wrap_lines=True, height=120)
        pairs = [(name, str(event[name])) for name in ("platform_id", "feed_id", *CORE) if event.get(name) is not None]
        told = [(ecs_name(name), value) for name, value in pairs]
        told += [(name, value) for name, values in event.get(FIELDS) or () for value in values or ()]
        rows = [(name, value, {"name": visible(name)}) for name, value in told[:_FIELDS]]
        _pivot(room, asked, "search_fields", [("", rows, "")], look="fields", height="max(160px, calc(100vh - 560px))")


def _facets(room: Room, asked: Asked, found: Found) -> None:
    words = room.words
    groups = []
    for name in FACETS:
        counts = found.facets[name]
        if not counts:
            continue
        rows = [
            (ecs_name(name), value, {"count": count, "shown": f"{count:,}"})
            for value, count in counts.most_common(_VALUES)
        ]
        more = len(counts) - _VALUES
        key = "search.more_cut" if name in found.facets_cut else "search.more"
        groups.append((words(f"facet.{name}"), rows, words(key, count=f"{more:,}") if more > 0 else ""))
    _pivot(room, asked, "search_values", groups, look="", height="max(300px, calc(100vh - 400px))")


def _pivot(
    room: Room,
    asked: Asked,
    key: str,
    groups: list[tuple[str, list[tuple[str, str, dict[str, Any]]], str]],
    *,
    look: str,
    height: str,
) -> None:
    """Show values by group, each with a way to narrow the search to it or to leave it out.

    What is masked cannot be searched for from here: the address would hold what the screen hides.
    """
    words = room.words
    data = {
        "label": words("search.facets"),
        "look": look,
        "height": height,
        "made": key,
        "words": {"narrow": words("search.narrow"), "without": words("search.without")},
        "groups": [
            {
                "title": title,
                "more": more,
                "rows": [
                    {
                        **extra,
                        "label": _label(room, name, value),
                        "can": _can(name, value),
                        "why": "" if _can(name, value) else words("search.masked"),
                    }
                    for name, value, extra in rows
                ],
            }
            for title, rows, more in groups
        ],
    }
    picked = components.facets(key=key, data=data, on_pick_change=components.noted).pick
    if not isinstance(picked, dict):
        return
    try:
        name, value, _ = groups[picked["group"]][1][picked["row"]]
    except (KeyError, IndexError, TypeError):
        return
    if _can(name, value):
        search_asking.ask(with_value(asked, name, value, without=picked.get("without") is True))
        st.rerun()


def _label(room: Room, name: str, value: str) -> str:
    if name == "platform_id":
        return room.platform(value)
    told = f"{name}="
    text = masked(told + value[:_LONGEST])
    return visible(text.removeprefix(told) if text.startswith(told) else masked(value[:_LONGEST]))


def _can(name: str, value: str) -> bool:
    return can_be_asked(value) and masked(f"{name}={value}") == f"{name}={value}" and masked(value) == value
