"""The war-room screen: what is open, what is coming in, and whether we see everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import streamlit as st

from warroom.console import chart, components, log_words, overview, panels, snapshot
from warroom.console.markup import Markup, join, tag
from warroom.console.queue_panel import asked_number, queue_data, queued
from warroom.console.shared import Shared
from warroom.console.times import age, clock
from warroom.console.triage import do_asked, triage_data
from warroom.store.views.queues import QUEUE_LIMIT

if TYPE_CHECKING:
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick

_CHART_HEIGHT: Final = 190
#: A row is to be seen within two seconds: what is left of them is for the run and the way.
_EVERY: Final = "1750ms"
_QUEUE: Final = "queue"
#: A panel's name, title, hint and body.
_Panel: TypeAlias = tuple[str, str, str, Markup]
_SIDES: Final = Shared[tuple[_Panel, ...]](32)
#: What the panels beside the queue say of the passing of time may be so old.
_SIDE_SECONDS: Final = 4


def show_screen(room: Room) -> None:
    """Lay the screen out; it renews itself as one, because each part that does costs a run of its own."""
    room.live(_EVERY, lambda tick: _front(room, tick))


def _front(room: Room, tick: Tick) -> None:
    words = room.words
    overview.headline(room, tick)
    left, right = st.columns([2.35, 1], gap="small")
    with left:
        _queue(room, tick)
        hint = words("chart.window", minutes=chart.WINDOW_MINUTES)
        with panels.panel("chart", words("chart.title"), hint):
            overview.alert_chart(room, tick, height=_CHART_HEIGHT)
    with right:
        key = room.sight(tick, "incidents", "feeds", "content", seconds=_SIDE_SECONDS)
        for name, title, hint, body in _SIDES.get(key, lambda: _side(room, tick)):
            panels.panel(name, title, hint, body)


def _queue(room: Room, tick: Tick) -> None:
    words = room.words
    closed = st.session_state.get("queue_closed", False)
    rows, total = queued(room, tick, closed=closed)
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
            data=queue_data(room, tick, rows, triage_data(room, rows, cut)),
            on_open_change=components.noted,
            on_act_change=lambda: do_asked(room, st.session_state[_QUEUE].act, rows),
        )
    # The number comes from the browser: only one that is in the queue opens.
    if (number := asked_number(asked.open, rows)) is not None:
        st.query_params["incident"] = str(number)
        st.rerun()


def _side(room: Room, tick: Tick) -> tuple[_Panel, ...]:
    """Give the panels beside the queue: platforms, feeds, and what was done last."""
    words = room.words
    healths = overview.feed_healths(room, tick)
    count = words.counted("platforms.count", len({found.feed.platform_id for found in healths}))
    balanced = bool(healths) and not any(found.feed.unbalanced for found in healths)
    return (
        ("platforms", words("platforms.title"), count, overview.platform_tiles(room, tick)),
        ("feeds", words("feeds.title"), words("feeds.balanced") if balanced else "", _feeds(room, tick, healths)),
        ("activity", words("activity.title"), "", _activity(room, tick)),
    )


def _feeds(room: Room, tick: Tick, healths: list[FeedHealth]) -> Markup:
    words = room.words
    table = _feed_table(room, healths) if healths else panels.nothing(words("feeds.empty"), words("feeds.empty_do"))
    lines = [
        tag("li", tag("code", f"{fault.file}:{fault.line}" if fault.line else fault.file), fault.reason)
        for fault in snapshot.content_problems(room.state, room.seen, tick.version("content"))
    ]
    faults = [tag("div", tag("h4", words("feeds.faults")), tag("ul", *lines), cls="wr-faults")] if lines else []
    return join([table, *faults])


def _activity(room: Room, tick: Tick) -> Markup:
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
    if not rows:
        return panels.nothing(words("activity.empty"), words("activity.empty_do"))
    return tag("div", tag("ul", *rows, cls="wr-activity"), cls="wr-scroll")


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
        title = found.title(room.words.language)
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
