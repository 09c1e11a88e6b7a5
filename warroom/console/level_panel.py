"""How long it took to acknowledge, contain and resolve, by severity, platform, shift or week; and our targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import colours, panels
from warroom.console.level_chart import Group, level_figure
from warroom.console.markup import show, tag
from warroom.console.times import date
from warroom.errors import UsageError
from warroom.incidents.measuring import Measures, figures, measure
from warroom.incidents.shifts import read_shifts, shift_at, week_of
from warroom.incidents.targets import Clock
from warroom.model import Severity
from warroom.store.views.duty import COURSE_LIMIT, Course, courses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.console.texts import Words
    from warroom.incidents.measuring import Figure
    from warroom.model import Target
    from warroom.store.database import State

_DAY_US: Final = 86_400_000_000
#: Figures may be so many minutes old: 15,000 incidents take a third of a second.
_FRESH: Final = 5
_WINDOWS: Final = (7, 30, 90)
_KINDS: Final = ("severity", "platform", "shift", "week")
_CHART_CONFIG: Final = {"displayModeBar": False, "responsive": True}
_MOST_GROUPS: Final = 14
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def show_levels(room: Room, tick: Tick, targets: Mapping[Severity, Target]) -> None:
    """Show the figures of the chosen window, told apart as chosen."""
    words = room.words
    days = st.session_state.get("sla_days") or _WINDOWS[1]
    kind = st.session_state.get("sla_kind") or _KINDS[0]
    with panels.panel("sla_levels", words("sla.levels"), words("sla.levels_hint", days=days)):
        left, right = st.columns([1.5, 1], gap="small")
        left.segmented_control(
            words("sla.by"),
            _KINDS,
            default=_KINDS[0],
            key="sla_kind",
            format_func=lambda one: words(f"sla_by.{one}"),
            label_visibility="collapsed",
        )
        right.segmented_control(
            words("sla.window"),
            _WINDOWS,
            default=_WINDOWS[1],
            key="sla_days",
            format_func=lambda one: words("keeping.days", days=one),
            label_visibility="collapsed",
        )
        found, total = _measures(room.state, room.seen, days, tick.minute // _FRESH * _FRESH, tuple(targets.items()))
        if not found.all:
            panels.empty(words("sla.nothing"), words("sla.nothing_do"))
            _left_out(room, found, total)
            return
        try:
            groups = _groups(room, found, kind)
        except UsageError as problem:  # the setting of the shifts is faulty
            panels.empty(words("handover.bad_shifts"), str(problem))
            return
        chart = tuple(
            (name, colour, tuple(_bar(told.get(clock), words) for clock in Clock)) for name, colour, told in groups
        )
        titles = tuple(words(f"sla_mean.{clock}") for clock in Clock)
        st.plotly_chart(
            _figure(chart[:_MOST_GROUPS], titles), key="sla_chart", theme=None, config=_CHART_CONFIG, alt=titles[0]
        )
        _table(room, [*groups, (words("sla.all"), colours.TEXT, figures(found.all))])
        _left_out(room, found, total)


@st.cache_resource(show_spinner=False, max_entries=8)
def _measures(
    _state: State, seen: Seen, days: int, minute: int, targets: tuple[tuple[Severity, Target], ...]
) -> tuple[Measures, int]:
    """Measure every few minutes for all sessions that see the same platforms."""
    found, total = courses(_state, minute * 60_000_000 - days * _DAY_US, scope=seen.scope)
    return measure(found, dict(targets)), total


@st.cache_resource(show_spinner=False, max_entries=16)
def _figure(groups: tuple[Group, ...], titles: tuple[str, ...]) -> object:
    """Draw once for all sessions."""
    return level_figure(groups, titles)


def _groups(room: Room, found: Measures, kind: str) -> list[tuple[str, str, dict[Clock, Figure]]]:
    """Give each group's name, colour and figures, in an order that says something."""
    if kind == "severity":
        told = found.by(lambda course: course.severity)
        return [
            (room.words(f"severity.{one}"), colours.SEVERITY[one][1], told[one])
            for one in reversed(Severity)
            if one in told
        ]
    if kind == "week":
        by_week = found.by(lambda course: week_of(course.opened_at))
        return [
            (date(week, room.words.language), colours.CATEGORICAL[0], told)
            for week, told in sorted(by_week.items(), reverse=True)
        ]
    named: Callable[[Course], str] = lambda course: room.platform(course.platform_id)  # noqa: E731
    if kind == "shift":
        shifts = read_shifts(room.settings.shifts)
        named = lambda course: shift_at(shifts, course.opened_at).label  # noqa: E731
    by_name = found.by(named)
    return [(name, colours.CATEGORICAL[1], told) for name, told in sorted(by_name.items(), key=_most)]


def _most(entry: tuple[str, dict[Clock, Figure]]) -> tuple[int, str]:
    name, told = entry
    return -max((one.count for one in told.values()), default=0), name


def _table(room: Room, groups: list[tuple[str, str, dict[Clock, Figure]]]) -> None:
    words = room.words
    tops = [tag("th", words("sla.group"))]
    for clock in Clock:
        tops += [tag("th", words(f"clock.{clock}"), cls="n"), tag("th", words("sla.kept"), cls="n kept")]
    body = []
    for name, _, told in groups:
        cells = [tag("td", name, title=name)]
        for clock in Clock:
            one = told.get(clock)
            if one is None:
                cells += [tag("td", "—", cls="n"), tag("td", "", cls="n")]
                continue
            hint = words(
                "sla.figure",
                count=one.count,
                mean=duration(one.mean, words),
                median=duration(one.median, words),
                ninetieth=duration(one.ninetieth, words),
            )
            share = one.kept * 100 // one.count
            cells += [
                tag("td", duration(one.median, words), cls="n", title=hint),
                tag("td", f"{share} %", cls="n bad" if one.kept < one.count else "n good", title=hint),
            ]
        body.append(tag("tr", *cells))
    table = tag("table", tag("thead", tag("tr", *tops)), tag("tbody", *body), cls="wr-table levels")
    show(tag("p", words("sla.table_hint"), cls="wr-hint"), tag("div", table, cls="wr-scroll"))


def _left_out(room: Room, found: Measures, total: int) -> None:
    words = room.words
    said = [words("sla.left_out", drills=found.drills, doubles=found.doubles), words("sla.targets_now")]
    if total > COURSE_LIMIT:
        said.append(words("sla.cut", count=COURSE_LIMIT, total=total))
    show(tag("p", " ".join(said), cls="wr-hint"))


def _bar(one: Figure | None, words: Words) -> tuple[float, str] | None:
    return None if one is None else (one.mean, duration(one.mean, words))


def duration(seconds: float, words: Words) -> str:
    """Write a duration in its two largest units: ``2 h 10 min``."""
    whole = int(seconds)
    for step, below, unit, smaller in (
        (_DAY, _HOUR, "day", "hour"),
        (_HOUR, _MINUTE, "hour", "minute"),
        (_MINUTE, 1, "minute", "second"),
    ):
        if whole >= step:
            rest = whole % step // below
            text = f"{whole // step} {words(f'unit.{unit}')}"
            return f"{text} {rest} {words(f'unit.{smaller}')}" if rest else text
    return f"{whole} {words('unit.second')}"


def show_targets(room: Room, targets: Mapping[Severity, Target]) -> None:
    """Show our targets, and that they are no law."""
    words = room.words
    head = [tag("th", words("sla.group")), *(tag("th", words(f"clock.{clock}"), cls="n") for clock in Clock)]
    body = [
        tag(
            "tr",
            tag("td", panels.severity_chip(severity, words)),
            *(tag("td", duration(getattr(targets[severity], clock), words), cls="n") for clock in Clock),
        )
        for severity in reversed(Severity)
    ]
    with panels.panel("sla_targets", words("sla.targets")):
        show(tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table targets"))
        show(tag("p", words("sla.no_law"), cls="wr-hint"))
