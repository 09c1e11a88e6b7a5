"""Threat intelligence: whether its feeds bring what they should, what is looked up, and what was held back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import intel_jobs, intel_list, intel_panel, intel_sights, panels
from warroom.console.intel_health import AILING, condition
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.look_backs import LookBack
    from warroom.store.views.intel_health import HeldBack

_TABLES: Final = Shared[Markup](32)
_SECONDS: Final = 4
_DAY_US: Final = 86_400_000_000
#: What was held back is told of so many days.
_HELD_DAYS: Final = 7
_ACCENTS: Final = {
    "ailing": "#ff5566",
    "ok": "#2dd4a0",
    "indicators": "#67e8f9",
    "looking": "#b48cff",
    "held": "#ffd166",
}


def show_screen(room: Room) -> None:
    """Lay the screen out; the feed that is chosen stands in the address."""
    chosen = st.query_params.get("feed")
    if chosen is None:
        room.live("4s", lambda tick: _list(room, tick, None))
    else:
        left, right = st.columns([1.75, 1], gap="small")
        with left:
            room.live("4s", lambda tick: _list(room, tick, chosen))
        with right:
            room.live("10s", lambda tick: _one(room, tick, chosen))
            return
    left, right = st.columns([1.75, 1], gap="small")
    with left:
        room.live("4s", lambda tick: _jobs(room, tick))
    with right:
        room.live("10s", lambda tick: _held(room, tick))


def _rows(room: Room, tick: Tick) -> list[FeedRow]:
    return intel_sights.feeds(room.state, room.seen.url, intel_sights.moment(tick))


def _list(room: Room, tick: Tick, chosen: str | None) -> None:
    words, rows, at = room.words, _rows(room, tick), intel_sights.moment(tick)
    jobs = intel_sights.look_backs(room.state, room.seen.url, at)
    show(_cards(room, tick, rows, jobs, _held_rows(room, tick)))
    on = sum(row.enabled for row in rows)
    hint = words("intel.count", on=on, total=len(rows))
    with panels.panel("intel_list", words("intel.title"), hint if chosen else f"{hint} · {words('feedlist.choose')}"):
        only = st.toggle(words("intel.only_on"), key="intel_on")
        shown = [row for row in rows if not only or row.enabled]
        if not shown:
            why = "none_on" if rows else "empty"
            panels.empty(words(f"intel.{why}"), words(f"intel.{why}_do"))
            return
        polls = intel_sights.polls(room.state, room.seen.url, at)
        key = (*room.sight(tick, seconds=_SECONDS), only, chosen)
        show(_TABLES.get(key, lambda: intel_list.feed_table(room, tick.now_us, shown, polls, chosen)))


def _cards(
    room: Room, tick: Tick, rows: Sequence[FeedRow], jobs: Sequence[LookBack], held: Sequence[HeldBack]
) -> Markup:
    words = room.words
    counts = Counter(condition(row, tick.now_us) for row in rows)
    running = sum(job.finished_at is None for job in jobs)
    told = {
        "ailing": sum(counts[one] for one in AILING),
        "ok": counts["ok"] + counts["partly"],
        "indicators": sum(row.indicators for row in rows if row.enabled or row.indicators),
        "looking": running,
        "held": sum(one.count for one in held),
    }
    cards = [
        tag(
            "div",
            tag("span", words(f"intelcard.{name}"), cls="name"),
            tag("strong", f"{value:,}"),
            tag("span", words(f"intelcard.{name}_told", days=_HELD_DAYS), cls="detail"),
            cls="wr-card lit" if name in {"ailing", "looking"} and value else "wr-card",
            style=f"--accent:{_ACCENTS[name]}",
        )
        for name, value in told.items()
    ]
    return tag("div", *cards, cls="wr-cards five")


def _one(room: Room, tick: Tick, chosen: str) -> None:
    row = next((one for one in _rows(room, tick) if one.feed_id == chosen), None)
    if row is None:
        panels.empty(room.words("intel.unknown"), room.words("intel.unknown_do"))
        return
    polls = intel_sights.polls(room.state, room.seen.url, intel_sights.moment(tick))
    intel_panel.show_feed(room, tick.now_us, row, polls.get(chosen, ()))


def _jobs(room: Room, tick: Tick) -> None:
    words = room.words
    found = intel_sights.look_backs(room.state, room.seen.url, intel_sights.moment(tick))
    titles = {row.feed_id: intel_list.title_of(row, words) for row in _rows(room, tick)}
    with panels.panel("intel_jobs", words("intel.jobs"), words("intel.jobs_hint")):
        show(intel_jobs.jobs(room, tick.now_us, found, titles))


def _held(room: Room, tick: Tick) -> None:
    words = room.words
    with panels.panel("intel_held", words("intel.held"), words("intel.held_hint", days=_HELD_DAYS)):
        show(intel_jobs.held(room, _held_rows(room, tick), examples=room.person.actor.platforms is None))


def _held_rows(room: Room, tick: Tick) -> list[HeldBack]:
    since = tick.now_us // _DAY_US - _HELD_DAYS + 1
    return intel_sights.held_back(room.state, room.seen.url, intel_sights.moment(tick), since)
