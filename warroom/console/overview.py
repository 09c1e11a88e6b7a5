"""The parts that the war-room screen and the wall share: banners, cards, chart, platforms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import banners, chart, colours, feed_sights, health, panels, snapshot
from warroom.console.markup import Markup, join, show, tag
from warroom.console.shared import Shared
from warroom.console.times import age, moment
from warroom.model import Severity, Status
from warroom.store import views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick

_SIGHTS: Final = ("sees", "partly", "blind")
_SECOND: Final = 1_000_000
_CHART_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_HEADLINES: Final = Shared[Markup](32)
#: What is said of the passing of time may be so old.
_HEADLINE_SECONDS: Final = 2
_CHART_SECONDS: Final = 10


def feed_healths(room: Room, tick: Tick) -> list[FeedHealth]:
    """Judge every feed as of this tick, worst first."""
    rows = snapshot.feeds(room.state, room.seen, tick.version("feeds"), tick.minute)
    rates = feed_sights.usual(room.state, room.seen.url, tick.minute)
    judged = (health.judge(row, tick.now_us, rates.get(row.feed_id)) for row in rows)
    return sorted(judged, key=lambda found: (-found.rank, found.feed.feed_id))


def headline(room: Room, tick: Tick, limit: int = banners.MOST) -> None:
    """Show the banners, at most so many, and the cards; made once for all who see the same."""
    key = (*room.sight(tick, "incidents", "alerts", "feeds", seconds=_HEADLINE_SECONDS), limit)
    show(
        _HEADLINES.get(
            key, lambda: join([*banners.shown(room, tick, feed_healths(room, tick), limit), _cards(room, tick)])
        )
    )


def _cards(room: Room, tick: Tick) -> Markup:
    """Give the counts: open by severity, unacknowledged, alerts, lines, closed."""
    words, language = room.words, room.words.language
    version = tick.version("incidents")
    counts = snapshot.open_counts(room.state, room.seen, version)
    shown = []
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        # informational is counted with low: five cards would say no more than four
        mine = [one for one in counts if max(one.severity.rank, 1) == severity.rank]
        new = sum(one.count for one in mine if one.status is Status.NEW)
        detail = words("card.new", count=new) if new else words("card.open")
        total = sum(one.count for one in mine)
        accent = colours.SEVERITY[severity][1]
        shown.append(_card(words(f"severity.{severity}"), f"{total:,}", detail, accent, lit=bool(total)))
    waiting = [one for one in counts if one.status is Status.NEW]
    oldest = min((one.oldest_at for one in waiting), default=None)
    shown.append(
        _card(
            words("card.waiting"),
            f"{sum(one.count for one in waiting):,}",
            words("card.none_waiting")
            if oldest is None
            else words("card.oldest", age=age((tick.now_us - oldest) // _SECOND, language)),
            "#67e8f9",
        )
    )
    per_minute = _alert_counts(room, tick)
    window = words("card.alerts_window", minutes=chart.WINDOW_MINUTES)
    shown.append(_card(words("card.alerts"), f"{sum(count for *_, count in per_minute):,}", window, "#b48cff"))
    feeds = feed_healths(room, tick)
    lines = sum(found.feed.per_minute for found in feeds)
    shown.append(_card(words("card.events"), f"{lines:,}", words.counted("card.events_from", len(feeds)), "#2dd4a0"))
    closed = snapshot.closed_since(room.state, room.seen, version, _midnight_us(tick))
    shown.append(_card(words("card.closed"), f"{closed:,}", words("card.closed_by"), "#6d8099"))
    return tag("div", *shown, cls="wr-cards")


def _card(title: str, value: str, detail: str, accent: str, *, lit: bool = False) -> Markup:
    return tag(
        "div",
        tag("span", title, cls="name"),
        tag("strong", value),
        tag("span", detail, cls="detail"),
        cls="wr-card lit" if lit else "wr-card",
        style=f"--accent:{accent}",
    )


def _midnight_us(tick: Tick) -> int:
    here = moment(tick.now_us)
    since = here - here.replace(hour=0, minute=0, second=0, microsecond=0)
    return tick.now_us - since // timedelta(microseconds=1)


def alert_chart(room: Room, tick: Tick, *, height: int, size: int = 11) -> None:
    """Show the alerts per minute by platform, as of the last ten seconds."""
    _drawn(room, tick, room.sight(tick, seconds=_CHART_SECONDS), height, size)


@st.cache_resource(show_spinner=False, max_entries=16)
def _drawn(_room: Room, _tick: Tick, sight: tuple[object, ...], height: int, size: int) -> None:  # noqa: ARG001 - the key
    """Draw once for all who see the same, and replay: a figure costs 16 ms of CPU, and as much to be written out."""
    counts = _alert_counts(_room, _tick)
    if not counts:
        text = _room.words("chart.empty", minutes=chart.WINDOW_MINUTES)
        panels.empty(text, _room.words("queue.empty_do"))
        return
    names = {platform: _room.platform(platform) for _, platform, _ in counts}
    legend = [
        tag("span", tag("i", "", style=f"background:{colour}"), names[platform], title=names[platform])
        for platform, colour in chart.platform_colours(counts).items()
    ]
    show(tag("div", *legend, cls="wr-legend"))
    st.plotly_chart(
        chart.alerts_figure(counts, names, _tick.minute, height=height, size=size),
        key="alerts_per_minute",
        theme=None,
        config=_CHART_CONFIG,
        alt=_room.words("chart.alt"),
    )


def _alert_counts(room: Room, tick: Tick) -> list[tuple[int, str, int]]:
    since = tick.minute - chart.WINDOW_MINUTES + 1
    return snapshot.alerts_per_minute(room.state, room.seen, tick.version("alerts"), since)


def platform_tiles(room: Room, tick: Tick, limit: int | None = None) -> Markup:
    """Give the connected platforms: what is open on each, and whether its detectors see; worst first."""
    by_platform: dict[str, list[FeedHealth]] = {}
    for found in feed_healths(room, tick):
        by_platform.setdefault(found.feed.platform_id, []).append(found)
    counts = snapshot.open_counts(room.state, room.seen, tick.version("incidents"))
    if not by_platform:
        return panels.nothing(room.words("platforms.empty"), room.words("platforms.empty_do"))

    def trouble(platform: str) -> tuple[int, int, str]:
        worst = max((one.severity.rank for one in counts if one.platform_id == platform), default=-1)
        return -_SIGHTS.index(health.platform_sight(by_platform[platform])), -worst, platform

    tiles = [
        _tile(room, platform, by_platform[platform], [one for one in counts if one.platform_id == platform])
        for platform in sorted(by_platform, key=trouble)[:limit]
    ]
    return tag("div", *tiles, cls="wr-tiles")


def _tile(room: Room, platform: str, feeds: Sequence[FeedHealth], counts: Sequence[views.OpenCount]) -> Markup:
    words = room.words
    sight = health.platform_sight(feeds)
    worst = max((one.severity for one in counts), key=lambda severity: severity.rank, default=None)
    total = sum(one.count for one in counts)
    accent = "#2dd4a0" if worst is None else colours.SEVERITY[worst][1]
    state = [tag("span", words("platforms.calm") if worst is None else words("platforms.incidents", count=total))]
    if worst is not None:
        state.insert(0, panels.severity_chip(worst, words))
    if sight != "sees":
        state.append(tag("em", words(f"platforms.{sight}")))
    rate = sum(found.feed.per_minute for found in feeds)
    return tag(
        "div",
        tag("b", room.platform(platform), title=room.platform(platform)),
        tag("div", join(state), cls="state"),
        tag("span", words("platforms.rate", count=f"{rate:,}"), cls="detail"),
        cls=f"wr-tile {sight}",
        style=f"--accent:{accent}",
    )
