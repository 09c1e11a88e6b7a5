"""The tables of the noise board: the loudest rules against how often they were right, and those of one state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warroom.console import colours, components, intel_sights, intel_words, panels, rule_asking, rule_shelf, rule_sights
from warroom.console.markup import Markup, tag, visible
from warroom.console.shared import Shared
from warroom.console.times import age
from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.catalogue import Entry
    from warroom.console.room import Room, Tick
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.views.rules import RuleRow

_LINES: Final = Shared[bytes](16)
_SECONDS: Final = 30
#: The loudest are shown, so many.
_MOST: Final = 100
_SHORT: Final = 30
_LONGEST: Final = 200
_COLUMNS: Final = (
    ("rank", "46px", "n", ""),
    ("severity", "86px", "chip", ""),
    ("name", "", "main", ""),
    ("stage", "98px", "state", "second"),
    ("month", "76px", "n", ""),
    ("incidents", "80px", "n", "third"),
    ("judged", "92px", "n", "third"),
    ("precision", "80px", "n", ""),
    ("noise", "92px", "n", ""),
)


def loudest(room: Room, tick: Tick) -> list[RuleRow]:
    """Give the rules with the most alerts for each true incident, the loudest first."""
    ranked = [one for one in rule_sights.rows(room, tick).values() if one.noise_rank is not None]
    ranked.sort(key=lambda one: one.noise_rank or 0)
    return ranked[:_MOST]


def show_noise(room: Room, tick: Tick, rows: Sequence[RuleRow]) -> str | None:
    """Show the loudest rules; gives the one that was chosen just now, if its page can be opened."""
    key = room.sight(tick, "rules", "incidents", "content", seconds=_SECONDS)
    data = _LINES.get(key, lambda: _data(room, tick, rows))
    picked = components.long_list(key="noise_rules", data=data, on_open_change=components.noted).open
    return picked if isinstance(picked, str) and picked in rule_shelf.shelf(room, tick).entries else None


def of_condition(room: Room, tick: Tick, condition: str) -> list[Entry]:
    """Give the rules of one state, the gravest first."""
    entries = rule_shelf.shelf(room, tick).entries
    found = [entries[name] for name, own in rule_sights.conditions(room, tick).items() if own == condition]
    return sorted(found, key=lambda one: (-one.severity.rank, one.title.casefold()))


def short_list(room: Room, tick: Tick, found: Sequence[Entry]) -> Markup:
    """Give rules as a short list of links, each with its severity and its last hit."""
    words, known = room.words, rule_sights.figures(room, tick)
    rows = []
    for entry in found[:_SHORT]:
        last = known[entry.id].last_at
        since = words("noise.never") if last is None else age((tick.now_us - last) / 1_000_000, words.language)
        title = entry.named(words.language)
        rows.append(
            tag(
                "li",
                panels.severity_chip(entry.severity, words),
                tag("a", title, href=rule_asking.link(entry.id), target="_self", title=title, cls="rule"),
                tag("em", since),
            )
        )
    if len(found) > _SHORT:
        rows.append(tag("li", tag("em", words("banner.more", count=len(found) - _SHORT))))
    return tag("div", tag("ul", *rows, cls="wr-related"), cls="wr-scroll")


def title_of(room: Room, tick: Tick, row: RuleRow) -> str:
    """Give what a rule is called, one of intelligence by its feed."""
    feeds: dict[str, FeedRow] = {}
    if intel_words.feed_of(row.rule_id) is not None:
        rows = intel_sights.feeds(room.state, room.seen.url, intel_sights.moment(tick))
        feeds = {one.feed_id: one for one in rows}
    named = intel_words.rule_name(row.rule_id, feeds, room.words)
    return named or (row.rule.title_th if room.words.language == "th" else "") or row.rule.title


def _data(room: Room, tick: Tick, rows: Sequence[RuleRow]) -> bytes:
    words = room.words
    told = {
        "label": words("noise.title"),
        "height": "max(240px, calc(100vh - 490px - var(--band, 0px)))",
        "chosen": "",
        "columns": [
            {
                "title": words(f"noise.{name}"),
                "told": words(f"noisehelp.{name}"),
                "width": width,
                "look": look,
                "yields": yields,
            }
            for name, width, look, yields in _COLUMNS
        ],
        "rows": [_row(room, tick, row) for row in rows],
    }
    return json.dumps(told, ensure_ascii=False).encode(errors="replace")


def _row(room: Room, tick: Tick, row: RuleRow) -> dict[str, Any]:
    words = room.words
    severity = Severity(row.rule.severity) if row.rule.severity in set(Severity) else Severity.INFORMATIONAL
    text, background = colours.SEVERITY[severity]
    judged = row.true + row.false
    return {
        "id": row.rule_id,
        "look": "",
        "cells": [
            str(row.noise_rank),
            [words(f"severity.{severity}"), text, background],
            visible(title_of(room, tick, row)[:_LONGEST]),
            [words(f"stage.{row.stage}"), row.stage],
            f"{row.raised.month:,}",
            f"{row.opened:,}" if row.opened else "—",
            f"{row.true:,} / {row.false:,}" if judged else "—",
            "—" if row.precision is None else f"{100 * row.precision:.0f} %",
            f"{row.noise:,.0f}" if row.true else f"> {row.noise:,.0f}",
        ],
    }
