"""Why alerts are one incident, what was folded into it, and the acts that change it: split, move, merge, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from warroom.access import Permission
from warroom.console import doing, drafted, masking, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.grouping_reasons import reason_text
from warroom.console.log_words import actor_name
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.rule_words import rule_title
from warroom.console.times import clock, date_time
from warroom.errors import UsageError
from warroom.incidents import regrouping
from warroom.incidents.regrouping import MOST_REASON
from warroom.incidents.risk import MOST
from warroom.model import Status
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.regrouping import Regrouping
    from warroom.store.views import AlertRow, GroupingView, IncidentView, RuleFold

_PLACE: Final = "regroup"
_SAID: Final = "regroup_said"
_SAID_US: Final = 20_000_000
_RULES: Final = "regroup_rules"
_ROWS: Final = "regroup_rows"
_LONGEST_NUMBER: Final = 18
_ROW_HEIGHT: Final = 28
_HEIGHT: Final = 220


def show_notices(room: Room, _tick: Tick, view: IncidentView) -> None:
    """Say above everything else where an incident went, what it goes on from, and that it grew after it was closed."""
    words, incident = room.words, view.incident
    told: list[Markup] = []
    if incident.merged_into is not None:
        told.append(_notice(words("grouping.gone"), words("grouping.gone_do"), incident.merged_into))
    if incident.follows_id is not None:
        told.append(_notice(words("grouping.follows"), "", incident.follows_id))
    if incident.grew_at is not None and incident.status is Status.CLOSED and incident.merged_into is None:
        at = date_time(incident.grew_at, words.language)
        told.append(_notice(words("grouping.grew", at=at), words("grouping.grew_do"), None))
    if told:
        show(*told)


def _notice(text: str, advice: str, other: int | None) -> Markup:
    link = [] if other is None else [tag("a", f"#{other}", href=f"/?incident={other}", target="_self")]
    return tag("div", tag("b", text), *link, tag("span", advice), cls="wr-gone", role="status")


def show_grouping(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panels."""
    found = snapshot.grouping(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if found is None:
        return
    left, right = st.columns([1.35, 1], gap="small")
    with left:
        _reasons(room, view, found)
    with right:
        _risk(room, view)
    _folded(room, view, found)
    if room.person.actor.can(Permission.REGROUP_INCIDENTS, view.incident.platform_id):
        _change(room, view, found)
    _operations(room, view, found)


def _risk(room: Room, view: IncidentView) -> None:
    words = room.words
    with panels.panel("risk", words("grouping.risk"), tag("b", f"{view.incident.risk} / 100", cls="wr-risk")):
        rows = [
            tag(
                "li",
                tag("span", words.either(f"risk.{part}", part)),
                tag("i", tag("i", style=f"width:{100 * points // max(1, MOST.get(part, 100))}%")),
                tag("b", f"{points} / {MOST.get(part, 100)}"),
            )
            for part, points in view.incident.risk_parts
        ]
        show(tag("ul", *rows, cls="wr-risks"), tag("p", words("grouping.risk_told"), cls="wr-hint"))


def _reasons(room: Room, view: IncidentView, found: GroupingView) -> None:
    words, fit = room.words, masking.shown(room, view.incident)
    with panels.panel("reasons", words("grouping.why"), f"{view.incident.alert_count:,}"):
        if not found.reasons:
            panels.empty(words("grouping.empty"), words("grouping.empty_do"))
            return
        lines = [
            tag("li", tag("b", f"{count:,}"), tag("span", reason_text(reason, words, fit)))
            for reason, count in found.reasons
        ]
        if found.reason_total > len(lines):
            lines.append(tag("li", tag("em", words("grouping.more", count=f"{found.reason_total - len(lines):,}"))))
        show(tag("div", tag("ul", *lines, cls="wr-reasons"), cls="wr-scroll"))


def _folded(room: Room, view: IncidentView, found: GroupingView) -> None:
    words = room.words
    kinds = [
        words("grouping.entity_count", kind=words.either(f"entity.{kind}", kind), count=f"{count:,}")
        for kind, count in view.incident.folded.items()
        if kind != "rules"
    ]
    with panels.panel("folded", words("grouping.folded"), " · ".join(kinds)):
        if not found.rules:
            return
        head = [
            tag("th", words(f"grouping.{name}"), cls=name) for name in ("severity", "rule", "alerts", "events", "seen")
        ]
        rows = [
            tag(
                "tr",
                tag("td", panels.severity_chip(one.severity, words)),
                tag("td", _title(room, one), title=f"{_title(room, one)} · {one.rule_id}"),
                tag("td", f"{one.alerts:,}", cls="n"),
                tag("td", f"{one.events:,}", cls="n"),
                tag("td", f"{clock(one.first_at)}–{clock(one.last_at)}", cls="n"),
            )
            for one in found.rules
        ]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table folded")
        show(tag("div", table, cls="wr-scroll"))
        if found.rule_total > len(rows):
            show(tag("p", words("grouping.more", count=f"{found.rule_total - len(rows):,}"), cls="wr-hint"))


def _change(room: Room, view: IncidentView, found: GroupingView) -> None:
    words, incident = room.words, view.incident
    with panels.panel("regroup", words("grouping.change"), words("grouping.change_told")):
        _say()
        if incident.status is Status.CLOSED:
            panels.empty(words("grouping.closed"), words("grouping.closed_do"))
            if any(one.undone_at is None for one in found.operations):
                drafted.show_form(room, _form(room, incident.id))
            return
        if incident.alert_count > 1:
            _choose(room, view, found)
        drafted.show_form(room, _form(room, incident.id))
        buttons: tuple[tuple[str, Callable[[Room, int], None]], ...] = (
            ("split", _split),
            ("move", _move),
            ("merge", _merge),
        )
        with st.container(horizontal=True, gap="small"):
            for name, act in buttons:
                st.button(
                    words(f"grouping.{name}"),
                    key=f"regroup_{name}",
                    on_click=act,
                    args=(room, incident.id),
                    width="stretch",
                    disabled=name != "merge" and incident.alert_count < 2,  # noqa: PLR2004 - one cannot be parted
                )


def _choose(room: Room, view: IncidentView, found: GroupingView) -> None:
    """Let alerts be chosen one by one, or all of a rule."""
    words, fit = room.words, masking.shown(room, view.incident)
    ids = tuple(alert.id for alert in view.alerts)
    key = f"regroup_table_{hash(ids)}"
    # what is chosen is found by the alerts' ids: the rows move as alerts arrive
    st.session_state[_ROWS] = (key, ids)
    st.caption(words("grouping.choose", shown=f"{len(ids):,}", total=f"{view.incident.alert_count:,}"))
    columns = ("seen", "rule", "entities")
    st.dataframe(
        pd.DataFrame([_row(room, alert, fit) for alert in view.alerts], columns=columns),
        key=key,
        hide_index=True,
        height=min(_HEIGHT, _ROW_HEIGHT * (len(ids) + 1) + 3),
        row_height=_ROW_HEIGHT,
        column_config={name: st.column_config.TextColumn(words(f"grouping.{name}")) for name in columns},
        on_select="rerun",
        selection_mode="multi-row",
        alt=words("grouping.change"),
    )
    titles = {one.rule_id: _title(room, one) for one in found.rules}
    if len(titles) > 1:
        st.multiselect(
            words("grouping.by_rule"),
            list(titles),
            key=f"{_RULES}_{view.incident.id}",
            format_func=lambda rule_id: visible(titles.get(rule_id) or str(rule_id)),
            placeholder=words("grouping.by_rule_pick"),
        )


def _row(room: Room, alert: AlertRow, fit: Callable[[str], str]) -> tuple[str, str, str]:
    title = rule_title(alert, room.words)
    named = ", ".join(fit(entity.value) for entity in alert.entities) or "—"
    return clock(alert.first_at), visible(title), visible(named)


def _operations(room: Room, view: IncidentView, found: GroupingView) -> None:
    words = room.words
    may = room.person.actor.can(Permission.REGROUP_INCIDENTS, view.incident.platform_id)
    with panels.panel("operations", words("grouping.changes"), str(found.operation_total or "")):
        if not found.operations:
            panels.empty(words("grouping.no_changes"), words("grouping.no_changes_do"))
            return
        for one in found.operations:
            told, way_back = st.columns([4, 1], gap="small", vertical_alignment="center")
            with told:
                show(_operation(room, view, one))
            if may and one.undone_at is None:
                with way_back:
                    st.button(
                        words("grouping.undo"),
                        key=f"regroup_undo_{one.id}",
                        on_click=_undo,
                        args=(room, view.incident.id, one.id),
                        width="stretch",
                    )
        if found.operation_total > len(found.operations):
            more = f"{found.operation_total - len(found.operations):,}"
            show(tag("p", words("grouping.more", count=more), cls="wr-hint"))


def _operation(room: Room, view: IncidentView, one: Regrouping) -> Markup:
    words, fit = room.words, masking.shown(room, view.incident)
    done = words.either(f"regroup.{one.kind}", one.kind, source=one.source_id, target=one.target_id)
    why = words.either(f"regroup.{one.reason}", one.reason) if one.actor == "worker" else fit(one.reason)
    other = one.target_id if one.source_id == view.incident.id else one.source_id
    pieces = [
        tag("time", date_time(one.at, words.language)),
        tag("b", actor_name(one.actor, words)),
        tag("a", done, href=f"/?incident={other}", target="_self"),
        tag("span", f"{one.alert_count:,} · {why}"),
    ]
    if one.undone_at is not None:
        pieces.append(tag("em", words("grouping.undone", who=one.undone_by or "", why=fit(one.undone_why or ""))))
    return tag("div", *pieces, cls="wr-operation undone" if one.undone_at else "wr-operation")


def _form(room: Room, incident_id: int) -> Form:
    """Give the form of an incident's acts; it is kept as it is typed."""
    words = room.words
    reason = Input(
        "reason",
        words("grouping.reason"),
        hint=words("grouping.reason_hint"),
        limit=MOST_REASON,
        needed=True,
        wide=True,
    )
    target = Input("target", words("grouping.target"), hint="#", limit=_LONGEST_NUMBER + 1)
    return Form(f"incident/{incident_id}/regroup", f"regroup_form_{incident_id}", (reason, target))


def _split(room: Room, incident_id: int) -> None:
    def act(me: Actor, reason: str, _target: str) -> int:
        return regrouping.split(room.state, incident_id, _chosen(room, incident_id), me, reason)

    _act(room, incident_id, act, "grouping.done_split")


def _move(room: Room, incident_id: int) -> None:
    def act(me: Actor, reason: str, typed: str) -> int:
        target = _number(room, typed)
        regrouping.move_alerts(room.state, incident_id, _chosen(room, incident_id), target, me, reason)
        return target

    _act(room, incident_id, act, "grouping.done_move")


def _merge(room: Room, incident_id: int) -> None:
    def act(me: Actor, reason: str, typed: str) -> int:
        target = _number(room, typed)
        regrouping.merge(room.state, incident_id, target, me, reason)
        return target

    _act(room, incident_id, act, "grouping.done_merge")


def _undo(room: Room, incident_id: int, number: int) -> None:
    def act(me: Actor, reason: str, _target: str) -> int:
        regrouping.undo(room.state, number, me, reason)
        return number

    _act(room, incident_id, act, "grouping.done_undo")


def _act(room: Room, incident_id: int, action: Callable[[Actor, str, str], int], told: str) -> None:
    """Do it, and say the number of the incident that it led to; what was typed goes only when it is done."""
    numbers: list[int] = []
    form = _form(room, incident_id)

    def do(me: Actor) -> None:
        typed = drafted.values(room, form)
        if not typed["reason"].strip():
            raise UsageError(room.words("grouping.reason_missing"))
        numbers.append(action(me, typed["reason"], typed["target"]))
        drafted.sent(room, form)

    done = doing.attempt(room, _PLACE, do, told)
    text = doing.taken(_PLACE)
    if done:
        text = room.words(told, id=numbers[0])
    st.session_state[_SAID] = (now_us() + _SAID_US, done, text)


def _say() -> None:
    """Show what became of the last act; long enough to be read, though the panel renews itself."""
    until, done, text = st.session_state.get(_SAID, (0, True, ""))
    if text and now_us() < until:
        show(tag("div", text, cls="wr-done" if done else "wr-warning", role="status"))


def _chosen(room: Room, incident_id: int) -> set[str]:
    key, ids = st.session_state.get(_ROWS, ("", ()))
    state = st.session_state.get(key)
    rows: Sequence[int] = state.selection.rows if state is not None else ()
    chosen = {ids[row] for row in rows if 0 <= row < len(ids)}
    rules = st.session_state.get(f"{_RULES}_{incident_id}") or ()
    if rules:
        chosen |= regrouping.alerts_of_rules(room.state, incident_id, rules)
    if not chosen:
        raise UsageError(room.words("grouping.alerts_missing"))
    return chosen


def _number(room: Room, typed: str) -> int:
    number = typed.strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER):
        raise UsageError(room.words("grouping.target_missing"))
    return int(number)


def _title(room: Room, one: RuleFold) -> str:
    return (one.title_th if room.words.language == "th" else "") or one.title
