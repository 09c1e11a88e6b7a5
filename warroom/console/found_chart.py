"""The time histogram of what a search found: drawing over it narrows the search to that time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import streamlit as st

from warroom.console import colours, search_asking
from warroom.console.times import moment
from warroom.store.event_search import BINS
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.room import Room
    from warroom.store.event_search import Span

_HEIGHT: Final = 110
_LABELS: Final = 8
_FEW: Final = 2
_DAY_US: Final = 86_400_000_000
_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def show_chart(room: Room, asked: Asked, span: Span, bins: Mapping[int, int]) -> None:
    """Show the counts by time."""
    key = f"search_chart_{hash((asked, span))}"

    def brushed() -> None:
        narrowed = brushed_span(st.session_state[key], span)
        if narrowed is not None:
            search_asking.ask(Asked(asked.kind, asked.text, narrowed))

    st.plotly_chart(
        _figure(span, tuple(sorted(bins.items()))),
        key=key,
        theme=None,
        config=_CONFIG,
        on_select=brushed,
        selection_mode="box",
        alt=room.words("search.chart_alt"),
    )


def brushed_span(event: Any, span: Span) -> str | None:  # noqa: ANN401 - what the browser sent
    """Give the time of the bars that were drawn over, whole bars; None where none was."""
    try:
        low, high = sorted(float(one) for one in event["selection"]["box"][0]["x"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    first, last = max(0, round(low)), min(BINS - 1, round(high))
    if not 0 <= first <= last < BINS:
        return None
    return search_asking.span_text(span.since + first * span.bin_us, span.since + (last + 1) * span.bin_us)


@st.cache_resource(show_spinner=False, max_entries=32)
def _figure(span: Span, bins: tuple[tuple[int, int], ...]) -> object:
    counts = dict(bins)
    places = list(range(BINS))
    form = "%H:%M" if span.until - span.since <= _DAY_US else "%d/%m %H:%M"
    clocks = [f"{moment(span.since + place * span.bin_us):{form}}" for place in places]
    shown = places[:: BINS // _LABELS]
    figure = go.Figure()
    figure.add_bar(
        x=places,
        y=[counts.get(place, 0) for place in places],
        customdata=clocks,
        marker={"color": colours.CATEGORICAL[0], "line": {"width": 0}},
        hovertemplate="%{customdata}  <b>%{y}</b><extra></extra>",
        unselected={"marker": {"opacity": 0.4}},
    )
    figure.update_layout(
        bargap=0.12,
        height=_HEIGHT,
        margin={"l": 4, "r": 4, "t": 4, "b": 22},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": 11, "color": colours.MUTED},
        showlegend=False,
        dragmode="select",
        selectdirection="h",
        newselection={"line": {"color": colours.CATEGORICAL[0], "width": 1}},
        hoverlabel={"bgcolor": "#13233a", "bordercolor": "#2a4261", "font": {"color": colours.TEXT}},
        xaxis={
            "range": [-0.6, BINS - 0.4],
            "tickvals": shown,
            "ticktext": [clocks[place] for place in shown],
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "gridcolor": colours.GRID,
            "zeroline": False,
            "rangemode": "tozero",
            **({"dtick": 1} if max(counts.values(), default=0) <= _FEW else {"nticks": 3}),  # no half events
            "fixedrange": True,
            "automargin": True,
            "tickformat": ",d",
        },
    )
    return figure
