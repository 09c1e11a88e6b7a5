"""The pieces of the screens that live in the browser: masthead, queue, note, tables, facets, maps, deadlines, law.

Each is a components-v2 component of our own: constant HTML, and data that the script puts in by ``textContent``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

_ASSETS: Final = Path(__file__).parent / "assets"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


masthead: Final = st.components.v2.component(
    "warroom_masthead",
    html='<div class="stage"></div>',
    css=_asset("masthead.css"),
    js=_asset("masthead.js"),
)

queue: Final = st.components.v2.component(
    "warroom_queue",
    html='<div class="stage"></div>',
    css=_asset("queue.css"),
    js=_asset("queue.js") + _asset("queue_triage.js"),
)

note: Final = st.components.v2.component(
    "warroom_note",
    html='<textarea></textarea><div class="saved"></div>',
    css=_asset("note.css"),
    js=_asset("note.js"),
)

listing: Final = st.components.v2.component(
    "warroom_listing",
    html='<div class="stage"></div>',
    css=_asset("listing.css"),
    js=_asset("choosing.js") + _asset("listing.js"),
)

deadlines: Final = st.components.v2.component(
    "warroom_deadlines",
    html='<div class="stage"></div>',
    css=_asset("deadlines.css"),
    js=_asset("choosing.js") + _asset("deadlines.js"),
)

legal: Final = st.components.v2.component(
    "warroom_legal",
    html='<div class="stage"></div>',
    css=_asset("legal.css"),
    js=_asset("choosing.js") + _asset("legal.js"),
)

matrix: Final = st.components.v2.component(
    "warroom_matrix",
    html='<div class="stage"></div>',
    css=_asset("matrix.css"),
    js=_asset("matrix.js"),
)

facets: Final = st.components.v2.component(
    "warroom_facets",
    html='<div class="stage"></div>',
    css=_asset("facets.css"),
    js=_asset("facets.js"),
)

world: Final = st.components.v2.component(
    "warroom_world",
    html='<div class="stage"></div>',
    css=_asset("world.css"),
    js=_asset("world.js"),
)

long_list: Final = st.components.v2.component(
    "warroom_long_list",
    html='<div class="stage"></div>',
    css=_asset("long_list.css"),
    js=_asset("long_list.js"),
)


def noted() -> None:
    """Take notice of a component's event and do nothing: it is read from the component's result.

    Streamlit reports an event only where there is a callback.
    """
