"""What caused an incident: its alerts, and the log lines behind them as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd
import streamlit as st

from warroom.access import Permission
from warroom.console import acting, intel_part, masking, panels, snapshot
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.rule_words import rule_title
from warroom.console.times import clock, date_time
from warroom.model import CORE, FIELDS, ecs_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.console.room import Room, Tick
    from warroom.store.views import AlertRow, IncidentView

_EVENTS: Final = 100
_RAW_IN_TABLE: Final = 400
_RAW_LIMIT: Final = 20_000
_TECHNIQUES: Final = 3
_FIELDS: Final = 60
_ROW_HEIGHT: Final = 28
_EVENT_ROWS_HEIGHT: Final = 300
_FIELD_ROWS_HEIGHT: Final = 232
_COLUMNS: Final = ("time", "source", "user", "action", "outcome", "line")
_WIDTHS: Final[dict[str, Literal["large"] | int]] = {"time": 104, "source": 120, "outcome": 76, "line": "large"}
#: An identifier that is cut in two is not recognised: texts are masked with so much behind their cut, then cut.
_OVERHANG: Final = 200
_PICKED: Final = "event_picked"


def show_evidence(room: Room, _tick: Tick, view: IncidentView) -> None:
    """Show the alerts, then the events."""
    words = room.words
    hint = f"{len(view.alerts):,} / {view.incident.alert_count:,}"
    with panels.panel("alerts", words("alerts.title"), hint):
        head = [
            tag("th", words(f"alerts.{name}"), cls=name)
            for name in ("severity", "rule", "source", "technique", "count", "seen")
        ]
        fit = masking.shown(room, view.incident)
        rows = [_alert(room, alert, fit) for alert in view.alerts]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table alerts")
        show(tag("div", table, cls="wr-scroll"))
        intel_part.show_meaning(room, view)
    _events(room, view)


def _alert(room: Room, alert: AlertRow, fit: Callable[[str], str]) -> Markup:
    title = rule_title(alert, room.words)
    techniques = [name.removeprefix("attack.").upper() for name in alert.tags if name.startswith("attack.t")]
    source = ", ".join(fit(entity.value) for entity in alert.entities) or "—"
    seen = clock(alert.first_at)
    if clock(alert.last_at) != seen:
        seen = f"{seen}–{clock(alert.last_at)}"
    return tag(
        "tr",
        tag("td", panels.severity_chip(alert.severity, room.words)),
        tag("td", title, title=f"{title} · {alert.rule_id}"),
        tag("td", source, cls="mono", title=source),
        tag("td", " ".join(techniques[:_TECHNIQUES]) or "—", cls="mono technique"),
        tag("td", f"{alert.count:,}", cls="n"),
        tag("td", seen, *_hiding(room, alert), cls="n"),
    )


def _hiding(room: Room, alert: AlertRow) -> list[Markup]:
    """Give the way to suppress alerts like this one, to who may."""
    if not room.person.actor.can(Permission.SUPPRESS):
        return []
    address = f"/?screen=suppressions&alert={alert.id}"
    told = room.words("alerts.suppress")
    return [tag("a", "⊘", href=address, target="_self", title=told, aria_label=told, cls="wr-hide")]


def _events(room: Room, view: IncidentView) -> None:
    words = room.words
    ids = view.event_ids[-_EVENTS:]
    fit = masking.shown(room, view.incident)
    events = _rows(room, ids, fit)
    hint = words("events.shown", shown=len(events), total=f"{view.incident.event_count:,}")
    with panels.panel("events", words("events.title"), hint):
        if not events:
            panels.empty(words("events.empty"), words("events.empty_do"))
            return
        masking.show_control(room, view.incident, acting.do)
        picked = _pick(room, events)
        show(
            tag(
                "div",
                tag("b", date_time(picked["ts"], words.language), " · ", clock(picked["ts"], millis=True)),
                tag("span", words("events.where", file=picked["file"], offset=f"{picked['offset']:,}")),
                cls="wr-raw",
            )
        )
        st.code(line_text(picked["event"].get("raw") or b"", fit, _RAW_LIMIT), language=None, wrap_lines=True)
        fields = _fields(picked["event"], fit)
        st.dataframe(
            pd.DataFrame(fields, columns=("field", "value")),
            key="event_fields",
            hide_index=True,
            height=min(_FIELD_ROWS_HEIGHT, _height(len(fields))),
            row_height=_ROW_HEIGHT,
            column_config={
                "field": st.column_config.TextColumn(words("events.field"), width="small"),
                "value": st.column_config.TextColumn(words("events.value"), width="large"),
            },
            alt=words("events.field"),
        )


def _pick(room: Room, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Show the events as a table and give the chosen one, found by its id and never by its place."""
    words = room.words
    ids = [event["id"] for event in events]
    chosen = st.session_state.get(_PICKED)
    if chosen not in ids:
        chosen = ids[0]
    # A sample that changed is a new table: the old one's row numbers mean nothing in it.
    key = f"events_{hash(tuple(ids))}"

    def remember() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(ids):
            st.session_state[_PICKED] = ids[rows[0]]

    # A column in which nothing stands would take the room of the lines.
    columns = [column for column in _COLUMNS if any(event[column] for event in events)]
    st.dataframe(
        pd.DataFrame(
            [[visible(event[column][:_RAW_IN_TABLE]) for column in columns] for event in events], columns=columns
        ),
        key=key,
        hide_index=True,
        height=min(_EVENT_ROWS_HEIGHT, _height(len(events))),
        row_height=_ROW_HEIGHT,
        column_config={
            column: st.column_config.TextColumn(words(f"events.{column}"), width=_WIDTHS.get(column, "small"))
            for column in columns
        },
        on_select=remember,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(chosen)]}},
        alt=words("events.title"),
    )
    return events[ids.index(chosen)]


def _rows(room: Room, ids: tuple[int, ...], fit: Callable[[str], str]) -> list[dict[str, Any]]:
    table = snapshot.events(room.state, room.settings.data_dir, ids)
    return [
        {
            "id": event["event_id"],
            "ts": int(event["ts"].timestamp() * 1_000_000),
            "time": clock(int(event["ts"].timestamp() * 1_000_000), millis=True),
            "source": fit(event.get("source_ip") or event.get("source_address") or ""),
            "user": fit(event.get("user_name") or event.get("user_id") or ""),
            "action": event.get("event_action") or event.get("http_request_method") or "",
            "outcome": event.get("event_outcome") or str(event.get("http_response_status_code") or ""),
            "file": event.get("log_file_path") or event.get("feed_id") or "",
            "offset": event.get("log_offset") or 0,
            "line": line_text(event.get("raw") or b"", fit, _RAW_IN_TABLE),
            "event": event,
        }
        for event in table.to_pylist()
    ]


def _fields(event: dict[str, Any], fit: Callable[[str], str]) -> list[tuple[str, str]]:
    """Give what the parser made of a line: ECS fields, then the source's own."""
    core = [(ecs_name(name), str(event[name])) for name in CORE if event.get(name) is not None]
    native = [(name, ", ".join(values or ())) for name, values in event.get(FIELDS) or ()]
    # the name says what a value is: with it, what is somebody's is recognised
    return [(visible(name), visible(_value(name, value, fit))) for name, value in [*core, *native][:_FIELDS]]


def _value(name: str, value: str, fit: Callable[[str], str]) -> str:
    told = f"{name}="
    found = fit(told + value[: _RAW_IN_TABLE + _OVERHANG])
    found = found.removeprefix(told) if found.startswith(told) else fit(value[: _RAW_IN_TABLE + _OVERHANG])
    return found[:_RAW_IN_TABLE]


def _height(rows: int) -> int:
    """Give the height of a table of so many rows with its head, in pixels."""
    return _ROW_HEIGHT * (rows + 1) + 3


def line_text(raw: bytes, fit: Callable[[str], str], most: int) -> str:
    """Give the beginning of a raw line as text in which nothing hides; bytes that are no UTF-8 become escapes.

    Args:
        raw: the line.
        fit: makes a text fit for who sees it.
        most: characters.
    """
    text = raw[: 4 * (most + _OVERHANG)].decode("utf-8", errors="backslashreplace")[: most + _OVERHANG]
    return visible(fit(text)[:most]).replace("\n", "\\n")
