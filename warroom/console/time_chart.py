"""How small charts over time look, on every screen alike: Streamlit's theme is left out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.console import colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

#: What a chart that is only looked at offers.
CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def lay_out(figure: go.Figure, height: int, ticks: Sequence[tuple[int, str]], *, legend: float, **more: Any) -> None:  # noqa: ANN401 - plotly's
    """Lay a chart out: no frame, quiet lines, whole numbers upwards from zero.

    Args:
        figure: the chart.
        height: in pixels.
        ticks: where the axis of time is written on, and what.
        legend: how high above the chart its legend stands, as a part of its height.
        more: further parts of plotly's layout.
    """
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 4, "t": 4, "b": 22},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": 11.5, "color": colours.MUTED},
        legend={"orientation": "h", "y": legend, "x": 0},
        xaxis={
            "tickvals": [at for at, _ in ticks],
            "ticktext": [text for _, text in ticks],
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "gridcolor": colours.GRID,
            "zeroline": False,
            "rangemode": "tozero",
            "automargin": True,
            "fixedrange": True,
            "tickformat": ",d",
            "nticks": 4,
        },
    )
    figure.update_layout(**more)
