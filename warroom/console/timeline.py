"""What happened to an incident, newest first: its log, with the first and last event between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.console import masking, panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import clock, date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.views import IncidentView, LogEntry


def show_timeline(room: Room, _tick: Tick, view: IncidentView) -> None:
    """Show the timeline panel."""
    words, incident = room.words, view.incident
    entries: list[tuple[int, Markup]] = [
        (incident.first_at, _entry(incident.first_at, "", words("log.first_event"), "event")),
        (incident.last_at, _entry(incident.last_at, "", words("log.last_event"), "event")),
    ]
    fit = masking.shown(room, incident)
    thai = words.language == "th"
    titles = {alert.id: (alert.rule_title_th if thai else "") or alert.rule_title for alert in view.alerts}
    unlisted = view.joined - sum(row.action == "joined" for row in view.log)
    for rows in _runs(view.log):
        at = rows[-1].at
        # What the bounded log no longer lists came before the oldest that it does.
        earlier, unlisted = (unlisted, 0) if rows[0].action == "joined" else (0, unlisted)
        entries.append((at, _logged(rows, words, titles, earlier, fit)))
    entries.sort(key=lambda entry: entry[0], reverse=True)
    shown: list[Markup] = []
    day = ""
    for at, entry in entries:
        if (today := date(at, words.language)) != day:
            day = today
            shown.append(tag("li", today, cls="day"))
        shown.append(entry)
    with panels.panel("timeline", words("log.title"), words("app.zone")):
        show(tag("div", tag("ul", *shown, cls="wr-timeline"), cls="wr-scroll"))


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
    rows: Sequence[LogEntry], words: Words, titles: dict[str, str], earlier: int, fit: Callable[[str], str]
) -> Markup:
    last = rows[-1]
    who = actor_name(last.actor, words)
    if len(rows) + earlier > 1:
        return _entry(last.at, who, words("log.joined_many", count=len(rows) + earlier), last.action)
    text = str(last.body.get("text") or titles.get(str(last.body.get("alert"))) or last.body.get("rule") or "")
    return _entry(last.at, who, deed(last, words), last.action, fit(text))


def actor_name(actor: str, words: Words) -> str:
    """Give the name of who did something; the worker is "the system"."""
    return words("log.worker") if actor == "worker" else actor


def deed(row: LogEntry, words: Words) -> str:
    """Say what was done."""
    body = row.body
    values = {
        "to": str(body.get("to", "")),
        "before": words.either(f"status.{body.get('before')}", str(body.get("before"))),
        "after": words.either(f"status.{body.get('after')}", str(body.get("after"))),
        "disposition": words.either(f"disposition.{body.get('disposition')}", str(body.get("disposition"))),
    }
    return words.either(f"log.{row.action}", row.action).format(**values)


def _entry(at: int, who: str, done: str, kind: str, text: str = "") -> Markup:
    pieces = [tag("time", clock(at)), tag("b", who), tag("span", done)]
    if text:
        pieces.append(tag("p", text))
    return tag("li", *pieces, cls=f"entry {kind}")
