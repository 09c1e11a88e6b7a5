"""How long it took, as bars: one field for each clock, one bar for each group."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from warroom.console import colours

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE: Final = 26
_FRAME: Final = 46
#: Characters of a group's name; the table beside has it in full.
_LONGEST: Final = 26
#: A bar's text stands behind it: the longest bar leaves so much room.
_ROOM: Final = 1.9

#: One group: its name, its colour, and for each clock (seconds, what the bar says), or None.
Group = tuple[str, str, tuple[tuple[float, str] | None, ...]]


def level_figure(groups: Sequence[Group], titles: Sequence[str]) -> go.Figure:
    """Draw the groups from the top down.

    Args:
        groups: what is compared.
        titles: of the fields, in the order of each group's values.
    """
    figure = make_subplots(
        rows=1,
        cols=len(titles),
        shared_yaxes=True,
        horizontal_spacing=0.02,
        subplot_titles=[escape(title) for title in titles],
    )
    # Plotly reads a part of HTML, links included
    names = [escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…") for name, _, _ in groups]
    for place in range(len(titles)):
        told = [values[place] for _, _, values in groups]
        longest = max((one[0] for one in told if one), default=1.0)
        figure.add_bar(
            row=1,
            col=place + 1,
            orientation="h",
            x=[one[0] if one else 0 for one in told],
            y=list(range(len(groups))),
            text=[escape(one[1]) if one else "—" for one in told],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [colour for _, colour, _ in groups], "line": {"width": 0}},
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
        figure.update_xaxes(row=1, col=place + 1, range=[0, longest * _ROOM], visible=False, fixedrange=True)
    figure.update_yaxes(
        tickvals=list(range(len(groups))), ticktext=names, autorange="reversed", fixedrange=True, showgrid=False
    )
    figure.update_yaxes(row=1, col=1, automargin=True, color=colours.TEXT)
    figure.update_annotations(font={"size": 12.5, "color": colours.MUTED})
    figure.update_layout(
        height=_FRAME + _LINE * max(2, len(groups)),
        margin={"l": 4, "r": 4, "t": 26, "b": 6},
        bargap=0.35,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Plex Thai, sans-serif", "size": 12, "color": colours.TEXT},
        hoverlabel={"bgcolor": "#13233a", "bordercolor": "#2a4261", "font": {"color": colours.TEXT}},
    )
    return figure
