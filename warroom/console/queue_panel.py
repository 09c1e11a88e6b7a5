"""The live queue's data for the browser, on the war-room screen and on the wall."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warroom.console import colours, panels, snapshot
from warroom.console.markup import Markup, tag, visible
from warroom.console.masking import masked
from warroom.console.shared import Shared
from warroom.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentRow

_COLUMNS: Final = (
    ("number", "58px"),
    ("severity", "86px"),
    ("risk", "54px"),
    ("incident", "auto"),
    ("platform", "15%"),
    ("entity", "15%"),
    ("status", "130px"),
    ("assignee", "96px"),
    ("alerts", "76px"),
    ("last", "76px"),
    ("age", "70px"),
)
_WALL_COLUMNS: Final = (
    ("number", "110px"),
    ("severity", "165px"),
    ("incident", "auto"),
    ("platform", "20%"),
    ("entity", "16%"),
    ("status", "215px"),
    ("age", "140px"),
)
_QUEUES: Final = Shared["tuple[Sequence[IncidentRow], int]"](16)
_LINES: Final = Shared[str](16)


def queued(room: Room, tick: Tick, *, closed: bool) -> tuple[Sequence[IncidentRow], int]:
    """Give the queue's rows, and how many incidents are open; read once for all who see the same."""

    def read() -> tuple[Sequence[IncidentRow], int]:
        version = tick.version("incidents")
        counts = snapshot.open_counts(room.state, room.seen, version)
        rows = snapshot.queue(room.state, room.seen, version, closed=closed)
        return tuple(rows), sum(one.count for one in counts)

    return _QUEUES.get((*room.sight(tick, "incidents"), closed), read)


def queue_data(
    room: Room, tick: Tick, rows: Sequence[IncidentRow], triage: Mapping[str, Any] | None = None, *, wall: bool = False
) -> bytes:
    """Give what the queue component shows; plain text and numbers only.

    It is JSON that the component reads itself. Streamlit would write a structure out twice at every run of every
    session; these rows are written once for all who see the same.
    """
    columns = _WALL_COLUMNS if wall else _COLUMNS

    def lines() -> str:
        return json.dumps([_row(room, row) for row in rows], ensure_ascii=False)

    written = _LINES.get((*room.sight(tick, "incidents"), wall, tuple(row.id for row in rows)), lines)
    own = {
        "now": tick.now_us // 1000,
        "columns": columns,
        "words": {name: room.words(f"queue.{name}") for name, _ in columns} | {"drill": room.words("app.drill")},
        "units": room.age_units(),
        "wall": wall,
        "triage": triage,
    }
    return f'{json.dumps(own)[:-1]}, "rows": {written}}}'.encode(errors="replace")


def asked_number(asked: object, rows: Sequence[IncidentRow]) -> int | None:
    """Give the number that the browser asks to open, where it is one and stands in the queue."""
    return asked if type(asked) is int and asked in {row.id for row in rows} else None


def title_of(room: Room, row: IncidentRow) -> str:
    """Give an incident's title in the person's language, as far as its rule has one."""
    return (row.title_th if room.words.language == "th" else "") or row.title


def _row(room: Room, row: IncidentRow) -> dict[str, Any]:
    status = room.words(f"status.{row.status}")
    if row.status is Status.CLOSED and row.disposition is not None:
        status = room.words(f"disposition.{row.disposition}")
    return {
        "id": row.id,
        "number": row.id,
        "severity": room.words(f"severity.{row.severity}"),
        "chip": colours.SEVERITY[row.severity],
        "risk": row.risk,
        "incident": _title(room, row),
        "platform": room.platform(row.platform_id),
        "entity": _about(row),
        "status": status,
        "state": row.status,
        "assignee": visible(row.assignee) if row.assignee else None,
        "alerts": row.alert_count,
        "last": row.last_at // 1000,
        "age": row.opened_at // 1000,
        # the whole store is marked in the masthead; a mark on every line would only be noise there
        "drill": row.drill and not room.drill,
    }


def _title(room: Room, row: IncidentRow) -> str:
    """Give the title, and how many other rules were folded into it."""
    others = row.folded.get("rules", 1) - 1
    more = room.words("queue.more_rules", count=f"{others:,}") if others > 0 else ""
    return f"{visible(title_of(room, row))} {more}".rstrip()


def _about(row: IncidentRow) -> str | None:
    """Give whom or what most of its alerts name, and how many others of the kind there are."""
    if row.entity is None:
        return None
    others = row.folded.get(row.entity.kind, 1) - 1
    return visible(masked(row.entity.value)) + (f" +{others:,}" if others > 0 else "")


def related_list(room: Room, rows: Sequence[IncidentRow]) -> Markup:
    """Give incidents as a short list of links, each with its severity, title and state."""
    words = room.words
    lines = [
        tag(
            "li",
            panels.severity_chip(row.severity, words),
            tag("a", f"#{row.id}", href=f"/?incident={row.id}", target="_self"),
            *([panels.drill_mark(words)] if row.drill else []),
            tag("span", title_of(room, row), title=title_of(room, row)),
            tag("em", words(f"status.{row.status}")),
        )
        for row in rows
    ]
    return tag("div", tag("ul", *lines, cls="wr-related"), cls="wr-scroll")
