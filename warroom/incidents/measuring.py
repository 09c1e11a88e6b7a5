"""How long it took to acknowledge, contain and resolve, by anything incidents are told apart by. Pure.

Drills and what turned out to be a double of another incident are left out, and counted: a mean over them would say
nothing about our work. An incident counts for a clock once that clock has stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, TypeVar

from warroom.incidents.targets import SECOND, Clock, clocks, stopped_at
from warroom.model import Disposition, Severity, Target
from warroom.store.views.duty import Course

_K = TypeVar("_K", bound=Hashable)
_NINETIETH: Final = 0.9


@dataclass(frozen=True, slots=True)
class Measured:
    """One incident's own figures: microseconds by clock, of those that stopped, and which were kept."""

    course: Course
    took: dict[Clock, int]
    kept: dict[Clock, bool]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is said of a group for one clock; seconds."""

    count: int
    mean: float
    median: float
    ninetieth: float
    kept: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured, and how many incidents are left out and why."""

    all: tuple[Measured, ...]
    drills: int
    doubles: int

    def by(self, key: Callable[[Course], _K]) -> dict[_K, dict[Clock, Figure]]:
        """Give the figures of each group, in the order in which they come."""
        groups: dict[_K, list[Measured]] = {}
        for one in self.all:
            groups.setdefault(key(one.course), []).append(one)
        return {name: figures(members) for name, members in groups.items()}


def measure(courses: Iterable[Course], targets: Mapping[Severity, Target]) -> Measures:
    """Measure incidents; targets are those of now, also for what happened before they were set."""
    measured, drills, doubles = [], 0, 0
    for course in courses:
        if course.drill or course.disposition is Disposition.DRILL:
            drills += 1
            continue
        if course.merged or course.disposition is Disposition.DUPLICATE:
            doubles += 1
            continue
        done = {clock: stopped_at(course.history, clock) for clock in (Clock.CONTAIN, Clock.RESOLVE)}
        done[Clock.ACKNOWLEDGE] = _acknowledged(course)
        took, kept = {}, {}
        for one in clocks(targets[course.severity], course.opened_at, done):
            if one.done_at is not None:
                took[one.clock] = max(0, one.done_at - course.opened_at)
                kept[one.clock] = one.done_at <= one.due_at
        measured.append(Measured(course, took, kept))
    return Measures(tuple(measured), drills, doubles)


def figures(members: Iterable[Measured]) -> dict[Clock, Figure]:
    """Give what is said of some incidents, by clock; a clock that stopped for none of them is missing."""
    told = {}
    chosen = list(members)
    for clock in Clock:
        took = sorted(one.took[clock] / SECOND for one in chosen if clock in one.took)
        if took:
            ninetieth = took[min(len(took) - 1, int(len(took) * _NINETIETH))]
            kept = sum(one.kept.get(clock, False) for one in chosen)
            told[clock] = Figure(len(took), fmean(took), median(took), ninetieth, kept)
    return told


def _acknowledged(course: Course) -> int | None:
    """When somebody first took notice; being reopened does not undo it."""
    return course.history[1][0] if len(course.history) > 1 else None
