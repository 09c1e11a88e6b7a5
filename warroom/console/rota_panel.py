"""Who is on call now, who comes next, and when nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog import load_service_targets
from warroom.console import panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time
from warroom.incidents.on_call import WEEK_US, gaps, on_duty, spans
from warroom.store import duty

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.store.duty import Turn

_MOST_GAPS: Final = 3


def show_on_call(room: Room, tick: Tick) -> None:
    """Show each tier: who is on call until when, and the gaps of the next seven days."""
    words = room.words
    plan = load_service_targets().escalation
    with room.state.read() as connection:
        turns = duty.turns(connection, since=tick.now_us)
    with panels.panel("on_call", words("rota.now"), words("rota.week")):
        if not turns:
            panels.empty(words("rota.empty"), words("rota.empty_do"))
            return
        show(tag("div", *(_tier(room, tick, turns, tier) for tier in range(1, plan.tiers + 1)), cls="wr-tiers"))
        show(
            tag(
                "p",
                words("rota.plan", minutes=plan.every // 60, times=plan.times, tiers=plan.tiers),
                cls="wr-hint",
            )
        )


def _tier(room: Room, tick: Tick, turns: list[Turn], tier: int) -> Markup:
    words, language = room.words, room.words.language
    here = on_duty(turns, tier, tick.now_us)
    until = [
        end for one in here for begin, end in spans(one, tick.now_us, tick.now_us + WEEK_US) if begin == tick.now_us
    ]
    people = ", ".join(dict.fromkeys(one.person for one in here))
    lines = [
        tag("b", people or words("rota.nobody"), cls="" if here else "bad"),
        tag("span", words("rota.until", at=date_time(min(until), language)) if until else ""),
    ]
    found = gaps(turns, tier, tick.now_us, tick.now_us + WEEK_US)
    missing = [
        tag("li", f"{date_time(begin, language)} – {date_time(end, language)}") for begin, end in found[:_MOST_GAPS]
    ]
    if len(found) > _MOST_GAPS:
        missing.append(tag("li", words("rota.more_gaps", count=len(found) - _MOST_GAPS)))
    told = [tag("em", words("rota.gaps")), tag("ul", *missing)] if missing else [tag("i", words("rota.no_gap"))]
    return tag("div", tag("span", words("rota.tier", tier=tier), cls="tier"), *lines, *told, cls="wr-tier")
