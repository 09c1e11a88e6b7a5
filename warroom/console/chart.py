"""Alerts per minute by platform, as stacked bars."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from warroom.console import colours
from warroom.console.times import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How far back the chart reaches.
WINDOW_MINUTES: Final = 60

_MINUTE: Final = 60_000_000
_LABELS: Final = 10
#: Lines across, at most.
_TICKS: Final = 5


def alerts_figure(
    counts: Sequence[tuple[int, str, int]], names: dict[str, str], now_minute: int, *, height: int, size: int
) -> go.Figure:
    """Draw the last hour, one bar a minute, one colour a platform.

    Args:
        counts: (minute since 1970, platform id, alerts).
        names: what a bar under the pointer calls its platform.
        now_minute: the newest minute on the axis.
        height: of the figure, in pixels.
        size: of the letters, in pixels.
    """
    first = now_minute - WINDOW_MINUTES + 1
    minutes = list(range(first, now_minute + 1))
    clocks = [f"{moment(minute * _MINUTE):%H:%M}" for minute in minutes]
    found = {(minute, platform): count for minute, platform, count in counts}
    figure = go.Figure()
    for platform, colour in platform_colours(counts).items():
        figure.add_bar(
            name=escape(names.get(platform, platform)),  # Plotly reads a part of HTML, links included
            x=minutes,
            y=[found.get((minute, platform), 0) for minute in minutes],
            customdata=clocks,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{customdata}  <b>%{y}</b><extra>%{fullData.name}</extra>",
        )
    shown = minutes[:: max(1, WINDOW_MINUTES // _LABELS)]
    figure.update_layout(
        barmode="stack",
        bargap=0.18,
        height=height,
        margin={"l": 4, "r": 4, "t": 4, "b": size + 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": size, "color": colours.MUTED},
        showlegend=False,  # names are long: the panel has a legend of its own that cuts them
        hoverlabel={"bgcolor": "#13233a", "bordercolor": "#2a4261", "font": {"color": colours.TEXT}},
        xaxis={
            "range": [first - 0.6, now_minute + 0.6],
            "tickvals": shown,
            "ticktext": [clocks[minute - first] for minute in shown],
            "showgrid": False,
            "fixedrange": True,
            "color": colours.MUTED,
        },
        yaxis={
            "gridcolor": colours.GRID,
            "zeroline": False,
            "rangemode": "tozero",
            "automargin": True,
            **({"dtick": 1} if _peak(counts) < _TICKS else {"nticks": _TICKS}),  # no half alerts
            "tickformat": ",d",
            "fixedrange": True,
            "color": colours.MUTED,
        },
    )
    return figure


def platform_colours(counts: Sequence[tuple[int, str, int]]) -> dict[str, str]:
    """Give each platform of the chart its colour, in the order of the ids."""
    platforms = sorted({platform for _, platform, _ in counts})
    return {platform: colours.CATEGORICAL[index % len(colours.CATEGORICAL)] for index, platform in enumerate(platforms)}


def _peak(counts: Sequence[tuple[int, str, int]]) -> int:
    """Give the most alerts of all platforms in a minute."""
    sums: dict[int, int] = {}
    for minute, _, count in counts:
        sums[minute] = sums.get(minute, 0) + count
    return max(sums.values(), default=0)
