"""The war-room screen: what is open, what is coming in, and whether we see everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import chart, components, log_words, overview, panels, snapshot
from warroom.console.markup import Markup, show, tag
from warroom.console.queue_panel import asked_number, queue_data
from warroom.console.times import age, clock
from warroom.console.triage import do_asked, triage_data
from warroom.store.views.queues import QUEUE_LIMIT

if TYPE_CHECKING:
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick

_CHART_HEIGHT: Final = 190
_QUEUE: Final = "queue"


def show_screen(room: Room) -> None:
    """Lay the screen out; each part renews itself."""
    words = room.words
    room.live("2s", lambda tick: _headline(room, tick))
    left, right = st.columns([2.35, 1], gap="small")
    with left:
        room.live("2s", lambda tick: _queue(room, tick))
        hint = words("chart.window", minutes=chart.WINDOW_MINUTES)
        with panels.panel("chart", words("chart.title"), hint):
            room.live("10s", lambda tick: overview.alert_chart(room, tick, height=_CHART_HEIGHT))
    with right:
        room.live("4s", lambda tick: _side(room, tick))


def _headline(room: Room, tick: Tick) -> None:
    overview.banners(room, tick)
    overview.cards(room, tick)


def _queue(room: Room, tick: Tick) -> None:
    words = room.words
    closed = st.session_state.get("queue_closed", False)
    rows = snapshot.queue(room.state, room.seen, tick.version("incidents"), closed=closed)
    counts = snapshot.open_counts(room.state, room.seen, tick.version("incidents"))
    total = sum(one.count for one in counts)
    hint: Markup | str = words("queue.keys")
    if not closed:
        hint = f"{words('queue.shown', shown=len(rows), total=total)} · {words('queue.keys')}"
    with panels.panel("queue", words("queue.closed_title" if closed else "queue.title"), hint):
        st.toggle(words("queue.closed_only"), key="queue_closed")
        if not rows:
            kind = "queue.empty_closed" if closed else "queue.empty"
            panels.empty(words(kind), words(f"{kind}_do"))
            return
        cut = ""
        if closed and len(rows) == QUEUE_LIMIT:
            cut = words("triage.cut_closed", shown=len(rows))
        elif not closed and total > len(rows):
            cut = words("triage.cut", shown=len(rows), total=f"{total:,}", left=f"{total - len(rows):,}")
        asked = components.queue(
            key=_QUEUE,
            data=queue_data(room, tick, rows, wall=False) | {"triage": triage_data(room, rows, cut)},
            on_open_change=_noted,
            on_act_change=lambda: do_asked(room, st.session_state[_QUEUE].act, rows),
        )
    # The number comes from the browser: only one that is in the queue opens.
    if (number := asked_number(asked.open, rows)) is not None:
        st.query_params["incident"] = str(number)
        st.rerun()


def _noted() -> None:
    """Streamlit reports a component's event only where there is a callback; the result is read above."""


def _side(room: Room, tick: Tick) -> None:
    words = room.words
    healths = overview.feed_healths(room, tick)
    count = len({found.feed.platform_id for found in healths})
    with panels.panel("platforms", words("platforms.title"), words("platforms.count", count=count)):
        overview.platform_tiles(room, tick)
    balanced = bool(healths) and not any(found.feed.unbalanced for found in healths)
    with panels.panel("feeds", words("feeds.title"), words("feeds.balanced") if balanced else ""):
        if healths:
            show(_feed_table(room, healths))
        else:
            panels.empty(words("feeds.empty"), words("feeds.empty_do"))
        faults = snapshot.content_problems(room.state, room.seen, tick.version("content"))
        if faults:
            lines = [
                tag("li", tag("code", f"{fault.file}:{fault.line}" if fault.line else fault.file), fault.reason)
                for fault in faults
            ]
            show(tag("div", tag("h4", words("feeds.faults")), tag("ul", *lines), cls="wr-faults"))
    _activity(room, tick)


def _activity(room: Room, tick: Tick) -> None:
    words = room.words
    rows = [
        tag(
            "li",
            tag("time", clock(deed.row.at)),
            tag("a", f"#{deed.incident_id}", href=f"/?incident={deed.incident_id}", target="_self"),
            tag("b", log_words.actor_name(deed.row.actor, words)),
            tag("span", log_words.deed(deed.row, words)),
        )
        for deed in snapshot.activity(room.state, room.seen, tick.version("incidents"))
    ]
    with panels.panel("activity", words("activity.title")):
        if rows:
            show(tag("div", tag("ul", *rows, cls="wr-activity"), cls="wr-scroll"))
        else:
            panels.empty(words("activity.empty"), words("activity.empty_do"))


def _feed_table(room: Room, healths: list[FeedHealth]) -> Markup:
    words = room.words
    head = [
        tag("th", words(f"feeds.{name}"), cls=name)
        for name in ("feed", "state", "rate", "received", "rejected", "last")
    ]
    body = []
    for found in healths:
        feed = found.feed
        silent = "—" if found.silent_seconds is None else age(found.silent_seconds, words.language)
        title = overview.feed_title(room, found)
        cells = (
            tag("td", title, title=f"{title} · {feed.feed_id}"),
            tag("td", tag("span", words(f"feeds.{found.condition}"), cls=f"wr-state {found.condition}")),
            tag("td", f"{feed.per_minute:,}", cls="n"),
            tag("td", f"{feed.received:,}", cls="n"),
            tag("td", f"{feed.rejected:,}", cls="n bad" if feed.rejected else "n"),
            tag("td", silent, cls="age"),
        )
        body.append(tag("tr", *cells))
    table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table feeds")
    return tag("div", table, cls="wr-scroll")
