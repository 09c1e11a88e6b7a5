"""The table of the catalogue: each detector with its stage, what it raised, how right it was, and what it costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warroom.bench import cost_kept
from warroom.bench.catalogue import source_name
from warroom.bench.cost_kept import DEAR, NOTABLE
from warroom.catalog.stages import Stage
from warroom.console import colours, components, rule_sights
from warroom.console.markup import visible
from warroom.console.rule_waiting import WAITING
from warroom.console.shared import Shared
from warroom.console.times import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.catalogue import Entry
    from warroom.console.room import Room, Tick
    from warroom.console.rule_sights import Figures

_LINES: Final = Shared[bytes](32)
_SECONDS: Final = 30
_LONGEST: Final = 200
#: name, width, look, where it goes first when there is no room
_COLUMNS: Final = (
    ("stage", "98px", "state", ""),
    ("level", "86px", "chip", ""),
    ("name", "", "main", ""),
    ("source", "11%", "quiet", "second"),
    ("attack", "104px", "quiet", "second"),
    ("day", "58px", "n", ""),
    ("week", "60px", "n", "third"),
    ("days", "76px", "spark", "first"),
    ("last", "76px", "n", ""),
    ("precision", "80px", "n", ""),
    ("cost", "76px", "n", "third"),
    ("condition", "126px", "state", ""),
)
#: How each condition looks; a sound rule has none.
_LOOKS: Final = {
    "failing": "bad",
    "blind": "bad",
    "unfed": "plain",
    "noisy": "bad",
    "silent": "plain",
    WAITING: "draft",
    "": "plain",
}


def show_rules(
    room: Room, tick: Tick, rows: Sequence[tuple[Entry, Figures, str]], asked: object, above: int
) -> str | None:
    """Show the rules, each with its figures and condition; gives the one that was chosen just now, if one was.

    Args:
        room: whose screen it is.
        tick: the moment.
        rows: the rules in their order; the condition is empty for a sound one.
        asked: what they were narrowed by: who asks the same sees the same.
        above: pixels of what stands above the table besides the form.
    """
    measured = cost_kept.stamp(room.settings.cache_dir)
    key = (*room.sight(tick, "content", "rules", "alerts", "feeds", seconds=_SECONDS), asked, above, measured)
    ids = {entry.id for entry, _, _ in rows}
    data = _LINES.get(key, lambda: _data(room, tick, rows, above))
    picked = components.long_list(key="rules_list", data=data, on_open_change=components.noted).open
    return picked if isinstance(picked, str) and picked in ids else None


def technique_of(tags: Sequence[str]) -> str:
    """Give the first technique that tags name, and how many more there are."""
    found = [tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")]
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return f"{found[0]}{more}" if found else "—"


def precision(figures: Figures) -> str:
    """Give the share of judged alerts that were no false alarm; nobody judged any: no share."""
    judged = figures.right + figures.wrong
    return f"{100 * figures.right / judged:.0f} %" if judged else "—"


def _cost(cost: float | None) -> list[str]:
    """Give a cost with how it looks: what is dear stands out."""
    if cost is None:
        return ["—", "none"]
    return [f"{cost:.2f} µs", "bad" if cost >= DEAR else "notable" if cost >= NOTABLE else ""]


def _data(room: Room, tick: Tick, rows: Sequence[tuple[Entry, Figures, str]], above: int) -> bytes:
    words, costs = room.words, rule_sights.costs(room, tick)
    told = {
        "label": words("rules.title"),
        "height": f"max(280px, calc(100vh - {246 + above}px - var(--band, 0px)))",
        "chosen": "",
        "columns": [
            {
                "title": words(f"rules.{name}"),
                "told": words(f"rulehelp.{'no_cost' if name == 'cost' and not costs else name}"),
                "width": width,
                "look": look,
                "yields": yields,
            }
            for name, width, look, yields in _COLUMNS
        ],
        "rows": [_row(room, tick, *row, costs.get(row[0].id)) for row in rows],
    }
    return json.dumps(told, ensure_ascii=False).encode(errors="replace")


def _row(room: Room, tick: Tick, entry: Entry, figures: Figures, condition: str, cost: float | None) -> dict[str, Any]:
    words, stage = room.words, figures.stage
    sources = ", ".join(map(source_name, entry.sources))
    last = "—" if figures.last_at is None else age((tick.now_us - figures.last_at) / 1_000_000, words.language)
    text, background = colours.SEVERITY[entry.severity]
    return {
        "id": entry.id,
        "look": stage if stage in (Stage.DRAFT, Stage.RETIRED) else "",
        "cells": [
            [words(f"stage.{stage}"), stage],
            [words(f"severity.{entry.severity}"), text, background],
            visible(entry.named(words.language)[:_LONGEST]),
            visible(sources[:_LONGEST]) or "—",
            visible(technique_of(entry.tags)[:_LONGEST]),
            f"{figures.day:,}" if figures.day else "—",
            f"{figures.week:,}" if figures.week else "—",
            list(figures.bars),
            last,
            precision(figures),
            _cost(cost),
            [words(f"rulestate.{condition}") if condition else "", _LOOKS[condition]],
        ],
    }
