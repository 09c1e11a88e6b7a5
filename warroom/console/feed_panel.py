"""One feed: its last week against what is usual, what ails it, who does not see because of it, losses and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import streamlit as st

from warroom.console import clock_words, colours, feed_sights, panels, platform_panel, time_chart
from warroom.console.markup import Markup, join, show, tag
from warroom.console.times import age, date_time, moment
from warroom.store.views.inflow import WEEK_HOURS

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick
    from warroom.store.views.inflow import Inflow

_CHART: Final = 190
_HOUR_MINUTES: Final = 60
_HOUR_US: Final = 3_600_000_000
_DAY: Final = 24
_SENDERS: Final = 12
_TITLES: Final = 8
_LOSSES: Final = frozenset({"kernel", "inbox", "unclaimed", "expired", "deleted"})


def show_feed(room: Room, tick: Tick, found: FeedHealth, feed: Feed | None) -> None:
    """Show a feed's details."""
    words = room.words
    with panels.panel("feed_one", found.title(words.language) or found.feed.feed_id, found.feed.feed_id):
        show(_facts(room, tick, found, feed))
        if found.feed.error:
            show(tag("div", tag("b", words("feedlist.error")), tag("code", found.feed.error), cls="wr-feed-error"))
        week = feed_sights.week(room.state, room.seen, tick.minute // _HOUR_MINUTES, found.feed.feed_id)
        if week is not None:
            names = (words("feedlist.came"), words("feedlist.is_usual"))
            hour = tick.minute // _HOUR_MINUTES
            st.plotly_chart(
                _figure(week, hour, names),
                key="feed_week",
                theme=None,
                config=time_chart.CONFIG,
                alt=words("feedlist.chart_alt"),
            )
        show(_detectors(room, tick, found), _losses(room, tick, found), _clocks(room, tick, found))


def _facts(room: Room, tick: Tick, found: FeedHealth, feed: Feed | None) -> Markup:
    words, language, row = room.words, room.words.language, found.feed
    platform = tag("a", room.platform(row.platform_id), href=platform_panel.link(row.platform_id), target="_self")
    pairs: list[tuple[str, Markup | str]] = [
        ("state", tag("span", words(f"feeds.{found.condition}"), cls=f"wr-state {found.condition}")),
        ("platform", platform),
    ]
    if feed is not None:
        pairs.append(("transport", f"{words(f'transport.{feed.transport}')} · {feed.format}"))
    last = "—" if row.received_at is None else date_time(row.received_at, language)
    pairs += [
        ("last", last),
        ("account", words("feedlist.counts", received=f"{row.received:,}", rejected=f"{row.rejected:,}")),
        ("last_hour", _usual(room, found)),
        ("silent_after", age(row.silent_after_seconds, language)),
    ]
    if row.event_at is not None and row.event_at > tick.now_us:
        pairs.append(("newest", date_time(row.event_at, language)))
    rows = [tag("div", tag("dt", words(f"feedlist.{name}")), tag("dd", value)) for name, value in pairs]
    return tag("dl", *rows, cls="wr-facts")


def _usual(room: Room, found: FeedHealth) -> str:
    usual = found.usual
    if usual is None:
        return room.words("feedlist.not_learnt")
    told = room.words("feedlist.hour", count=f"{usual.received:,}", usual=f"{usual.expected:,.0f}")
    return f"{told} · {room.words(f'feedlist.by_{usual.basis}', count=usual.samples)}"


def _detectors(room: Room, tick: Tick, found: FeedHealth) -> Markup:
    words = room.words
    known = feed_sights.watchers(room.state, room.seen.url, tick.version("content"))
    here = known.of([found.feed.feed_id], _TITLES)
    head = tag("h4", words("feedlist.detectors", count=f"{here.count:,}"), cls="wr-sub")
    if not here.count:
        return join([head, tag("p", words("feedlist.no_detectors"), cls="wr-hint")])
    thai = words.language == "th"
    titles = [tag("li", (in_thai if thai else "") or english) for english, in_thai in here.titles]
    return join([head, tag("ul", *titles, cls="wr-kinds")])


def _losses(room: Room, tick: Tick, found: FeedHealth) -> Markup:
    words = room.words
    lost = feed_sights.lost(room.state, room.seen, tick.minute).get(found.feed.feed_id, {})
    head = tag("h4", words("feedlist.losses"), cls="wr-sub")
    if not lost:
        return join([head, tag("p", words("feedlist.no_losses"), cls="wr-hint")])
    rows = [
        tag("li", tag("b", f"{count:,}", cls="bad"), " ", words(f"loss.{kind}") if kind in _LOSSES else kind)
        for kind, count in lost.items()
    ]
    return join([head, tag("ul", *rows, cls="wr-kinds")])


def _clocks(room: Room, tick: Tick, found: FeedHealth) -> Markup:
    words = room.words
    senders = feed_sights.clocks(room.state, room.seen.url, tick.minute, found.feed.feed_id)
    head = tag("h4", words("feedlist.clocks"), cls="wr-sub")
    if not senders:
        return join([head, tag("p", words("feedlist.no_clocks"), cls="wr-hint")])
    rows = [
        tag(
            "tr",
            tag("td", one.host, title=one.host),
            tag("td", clock_words.said(one, words), cls=f"clock {clock_words.level(one)}"),
            tag("td", words(f"clock.by_{one.basis}")),
            tag("td", age((tick.now_us - one.at) / 1_000_000, words.language), cls="age"),
        )
        for one in senders[:_SENDERS]
    ]
    more = len(senders) - _SENDERS
    rest = [tag("p", words("banner.more", count=more), cls="wr-hint")] if more > 0 else []
    return join(
        [head, tag("table", *rows, cls="wr-table senders"), *rest, tag("p", words("clock.note"), cls="wr-hint")]
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _figure(week: Inflow, hour: int, names: tuple[str, str]) -> go.Figure:
    hours = list(range(hour - WEEK_HOURS, hour))
    times = [f"{moment(at * _HOUR_US):%d/%m %H:00}" for at in hours]
    figure = go.Figure()
    for name, values, line, fill in (
        (names[1], list(week.usual), {"width": 1, "color": "#8aa0bb", "dash": "dot"}, "none"),
        (names[0], list(week.received), {"width": 1.3, "color": colours.CATEGORICAL[0]}, "tozeroy"),
    ):
        figure.add_scatter(
            x=hours,
            y=values,
            name=name,
            mode="lines",
            line=line | {"shape": "hvh"},
            fill=fill,
            customdata=times,
            hovertemplate="%{customdata}  <b>%{y:,.0f}</b><extra>%{fullData.name}</extra>",
        )
    days = [at for at in hours if moment(at * _HOUR_US).hour == 0]
    ticks = [(at, f"{moment(at * _HOUR_US):%d/%m}") for at in days]
    time_chart.lay_out(figure, _CHART, ticks, legend=1.14, xaxis_range=[hours[0], hours[-1] + _DAY / 24])
    return figure
