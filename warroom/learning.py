"""Learns what is usual for the rules that ask for it: each whole week of stored matches, once, after its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from warroom.detect.usual import FIRST_MONDAY_US, HOUR_US, LEARNING_US, WEEK_US, Usual, lesson_name, week_of
from warroom.store.baselines import Lesson, forget_weeks, learn_week, read_week, weeks_learnt

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from warroom.detect import Correlation, RuleSet
    from warroom.store.database import State


def usual_of(data_dir: Path) -> Usual:
    """Look up what is usual where the worker of this state folder learns it."""
    return Usual(partial(read_week, data_dir))


def learn(state: State, data_dir: Path, rules: RuleSet, now_us: int, ended: Event) -> int:
    """Learn the weeks that rules ask for and that are not learnt; how many were. Stops between two when ended.

    A week is learnt an hour after its end, when late events are there, and counts from a day after it.
    """
    last, counts = week_of(now_us - HOUR_US) - 1, week_of(now_us - LEARNING_US)
    names: dict[str, int] = {}
    learnt = 0
    for correlation in rules.correlations:
        if correlation.baseline is None:
            continue
        name, oldest = lesson_name(correlation), counts - correlation.baseline.weeks
        names[name] = oldest
        for week in sorted({*range(oldest, last + 1)} - weeks_learnt(data_dir, name), reverse=True):
            if ended.is_set():
                return learnt
            learn_week(state, data_dir, _lesson(correlation, name, week), week)
            learnt += 1
    forget_weeks(data_dir, names)
    return learnt


def _lesson(correlation: Correlation, name: str, week: int) -> Lesson:
    begin = FIRST_MONDAY_US + week * WEEK_US
    return Lesson(
        name,
        correlation.id,
        correlation.kind,
        correlation.seconds * 1_000_000,
        begin,
        begin + WEEK_US,
        HOUR_US,
    )
