"""A back-test of one rule from the console: what it would have raised on the events that are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.guard import check
from warroom.bench.backtest import BackTest, back_test
from warroom.bench.backtest_choice import chosen
from warroom.bench.rates import DAY_US
from warroom.bench.trial_figures import trial_figures
from warroom.console import detector_counts, doing
from warroom.console.bench_job import Job
from warroom.console.markup import Markup, join, show, tag
from warroom.console.masking import masked
from warroom.console.times import age
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.detect.ruleset import RuleSet
    from warroom.store.canonical import Json

_PLACE: Final = "rule_trial"
_JOB: Final = "rule_trial_job"
_HOURS: Final = "rule_trial_hours"
#: How far a back-test looks back, in hours.
_CHOICES: Final = (1, 6, 24, 7 * 24, 30 * 24)
_FIRST: Final = 7 * 24
_HOUR_US: Final = 3_600_000_000
_DAY: Final = 24
#: One that ends within so many seconds is shown at once.
_MOMENT: Final = 0.8
_MILLION: Final = 1_000_000


def show_trial(room: Room, about: str, rules: Callable[[], RuleSet] | None = None) -> None:
    """Show the way to a back-test, how far one is, and what it gave.

    Args:
        room: whose screen it is.
        about: the id of the rule, or what else tells its text apart from others.
        rules: gives the rules to try; None: the loaded rule of this id.
    """
    words = room.words
    doing.say(_PLACE)
    left, right = st.columns([1, 1.3], gap="small", vertical_alignment="bottom")
    with left:
        st.selectbox(
            words("trial.span"),
            _CHOICES,
            index=_CHOICES.index(_FIRST),
            key=_HOURS,
            format_func=lambda hours: _span(room, hours),
        )
    with right:
        st.button(
            words("trial.begin"), key="rule_trial_begin", on_click=_begin, args=(room, about, rules), width="stretch"
        )
    job = _job(about)
    if job is None:
        return
    if job.running:
        room.live("1s", lambda tick: _progress(room, tick, job))
    elif job.problem:
        show(tag("div", job.problem, cls="wr-warning", role="alert"))
    elif job.found is not None:
        show(*(_result(room, job.found, rule_id) for rule_id in job.found.rules))


def figures_of(rule_id: str) -> dict[str, Json] | None:
    """Give what this page's last back-test of a rule gave, as it goes with a proposal; None where there was none."""
    job = _job(rule_id)
    if job is None or job.running or job.found is None:
        return None
    return trial_figures(job.found, rule_id)


def span_told(words: Words, span_us: float) -> str:
    """Tell for how long something was looked at: in days, or in the largest unit that fits less than a day."""
    if span_us >= DAY_US:
        days = f"{span_us / DAY_US:,.1f}"
        return words.counted("suppress.days", 1) if days == "1.0" else words("suppress.days", count=days)
    return age(span_us / _MILLION, words.language)


def _rate(room: Room, a_day: float | None, days: float) -> str:
    """Tell alerts a day, and for how long events are stored; for less than a day that alone."""
    span = span_told(room.words, days * DAY_US)
    return (
        room.words("trial.within", span=span)
        if a_day is None
        else room.words("trial.a_day", rate=f"{a_day:,.2f}", span=span)
    )


def _span(room: Room, hours: int) -> str:
    if hours <= _DAY:
        return room.words.counted("trial.hours", hours)
    return room.words.counted("suppress.days", hours // _DAY)


def _result(room: Room, found: BackTest, rule_id: str) -> Markup:
    """Tell what a back-test gave: alerts a day, whom they are about, what it looked at and cost."""
    words, own = room.words, found.rules[rule_id]
    told = words(
        "trial.found",
        alerts=words.counted("trial.alerts", own.alerts, more="+" if own.at_least else ""),
        rate=_rate(room, own.alerts_per_day, found.days),
        events=words.counted("trial.events", found.events),
        cost=f"{found.cpu_seconds * _MILLION / max(1, found.passed):,.2f}",
    )
    entities = [
        tag("li", tag("em", words.either(f"entity.{kind}", kind)), tag("span", masked(value)), tag("b", f"{count:,}"))
        for kind, value, count in own.by_entity
    ]
    notes = [] if found.complete else [tag("span", words("trial.cut"))]
    if not found.events:
        notes.append(tag("span", words("trial.no_events")))
    listed = [tag("ul", *entities, cls="wr-held")] if entities else []
    return tag("div", tag("b", told), join(notes), *listed, cls="wr-switch")


def _job(about: str) -> Job[BackTest] | None:
    job = st.session_state.get(_JOB)
    return job if isinstance(job, Job) and job.about == about else None


def _begin(room: Room, about: str, rules: Callable[[], RuleSet] | None) -> None:
    hours = int(st.session_state.get(_HOURS) or _FIRST)
    state, settings = room.state, room.settings
    version = room.look().version("content")

    def work(job: Job[BackTest]) -> BackTest:
        until = now_us()
        whole = rules() if rules is not None else chosen(detector_counts.loaded(settings, version), {about})
        since = until - hours * _HOUR_US
        return back_test(state, settings.data_dir, whole, since, until, cancelled=job.stop, progress=job.note)

    def begin(me: Actor) -> None:
        check(me, Permission.MANAGE_RULES)
        check(me, Permission.SEARCH_EVENTS)
        before = st.session_state.get(_JOB)
        if isinstance(before, Job):
            before.stop.set()
        job = Job[BackTest](about)
        st.session_state[_JOB] = job
        job.start(work, _MOMENT)

    done = doing.attempt(room, _PLACE, begin, "trial.begun")
    job = _job(about)
    if done and job is not None and not job.running:
        doing.taken(_PLACE)  # its result says more than that it has begun


def _progress(room: Room, _tick: Tick, job: Job[BackTest]) -> None:
    """Say how far it is; the screen is laid out anew when it ends."""
    if not job.running:
        st.rerun()
    words = room.words
    st.progress(job.done)
    show(tag("p", words("trial.running", events=f"{job.count:,}"), cls="wr-hint"))
    st.button(words("search.cancel"), key="rule_trial_stop", on_click=job.stop.set)
