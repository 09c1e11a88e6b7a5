"""What a search over incidents found: when they were opened, counts, and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import components, found_chart, panels, search_asking
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.queue_panel import title_of
from warroom.console.search_asking import with_value
from warroom.console.times import date_time

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.event_search import Span
    from warroom.store.search_history import Asked
    from warroom.store.views import IncidentRow
    from warroom.store.views.found import FoundIncidents

_VALUES: Final = 8
_COLUMNS: Final = (
    ("number", "74px", "main"),
    ("severity", "96px", ""),
    ("incident", "", "main"),
    ("platform", "22%", "quiet"),
    ("status", "120px", ""),
    ("assignee", "12%", ""),
    ("opened", "168px", "quiet"),
)


def show_found(room: Room, asked: Asked, span: Span, found: FoundIncidents) -> None:
    """Lay out what was found."""
    words = room.words
    with panels.panel(
        "search_time", words("search.opened"), words("search.matched_incidents", matched=f"{found.matched:,}")
    ):
        found_chart.show_chart(room, asked, span, dict(found.opened))
    left, right = st.columns([1, 4.6], gap="small")
    if not found.matched:
        with right, panels.panel("search_rows", words("search.results")):
            panels.empty(words("search.none"), words("search.none_do"))
        return
    with left, panels.panel("search_facets", words("search.facets")):
        _facets(room, asked, found)
    left_out = found.matched - len(found.rows)
    hint = words("search.left_out", shown=len(found.rows), left=f"{left_out:,}") if left_out else words("search.opens")
    with right, panels.panel("search_rows", words("search.results"), hint):
        picked = components.listing(
            key="search_incidents",
            data={
                "label": words("search.results"),
                "height": "max(260px, calc(100vh - 424px - var(--band, 0px)))",
                "chosen": "",
                "columns": [
                    {
                        "title": words(f"queue.{name}" if name != "opened" else "incident.opened"),
                        "width": width,
                        "look": look,
                        "yields": "",
                    }
                    for name, width, look in _COLUMNS
                ],
                "rows": [{"id": str(row.id), "look": "", "cells": _cells(room, row)} for row in found.rows],
            },
            on_open_change=components.noted,
        ).open
    if isinstance(picked, str) and picked in {str(row.id) for row in found.rows}:
        st.query_params.clear()
        st.query_params["incident"] = picked
        st.rerun()


def _cells(room: Room, row: IncidentRow) -> list[str]:
    words = room.words
    return [
        f"#{row.id}",
        words(f"severity.{row.severity}"),
        visible(masked(title_of(room, row))),
        room.platform(row.platform_id),
        words(f"status.{row.status}"),
        visible(row.assignee or "—"),
        date_time(row.opened_at, words.language),
    ]


def _facets(room: Room, asked: Asked, found: FoundIncidents) -> None:
    words = room.words
    names = [
        (field, value, count) for field, counts in found.facets.items() for value, count in counts.most_common(_VALUES)
    ]
    groups = [
        {
            "title": words(f"queue.{field}"),
            "rows": [
                {
                    "label": room.platform(value) if field == "platform" else words(f"{field}.{value}"),
                    "count": count,
                    "shown": f"{count:,}",
                    "can": True,
                }
                for value, count in counts.most_common(_VALUES)
            ],
        }
        for field, counts in found.facets.items()
        if counts
    ]
    picked = components.facets(
        key="search_values",
        data={
            "label": words("search.facets"),
            "look": "",
            "height": "max(300px, calc(100vh - 400px))",
            "made": "incidents",
            "words": {"narrow": words("search.narrow"), "without": words("search.without")},
            "groups": groups,
        },
        on_pick_change=components.noted,
    ).pick
    if isinstance(picked, dict) and type(picked.get("group")) is int and type(picked.get("row")) is int:
        fields = list(found.facets)
        chosen = [(field, value) for field, value, _ in names if field == fields[picked["group"] % len(fields)]]
        if picked["row"] < len(chosen):
            search_asking.ask(with_value(asked, *chosen[picked["row"]], without=picked.get("without") is True))
            st.rerun()
