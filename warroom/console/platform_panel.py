"""One platform: its traffic by minute, its incidents, feeds, operator, and the personal data at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

from warroom.console import colours, health, overview, panels, probe_panel, search_asking, sights, snapshot, time_chart
from warroom.console.markup import show, tag
from warroom.console.queue_panel import related_list
from warroom.console.times import moment
from warroom.store.query import quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick
    from warroom.store.views.traffic import Traffic

_DAY_MINUTES: Final = 1440
_MINUTE_US: Final = 60_000_000
_CHART: Final = 250
_LABELS: Final = 180
_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
#: An hour's traffic beyond these shares of the usual is called out.
_LITTLE: Final = 0.5
_MUCH: Final = 2.0
#: Fewer events than this in a usual hour swing too much for a judgement.
_FEW: Final = 30
_SIGHTS: Final = {"sees": "good", "partly": "warn", "blind": "bad"}


def link(platform_id: str) -> str:
    """Give the address of a platform's own page."""
    return "/?" + urlencode({"screen": "platforms", "platform": platform_id})


def feed_link(feed_id: str) -> str:
    """Give the address of a feed's details."""
    return "/?" + urlencode({"screen": "feeds", "feed": feed_id})


def standing(room: Room, traffic: Traffic | None) -> tuple[str, str]:
    """Say the traffic of the last hour against what is usual at this hour of the week; with how to look."""
    words = room.words
    if traffic is None:
        return "quiet", words("board.no_traffic")
    now = words("board.hour", count=f"{traffic.hour.count:,}")
    if traffic.usual_hour is None:
        return "quiet", f"{now} · {words('board.no_history')}"
    if traffic.usual_hour < _FEW:
        return "quiet", f"{now} · {words('board.usual', count=f'{traffic.usual_hour:,.0f}')}"
    share = traffic.hour.count / traffic.usual_hour
    level = "bad" if share < _LITTLE else "warn" if share > _MUCH else "good"
    return level, f"{now} · {words('board.share', percent=f'{100 * share:,.0f}')}"


def success(room: Room, traffic: Traffic | None) -> str:
    """Say the share of the last hour's events that ended well, against the usual."""
    if traffic is None or traffic.hour.success is None:
        return "—"
    now = f"{100 * traffic.hour.success:.1f} %"
    if traffic.usual_success is None:
        return now
    return f"{now} · {room.words('board.usual', count=f'{100 * traffic.usual_success:.1f} %')}"


def sight_words(room: Room, feeds: Sequence[FeedHealth]) -> tuple[str, str]:
    """Say whether a platform's detectors see; with how to look."""
    if not feeds:
        return "quiet", room.words("board.not_connected")
    sight = health.platform_sight(feeds)
    return _SIGHTS[sight], room.words(f"board.{sight}", count=len(feeds))


def show_platform(room: Room, platform_id: str) -> None:
    """Lay out one platform's page."""
    words = room.words
    show(tag("p", tag("a", words("board.back"), href="/?screen=platforms", target="_self"), cls="wr-crumb"))
    left, right = st.columns([2.4, 1], gap="small")
    with left:
        with panels.panel("platform_traffic", room.platform(platform_id), words("board.day")):
            room.live("30s", lambda tick: _chart(room, tick, platform_id))
        room.live("10s", lambda tick: probe_panel.show_probes(room, tick, platform_id))
        room.live("4s", lambda tick: _incidents(room, tick, platform_id))
    with right:
        _facts(room, platform_id)
        room.live("10s", lambda tick: _feeds(room, tick, platform_id))


def _chart(room: Room, tick: Tick, platform_id: str) -> None:
    words = room.words
    rows = sights.minutes(room.state, room.seen, tick.minute, _DAY_MINUTES, platform_id)
    traffic = next(
        (one for one in sights.traffic(room.state, room.seen, tick.minute) if one.platform_id == platform_id), None
    )
    level, rate = standing(room, traffic)
    show(
        tag(
            "div",
            tag("span", words("board.traffic"), " ", tag("b", rate, cls=level)),
            tag("span", words("board.success"), " ", tag("b", success(room, traffic))),
            cls="wr-rates",
        )
    )
    if not rows:
        panels.empty(words("board.no_traffic"), words("board.no_traffic_do"))
        return
    names = (words("board.events"), words("board.failures"))
    st.plotly_chart(
        _figure(tuple((row[0], row[1], row[3]) for row in rows), tick.minute, names),
        key="platform_minutes",
        theme=None,
        config=_CONFIG,
        alt=words("board.chart_alt"),
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _figure(rows: tuple[tuple[int, int, int], ...], minute: int, names: tuple[str, str]) -> object:
    first = minute - _DAY_MINUTES + 1
    minutes = list(range(first, minute + 1))
    counts = {at: (count, failures) for at, count, failures in rows}
    figure = go.Figure()
    for index, (name, colour) in enumerate(zip(names, (colours.CATEGORICAL[0], "#ff7a88"), strict=True)):
        figure.add_scatter(
            x=minutes,
            y=[counts.get(at, (0, 0))[index] for at in minutes],
            name=name,
            mode="lines",
            line={"width": 1.2, "color": colour},
            fill="tozeroy",
            customdata=[f"{moment(at * _MINUTE_US):%H:%M}" for at in minutes],
            hovertemplate="%{customdata}  <b>%{y}</b><extra>%{fullData.name}</extra>",
        )
    ticks = [(at, f"{moment(at * _MINUTE_US):%H:%M}") for at in minutes[::_LABELS]]
    time_chart.lay_out(figure, _CHART, ticks, legend=1.12, yaxis_nticks=5)
    return figure


def _incidents(room: Room, tick: Tick, platform_id: str) -> None:
    words = room.words
    rows = snapshot.queue(room.state, room.seen, tick.version("incidents"), closed=False)
    mine = [row for row in rows if row.platform_id == platform_id]
    counts = snapshot.open_counts(room.state, room.seen, tick.version("incidents"))
    total = sum(one.count for one in counts if one.platform_id == platform_id)
    with panels.panel(
        "platform_incidents", words("board.incidents"), words("queue.shown", shown=len(mine), total=total)
    ):
        if not mine:
            panels.empty(words("board.no_incidents"), words("board.no_incidents_do"))
            return
        show(related_list(room, mine))


def _facts(room: Room, platform_id: str) -> None:
    words, platform = room.words, snapshot.platforms()[platform_id]
    thai = words.language == "th"
    with panels.panel("platform_facts", words("board.facts")):
        pairs = [
            (words("board.criticality"), words(f"criticality.{platform.criticality}")),
            (words("board.operator"), platform.operator_th if thai else platform.operator_en),
        ]
        show(tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs), cls="wr-facts"))
        show(tag("h4", words("board.personal"), cls="wr-sub"))
        kinds = [tag("li", kind[0] if thai else kind[1]) for kind in platform.personal_kinds]
        show(tag("ul", *kinds, cls="wr-kinds") if kinds else tag("p", words("board.no_personal"), cls="wr-hint"))
        asked = Asked("events", f"platform:{quoted(platform_id)}", "day")
        show(tag("p", tag("a", words("board.search"), href=search_asking.link(asked), target="_self"), cls="wr-crumb"))


def _feeds(room: Room, tick: Tick, platform_id: str) -> None:
    words = room.words
    healths = [found for found in overview.feed_healths(room, tick) if found.feed.platform_id == platform_id]
    with panels.panel("platform_feeds", words("feeds.title")):
        if not healths:
            panels.empty(words("board.not_connected"), words("feeds.empty_do"))
            return
        rows = [
            tag(
                "li",
                tag("b", words(f"feeds.{found.condition}"), cls=f"wr-state {found.condition}"),
                tag("a", found.title(words.language), href=feed_link(found.feed.feed_id), target="_self"),
                tag("em", words("platforms.rate", count=f"{found.feed.per_minute:,}")),
            )
            for found in healths
        ]
        show(tag("ul", *rows, cls="wr-related"))
