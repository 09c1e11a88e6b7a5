"""What becomes of pasted lines with a feed: events, what each core column got, and lines that are no events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.console import panels
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.times import BANGKOK, date_time
from warroom.store.database import to_us

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warroom.collect.trying import FoundField, Preview
    from warroom.console.room import Room

_EVENTS: Final = 12
_COLUMNS: Final = 6
_FIELDS: Final = 60
_REFUSED: Final = 12
#: What stands in every event of a feed alike says nothing.
_ALIKE: Final = frozenset({"ts", "log_product", "log_category", "log_service"})


def show_faults(room: Room, preview: Preview) -> None:
    """Show what is still wrong with the YAML, by line."""
    words = room.words
    if not preview.faults:
        show(tag("div", words("wizard.sound"), cls="wr-done", role="status"))
        return
    rows = [
        tag("li", tag("code", words("wizard.line", line=fault.line) if fault.line else "—"), fault.reason)
        for fault in preview.faults
    ]
    show(tag("div", tag("ul", *rows), cls="wr-faults"))


def show_result(room: Room, preview: Preview) -> None:
    """Show what becomes of the lines."""
    words = room.words
    with panels.panel("feed_result", words("wizard.result"), _summary(room, preview)):
        if preview.faults:
            panels.empty(words("wizard.faulty"), words("wizard.faulty_do"))
            return
        if not preview.events and not preview.rejects:
            panels.empty(words("wizard.no_lines"), words("wizard.no_lines_do"))
            return
        notes = [tag("li", note) for note in preview.notes]
        if preview.unread:
            notes.append(tag("li", words("wizard.unread", count=f"{preview.unread:,}")))
        show(
            *([tag("ul", *notes, cls="wr-notes")] if notes else []),
            _events(room, preview),
            tag("div", _fields(room, preview.fields), _refused(room, preview), cls="wr-tried"),
        )


def _summary(room: Room, preview: Preview) -> str:
    words, language = room.words, room.words.language
    if preview.earliest is None or preview.latest is None:
        return words("wizard.counted", events=f"{preview.events:,}", rejects=f"{preview.rejects:,}")
    return words(
        "wizard.counted_times",
        events=f"{preview.events:,}",
        rejects=f"{preview.rejects:,}",
        earliest=date_time(to_us(preview.earliest), language),
        latest=date_time(to_us(preview.latest), language),
    )


def _events(room: Room, preview: Preview) -> Markup:
    """Give the first events by the core columns that most of them fill."""
    words = room.words
    core = sorted((one for one in preview.fields if one.core and one.name not in _ALIKE), key=lambda one: -one.count)
    names = [one.name for one in core[:_COLUMNS]]
    head = tag("tr", tag("th", words("wizard.time")), *(tag("th", name, lang="zxx") for name in names))
    rows = [
        tag("tr", tag("td", _clock(event["ts"])), *(_value(event.get(name)) for name in names))
        for event in preview.shown[:_EVENTS]
    ]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows), cls="wr-table tried"), cls="wr-scroll")


def _clock(at: datetime) -> str:
    """Give a time in Bangkok as a log reader wants it: whole, with its milliseconds."""
    return at.astimezone(BANGKOK).isoformat(sep=" ", timespec="milliseconds").removesuffix("+07:00")


def _value(value: object) -> Markup:
    text = "" if value is None else masked(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return tag("td", text, title=text)


def _fields(room: Room, fields: Sequence[FoundField]) -> Markup:
    words = room.words
    rows = [
        tag(
            "tr",
            tag("td", one.name, cls="core" if one.core else "", lang="zxx"),
            tag("td", words.either(f"wizard.is_{one.kind}", one.kind)),
            tag("td", f"{one.count:,}"),
            tag("td", masked(one.example), title=masked(one.example)),
        )
        for one in fields[:_FIELDS]
        if one.name not in _ALIKE
    ]
    more = len(fields) - _FIELDS
    if more > 0:
        rows.append(tag("tr", tag("td", words("wizard.more", count=more))))
    head = tag("tr", *(tag("th", words(f"wizard.{name}")) for name in ("field", "holds", "in_events", "example")))
    table = tag("table", tag("thead", head), tag("tbody", *rows), cls="wr-table tried")
    return tag("section", tag("h4", words("wizard.fields")), tag("div", table, cls="wr-scroll"))


def _refused(room: Room, preview: Preview) -> Markup:
    words = room.words
    title = tag("h4", words("wizard.refused", count=f"{preview.rejects:,}"))
    if not preview.rejects:
        return tag("section", title, tag("p", words("wizard.none_refused"), cls="wr-hint"))
    rows = [
        tag("li", tag("code", words("wizard.line", line=number)), masked(reason))
        for number, reason in preview.refused[:_REFUSED]
    ]
    more = preview.rejects - len(rows)
    if more > 0:
        rows.append(tag("li", words("wizard.more", count=more)))
    return tag("section", title, tag("div", tag("ul", *rows), cls="wr-faults wr-scroll"))
