"""What happened to an incident, newest first: its log, what was entered by hand, the first and last event between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import entry_panel, masking, panels
from warroom.console.log_words import actor_name, deed, micros
from warroom.console.markup import Markup, show, tag
from warroom.console.times import clock, date, date_time
from warroom.respond.beginning import FIRST_EVENT
from warroom.store.views.incidents import LOG_LIMIT, joined_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.views import IncidentView, LogEntry

_SHOW: Final = "timeline_show"
_ALL: Final = "all"
_KINDS: Final = (_ALL, "event", "action", "decision", "note")
#: Deeds of the log by the kind under which people look for them; the others are actions.
_KIND_OF: Final = {
    "opened": "event",
    "joined": "event",
    "reported": "event",
    "noted": "note",
    "closed": "decision",
    "classified": "decision",
}
_LATER_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry with what the list needs to know of it."""

    at: int
    kind: str
    markup: Markup


def show_timeline(room: Room, _tick: Tick, view: IncidentView) -> None:
    """Show the timeline panel."""
    words = room.words
    entries = _entries(room, view)
    with panels.panel("timeline", words("log.title"), words("app.zone")):
        entry_panel.show_forms(room, view)
        counts = {kind: sum(one.kind == kind for one in entries) for kind in _KINDS}
        names = {kind: f"{words(f'log.kind_{kind}')} {counts[kind]}" for kind in _KINDS if kind != _ALL}
        chosen = st.segmented_control(
            words("log.show"),
            [_ALL, *(kind for kind in names if counts[kind])],
            default=_ALL,
            key=f"{_SHOW}_{view.incident.id}",
            format_func=lambda kind: names.get(kind, words("log.all")),
            label_visibility="collapsed",
        )
        shown: list[Markup] = []
        day = ""
        for one in entries:
            if chosen not in {None, _ALL, one.kind}:
                continue
            if (today := date(one.at, words.language)) != day:
                day = today
                shown.append(tag("li", today, cls="day"))
            shown.append(one.markup)
        if not shown:
            panels.empty(words("log.none_of_kind"), words("log.none_of_kind_do"))
        show(tag("div", tag("ul", *shown, cls="wr-timeline"), cls="wr-scroll"))
        if sum(row.action != "joined" for row in view.log) >= LOG_LIMIT:
            show(tag("p", words("log.partial", count=LOG_LIMIT), cls="wr-hint"))


def _entries(room: Room, view: IncidentView) -> list[_Told]:
    """Give all of it, newest first by when it happened."""
    words, incident = room.words, view.incident
    entries = [
        _Told(incident.first_at, "event", _entry(incident.first_at, "", words("log.first_event"), "event")),
        _Told(incident.last_at, "event", _entry(incident.last_at, "", words("log.last_event"), "event")),
    ]
    fit = masking.shown(room, incident)
    thai = words.language == "th"
    titles = {alert.id: (alert.rule_title_th if thai else "") or alert.rule_title for alert in view.alerts}
    unlisted = view.joined - sum(joined_by(row) for row in view.log)
    corrected = {row.body.get("entry") for row in view.log if row.action == "corrected"}
    for rows in _runs(view.log):
        # What the bounded log no longer lists came before the oldest that it does.
        earlier, unlisted = (unlisted, 0) if rows[0].action == "joined" else (0, unlisted)
        last = rows[-1]
        at = occurred(last)
        outdated = str(last.id) in corrected
        entries.append(_Told(at, kind_of(last), _logged(rows, at, words, titles, earlier, fit, outdated=outdated)))
    entries.sort(key=lambda one: one.at, reverse=True)
    return entries


def kind_of(row: LogEntry) -> str:
    """Give under which kind people look for an entry."""
    if row.action in {"entered", "corrected"}:
        kind = str(row.body.get("kind", ""))
        return kind if kind in _KINDS else "note"
    return _KIND_OF.get(row.action, "action")


def occurred(row: LogEntry) -> int:
    """Give when what an entry tells of happened: when it was entered, unless it says otherwise."""
    told = micros(row.body.get("occurred_at"))
    return row.at if told is None else told


def _runs(log: Sequence[LogEntry]) -> list[list[LogEntry]]:
    """Put alerts that joined one after the other together: a flood of them is one line."""
    runs: list[list[LogEntry]] = []
    for row in log:
        if runs and row.action == "joined" and runs[-1][0].action == "joined":
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _logged(
    rows: Sequence[LogEntry],
    at: int,
    words: Words,
    titles: dict[str, str],
    earlier: int,
    fit: Callable[[str], str],
    *,
    outdated: bool,
) -> Markup:
    last = rows[-1]
    who = actor_name(last.actor, words)
    together = sum(joined_by(row) for row in rows) + earlier
    if together > 1:
        return _entry(at, who, words("log.joined_many", count=f"{together:,}"), last.action)
    text = str(
        last.body.get("text")
        or last.body.get(f"text_{words.language}")
        or titles.get(str(last.body.get("alert")))
        or last.body.get("rule")
        or ""
    )
    if text == FIRST_EVENT:
        text = words("moment.first_event")
    later = ""
    if abs(last.at - at) >= _LATER_US:  # told of afterwards: both times count
        later = words("log.entered_at", at=date_time(last.at, words.language))
    kind = f"{last.action} {kind_of(last)}" if last.action in {"entered", "corrected"} else last.action
    if outdated:
        kind, later = f"{kind} outdated", words("log.outdated")
    return _entry(at, who, deed(last, words, fit), kind, fit(text), later)


def _entry(at: int, who: str, done: str, kind: str, text: str = "", later: str = "") -> Markup:
    pieces = [tag("time", clock(at)), tag("b", who), tag("span", done)]
    if later:
        pieces.append(tag("em", later))
    if text:
        pieces.append(tag("p", text))
    return tag("li", *pieces, cls=f"entry {kind}")
