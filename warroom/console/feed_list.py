"""The table of all feeds: how each is, what comes of it against what usually does, what it lost, whose clock is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.console import clock_words, feed_sights
from warroom.console.markup import Markup, tag
from warroom.console.platform_panel import feed_link
from warroom.console.times import age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.catalog import Feed
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick
    from warroom.store.skews import Skew
    from warroom.store.usual import Usual
    from warroom.store.views.inflow import Inflow

#: More feeds than this are cut, and that is said.
MOST: Final = 400
_COLUMNS: Final = ("feed", "state", "platform", "transport", "day", "now", "usual", "lag", "lost", "clock", "last")
_HOUR_MINUTES: Final = 60
_MEGABYTE: Final = 1 << 20


def feed_table(
    room: Room, tick: Tick, healths: Sequence[FeedHealth], defined: Mapping[str, Feed], chosen: str | None
) -> Markup:
    """Give the table, worst first.

    Args:
        room: whose screen it is.
        tick: the moment.
        healths: the feeds that are shown.
        defined: the feed files by id, as far as they can be read.
        chosen: the feed whose details are open.
    """
    words = room.words
    url = room.seen.url
    days = feed_sights.day(room.state, room.seen, tick.minute // _HOUR_MINUTES)
    lost = feed_sights.lost(room.state, room.seen, tick.minute)
    clocks = feed_sights.worst_clocks(room.state, url, tick.minute)
    head = [tag("th", words(f"feedlist.{name}"), cls=name) for name in _COLUMNS]
    body = []
    for found in healths[:MOST]:
        feed_id = found.feed.feed_id
        one = defined.get(feed_id)
        title = found.title(words.language) or feed_id
        told = words(f"transport.{one.transport}") if one else "—"
        gone = sum(lost.get(feed_id, {}).values())
        body.append(
            tag(
                "tr",
                tag("td", tag("a", title, href=feed_link(feed_id), target="_self"), title=f"{title} · {feed_id}"),
                tag("td", tag("span", words(f"feeds.{found.condition}"), cls=f"wr-state {found.condition}")),
                tag("td", room.platform(found.feed.platform_id), title=room.platform(found.feed.platform_id)),
                tag("td", told),
                tag("td", _spark(days.get(feed_id), found.usual), cls="day"),
                tag("td", f"{found.feed.per_minute:,}", cls="n"),
                _share(room, found.usual),
                tag("td", _lag(found.feed.lag_bytes), cls="n bad" if found.condition == "lagging" else "n"),
                tag("td", f"{gone:,}" if gone else "—", cls="n bad" if gone else "n"),
                _clock(room, clocks.get(feed_id)),
                tag(
                    "td", "—" if found.silent_seconds is None else age(found.silent_seconds, words.language), cls="age"
                ),
                cls="chosen" if feed_id == chosen else "",
            )
        )
    table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table inflow")
    return tag("div", table, cls="wr-scroll")


def _share(room: Room, usual: Usual | None) -> Markup:
    if usual is None or not usual.expected:
        return tag("td", "—", cls="n", title=room.words("feedlist.not_learnt"))
    share = usual.received / usual.expected
    words = room.words("feedlist.hour", count=f"{usual.received:,}", usual=f"{usual.expected:,.0f}")
    look = {"falling": " bad", "silent": " worse"}.get(usual.drop or "", "")
    return tag("td", f"{100 * share:,.0f} %", cls=f"n{look}", title=words)


def _lag(lag_bytes: int) -> str:
    if not lag_bytes:
        return "—"
    return f"{lag_bytes / _MEGABYTE:,.1f} MB" if lag_bytes < 10 * _MEGABYTE else f"{lag_bytes // _MEGABYTE:,} MB"


def _clock(room: Room, one: Skew | None) -> Markup:
    if one is None:
        return tag("td", "—", cls="clock")
    told = clock_words.said(one, room.words)
    return tag("td", told, cls=f"clock {clock_words.level(one)}", title=f"{one.host}: {told}")


def _spark(one: Inflow | None, hour: Usual | None) -> Markup | str:
    """Draw the last day and the last 60 minutes: what came before what is usual, hour by hour."""
    if one is None:
        return "—"
    received, usual = list(map(float, one.received)), [value or 0.0 for value in one.usual]
    if hour is not None:
        received.append(hour.received)
        usual.append(hour.expected)
    most = max(1.0, *received, *usual)
    ghost = [tag("i", "", cls="usual", style=f"clip-path:{_steps(usual, most)}")] if any(usual) else []
    return tag("span", *ghost, tag("i", "", style=f"clip-path:{_steps(received, most)}"), cls="wr-spark")


def _steps(values: Sequence[float], most: float) -> str:
    """Give the outline of bars side by side, in percent of the box."""
    width = 100 / len(values)
    points = ["0 100%"]
    for number, value in enumerate(values):
        high = f"{100 - 100 * value / most:.0f}%"
        points += [f"{number * width:.1f}% {high}", f"{(number + 1) * width:.1f}% {high}"]
    return f"polygon({','.join([*points, '100% 100%'])})"
