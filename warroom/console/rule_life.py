"""How a detector does: alerts by day, how right they were, what it would have raised in shadow, its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import streamlit as st

from warroom.catalog.stages import Stage
from warroom.console import panels, rule_sights, time_chart
from warroom.console.markup import Markup, join, show, tag
from warroom.console.masking import masked
from warroom.console.rule_list import precision
from warroom.console.times import age, date_time, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.blind import Spell
    from warroom.bench.catalogue import Entry
    from warroom.console.room import Room, Tick
    from warroom.console.rule_sights import Figures
    from warroom.console.texts import Words
    from warroom.store.rules.hits import ShadowAlert
    from warroom.store.rules.stages import Change

_DAYS: Final = 30
_CHART: Final = 168
_SHADOW: Final = 50
_HISTORY: Final = 40
_SPELLS: Final = 12
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_COLOURS: Final = {Stage.PRODUCTION: "#22d3ee", Stage.SHADOW: "#b48cff"}


def show_life(room: Room, tick: Tick, entry: Entry) -> None:
    """Show how a rule does."""
    words = room.words
    figures = rule_sights.figures(room, tick)[entry.id]
    with panels.panel("rule_figures", words("rule.figures"), words("rule.figures_hint", days=_DAYS)):
        show(_cards(room, tick, figures))
        days = _by_day(room, tick, entry.id)
        if any(sum(counts) for counts in days.values()):
            names = tuple((stage.value, words(f"stage.{stage}")) for stage in days)
            today = (tick.now_us + 7 * _HOUR_US) // _DAY_US
            chart = _figure(names, tuple(tuple(counts) for counts in days.values()), today)
            st.plotly_chart(chart, key="rule_days", theme=None, config=time_chart.CONFIG, alt=words("rule.chart_alt"))
        else:
            panels.empty(words("rule.no_hits"), words("rule.no_hits_do", days=_DAYS))
    raised = rule_sights.shadow_alerts(room, entry.id, _SHADOW)
    if raised or figures.stage == Stage.SHADOW:
        with panels.panel("rule_shadow", words("rule.shadow_alerts"), words("rule.shadow_hint", count=len(raised))):
            if raised:
                show(_shadow(room, tick, raised))
            else:
                panels.empty(words("rule.no_shadow"), words("rule.no_shadow_do"))
    if spells := rule_sights.blind_spells(room, tick, entry.id, _DAYS):
        with panels.panel("rule_blind", words("rule.blind_title"), words("rule.figures_hint", days=_DAYS)):
            show(_blind(room, spells))
    with panels.panel("rule_history", words("rule.history")):
        show(_history(room, rule_sights.changes(room, entry.id, _HISTORY)), _commits(room, tick, entry))


def _cards(room: Room, tick: Tick, figures: Figures) -> Markup:
    words, language = room.words, room.words.language
    judged = words("rule.judged", right=figures.right, wrong=figures.wrong)
    last = "—" if figures.last_at is None else age((tick.now_us - figures.last_at) / 1_000_000, language)
    told = (
        *((name, *alerts_told(words, figures, name)) for name in ("day", "week", "month")),
        ("precision", precision(figures), judged if figures.right + figures.wrong else words("rule.not_judged")),
        ("last", last, "" if figures.last_at is None else date_time(figures.last_at, language)),
    )
    cells = [
        tag("div", tag("span", words(f"rule.card_{name}")), tag("b", value), tag("em", under, title=under))
        for name, value, under in told
    ]
    return tag("div", *cells, cls="wr-rule-cards")


def alerts_told(words: Words, figures: Figures, span: str) -> tuple[str, str]:
    """Give all alerts of a span, as the chart shows them, and how many of them were only counted, in shadow."""
    raised, shadow = (int(getattr(counts, span)) for counts in (figures.raised, figures.shadow))
    said = words.counted("rule.card_alerts", raised + shadow)
    if shadow:
        said = words("rule.card_all_shadow") if not raised else words("rule.card_shadow", shadow=f"{shadow:,}")
    return f"{raised + shadow:,}", said


def _by_day(room: Room, tick: Tick, rule_id: str) -> dict[Stage, list[int]]:
    """Give the alerts of each of the last days of Bangkok, oldest first, by stage."""
    today = (tick.now_us + 7 * _HOUR_US) // _DAY_US
    days = {stage: [0] * _DAYS for stage in _COLOURS}
    for hour, stage, alerts in rule_sights.by_hour(room, tick, rule_id, _DAYS):
        place = (hour + 7) // 24 - today + _DAYS - 1
        if 0 <= place < _DAYS and stage in days:
            days[Stage(stage)][place] += alerts
    return days


@st.cache_resource(show_spinner=False, max_entries=64)
def _figure(names: tuple[tuple[str, str], ...], counts: tuple[tuple[int, ...], ...], today: int) -> go.Figure:
    days = list(range(today - _DAYS + 1, today + 1))
    times = [f"{moment(day * _DAY_US):%d/%m}" for day in days]
    figure = go.Figure()
    for (stage, name), values in zip(names, counts, strict=True):
        figure.add_bar(
            x=days,
            y=list(values),
            name=name,
            marker={"color": _COLOURS[Stage(stage)]},
            customdata=times,
            hovertemplate="%{customdata}  <b>%{y:,.0f}</b><extra>%{fullData.name}</extra>",
        )
    time_chart.lay_out(
        figure, _CHART, list(zip(days, times, strict=True))[2::5], legend=1.18, barmode="stack", bargap=0.18
    )
    return figure


def _shadow(room: Room, tick: Tick, raised: Sequence[ShadowAlert]) -> Markup:
    words = room.words
    head = [tag("th", words(f"rule.{name}"), cls=name) for name in ("at", "platform", "about", "events")]
    rows = []
    for one in raised:
        since = age((tick.now_us - one.at) / 1_000_000, words.language)
        about = ", ".join(masked(entity.value) for entity in one.entities[:4]) or "—"
        rows.append(
            tag(
                "tr",
                tag("td", since, title=date_time(one.at, words.language)),
                tag("td", room.platform(one.platform_id), title=room.platform(one.platform_id)),
                tag("td", about, title=about),
                tag("td", f"{one.count:,}", cls="n"),
            )
        )
    table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table shadow")
    return tag("div", table, cls="wr-scroll")


def _blind(room: Room, spells: Sequence[Spell]) -> Markup:
    """Tell when it was blind, feed by feed, and whether what it missed was looked at afterwards."""
    words, language = room.words, room.words.language
    rows = []
    for spell in spells[:_SPELLS]:
        one = spell.silence
        told = words(
            "rule.blind_one",
            since=date_time(one.since, language),
            until=words("rule.blind_now") if one.until is None else date_time(one.until, language),
            feed=one.feed_id,
        )
        at = "" if spell.at is None else date_time(spell.at, language)
        filled = [] if one.until is None else [words(f"blindfilled.{spell.filled}", at=at)]
        rows.append(tag("li", told, *(tag("p", text, cls="wr-hint") for text in filled)))
    if len(spells) > _SPELLS:
        rows.append(tag("li", words("banner.more", count=len(spells) - _SPELLS)))
    return tag("ul", *rows, cls="wr-kinds")


def _commits(room: Room, tick: Tick, entry: Entry) -> Markup:
    """Tell which commits changed the file, where it lies in a working copy of git."""
    commits = rule_sights.commits(room, tick, entry)
    if not commits:
        return join([])
    rows = [
        tag("li", tag("time", one.at[:10]), tag("b", one.commit[:10]), tag("span", one.author), tag("p", one.subject))
        for one in commits[:_HISTORY]
    ]
    return join([tag("h4", room.words("rule.commits"), cls="wr-sub"), tag("ul", *rows, cls="wr-moves")])


def _history(room: Room, changes: Sequence[Change]) -> Markup:
    """Tell who moved it, when, from where to where, and why, newest first."""
    words, language = room.words, room.words.language
    if not changes:
        return tag("p", words("rule.no_history"), cls="wr-hint")
    rows = []
    for one in changes:
        move = f"{words(f'stage.{one.from_stage}')} → {words(f'stage.{one.to_stage}')}"
        decided = ""
        if one.decided_by is not None and one.decided_by != one.actor and one.decided_at is not None:
            decided = f"{words(f'changestate.{one.state}')} · {one.decided_by} · {date_time(one.decided_at, language)}"
        rows.append(
            tag(
                "li",
                tag("time", date_time(one.at, language)),
                tag("b", move),
                tag("span", one.actor),
                tag("span", words(f"changestate.{one.state}"), cls=f"wr-change {one.state}"),
                tag("p", masked(one.reason)),
                *([tag("p", decided, *([": ", masked(one.decision)] if one.decision else []))] if decided else []),
            )
        )
    return join([tag("ul", *rows, cls="wr-moves")])
