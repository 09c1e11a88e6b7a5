"""Whether platforms answer: each address that is tried, its last answer, its certificate, the last day as a strip."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import age, date_time
from warroom.store.views import probes as read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.views.probes import ProbeRow

_ENTRIES: Final = 32
_SLOT_US: Final = 10_000_000
_SECOND: Final = 1_000_000
_DAY_US: Final = 86_400_000_000
#: Days left of a certificate from which it is told, and from which it is urgent.
SOON_DAYS: Final = 30
URGENT_DAYS: Final = 7
#: An address that was not tried for so long is not known to be up.
_STALE_SECONDS: Final = 900
_LONGEST: Final = 160
_NONE, _GOOD, _SOME, _BAD = "#16233a", "#2dd4a0", "#ffb454", "#ff5566"
_COLUMNS: Final = ("platform", "target", "state", "answer", "certificate", "addresses", "day")


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=600)
def rows(_state: State, seen: Seen, slot: int) -> list[ProbeRow]:
    """Give the addresses that are tried, as of ten seconds since 1970."""
    return read.probes(_state, slot * _SLOT_US, scope=seen.scope)


def found(room: Room, tick: Tick, platform_id: str | None = None) -> list[ProbeRow]:
    """Give the addresses of the platforms that the person may see, or of one; what is in trouble first."""
    every = rows(room.state, room.seen, tick.now_us // _SLOT_US)
    mine = [one for one in every if platform_id in (None, one.platform_id)]
    return sorted(mine, key=lambda one: (one.up, min(days_left(one, tick), SOON_DAYS), one.platform_id, one.target))


def days_left(one: ProbeRow, tick: Tick) -> int:
    """Give the whole days until the certificate ends; very many where there is none."""
    return 1 << 20 if one.certificate_until is None else (one.certificate_until - tick.now_us) // _DAY_US


def show_probes(room: Room, tick: Tick, platform_id: str | None = None) -> None:
    """Show the addresses of all platforms or of one; nothing where none is tried."""
    words, listed = room.words, found(room, tick, platform_id)
    if not listed:
        return
    up = sum(one.up for one in listed)
    columns = [name for name in _COLUMNS if platform_id is None or name != "platform"]
    head = tag("tr", *(tag("th", words(f"probes.{name}"), cls=name) for name in columns))
    body = [tag("tr", *(_cell(room, tick, one, name) for name in columns)) for one in listed]
    table = tag("table", tag("thead", head), tag("tbody", *body), cls="wr-table probes")
    with panels.panel("probes", words("probes.title"), words("probes.count", up=up, total=len(listed))):
        show(tag("div", table, cls="wr-scroll"))


def answer_words(room: Room, tick: Tick, listed: Sequence[ProbeRow]) -> tuple[str, str]:
    """Say in a few words whether a platform answers; with how to look."""
    words = room.words
    down = [one for one in listed if not one.up]
    if down:
        ago = age((tick.now_us - min(one.since for one in down)) / _SECOND, words.language)
        return "bad", words("probes.down_for", age=ago)
    least = min(days_left(one, tick) for one in listed)
    if least < SOON_DAYS:
        return ("bad" if least < URGENT_DAYS else "warn"), words("probes.ends_in", days=max(0, least))
    return "good", words("probes.answers")


def _cell(room: Room, tick: Tick, one: ProbeRow, name: str) -> Markup:
    if name == "state":
        return _state(room, tick, one)
    if name == "certificate":
        return _certificate(room, tick, one)
    if name == "day":
        return tag("td", _strip(room, one), cls=name)
    plain = {
        "platform": room.platform(one.platform_id),
        "target": one.target,
        "answer": _answer(room, one),
        "addresses": ", ".join(one.addresses) or "—",
    }
    look = " bad" if name == "answer" and not one.up else ""
    return tag("td", plain[name], title=plain[name], cls=f"{name}{look}")


def _state(room: Room, tick: Tick, one: ProbeRow) -> Markup:
    """Say whether it answers, and for how long; of what was not tried for a while nobody knows it."""
    words, language = room.words, room.words.language
    stale = tick.now_us - one.at > _STALE_SECONDS * _SECOND
    key, at = ("stale", one.at) if stale else ("up" if one.up else "down", one.since)
    ago = age((tick.now_us - at) / _SECOND, language)
    return tag(
        "td",
        tag("b", words(f"probes.{key}"), cls=key),
        " ",
        tag("span", ago),
        title=date_time(at, language),
        cls="state",
    )


def _answer(room: Room, one: ProbeRow) -> str:
    latency = "" if one.latency_us is None else room.words("probes.latency", count=f"{one.latency_us // 1000:,}")
    status = "" if one.status is None else str(one.status)
    reason = "" if one.up else (one.reason or "")[:_LONGEST]
    return " · ".join(part for part in (status, latency, reason) if part) or "—"


def _certificate(room: Room, tick: Tick, one: ProbeRow) -> Markup:
    words = room.words
    if one.certificate_until is None:
        return tag("td", "—", cls="certificate")
    left = days_left(one, tick)
    look = "bad" if left < URGENT_DAYS else "warn" if left < SOON_DAYS else ""
    told = words("probes.ended") if left < 0 else words("probes.days", days=f"{left:,}")
    return tag("td", told, title=date_time(one.certificate_until, words.language), cls=f"certificate {look}")


def _strip(room: Room, one: ProbeRow) -> Markup:
    """Give the last day as one bar, a colour for each quarter of an hour, and its share of right answers."""
    words = room.words
    share = one.availability
    told = "—" if share is None else f"{100 * share:.2f} %"
    tries = sum(tried for tried, _ in one.quarters)
    said = words("probes.strip", share=told, tries=f"{tries:,}", failures=f"{sum(bad for _, bad in one.quarters):,}")
    bar = tag("i", "", style=f"background:linear-gradient(90deg,{','.join(_stops(one.quarters))})")
    return tag("div", bar, tag("b", told), cls="wr-strip", title=said, role="img", aria_label=said)


def _stops(quarters: Iterable[tuple[int, int]]) -> list[str]:
    """Give the stops of a gradient with hard edges, one pair for each run of a colour."""
    colours = [_NONE if not tried else _GOOD if not bad else _BAD if bad == tried else _SOME for tried, bad in quarters]
    stops, at = [], 0
    for colour, run in groupby(colours):
        end = at + len(list(run))
        stops.append(f"{colour} {100 * at / len(colours):.2f}% {100 * end / len(colours):.2f}%")
        at = end
    return stops
