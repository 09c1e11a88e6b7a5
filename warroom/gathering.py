"""The figures of a periodic report, gathered: counts of the store, our targets, legal clocks, the handover."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from warroom.catalog.thai import moment
from warroom.incidents.briefing import blind
from warroom.incidents.measuring import figures as measured_of
from warroom.incidents.measuring import measure
from warroom.incidents.shifts import read_shifts, shift_at
from warroom.incidents.targets import targets_now
from warroom.report.figures import Blind, Deadline, Figures, Handed, Legal, Taken, Targets
from warroom.report.periods import Kind, Period, before, of_shift
from warroom.respond.board import BUCKETS, board, breach_register
from warroom.respond.clocks import Light
from warroom.respond.standing import Standing, clocks_of
from warroom.settings import Settings
from warroom.store import handovers
from warroom.store.database import State
from warroom.store.handovers import Handover
from warroom.store.usual import usual
from warroom.store.views import duty, feeds, handover, is_drill
from warroom.store.views.annual import kor3_counts
from warroom.store.views.duty import courses
from warroom.store.views.periodic import (
    Span,
    count_incidents,
    count_late_requests,
    sent_between,
)
from warroom.store.views.periodic_flow import count_alerts, count_feeds
from warroom.store.views.response import response
from warroom.store.views.rows import Scope

#: Legal clocks that a report names; all of them are counted.
_FIRST: Final = 20
_SEVERITIES: Final = ("all", "critical", "high", "medium", "low", "informational")


def shift_period(settings: Settings, at_us: int) -> Period:
    """Give the shift that a moment belongs to. Raises UsageError: the setting is faulty."""
    shift = shift_at(read_shifts(settings.shifts), at_us)
    return of_shift(shift.since, shift.until)


def gather(state: State, settings: Settings, period: Period, now: int, *, scope: Scope = None) -> Figures:
    """Gather the figures of a period as of a moment; confined to platforms where a scope is given.

    What is said of open incidents' targets, blind feeds, late requests and running clocks is as of the moment.
    """
    drills = is_drill(state) or settings.drill
    span = Span(period.since, min(period.until, max(now, period.since + 1)))
    last = before(period)
    own = targets_now(state)
    rates = usual(state, now)
    seen = [
        (feed.feed_id, told)
        for feed in feeds(state, now, scope=scope)
        if (told := blind(feed, now, rates.get(feed.feed_id)))
    ]
    shown = count_feeds(state, span, scope=scope, drills=drills)
    known = {feed.feed_id for feed in shown}
    earlier = count_incidents(state, Span(last.since, last.until), last.parts, scope=scope, drills=drills)
    return Figures(
        kind=period.kind,
        name=period.name,
        since=period.since,
        until=period.until,
        at=now,
        scope=None if scope is None else list(scope),
        exercise=drills,
        incidents=count_incidents(state, span, period.parts, scope=scope, drills=drills),
        opened_before=earlier.opened,
        alerts=count_alerts(state, span, period.parts, scope=scope, drills=drills),
        feeds=shown,
        blind=[Blind(feed_id, str(told["why"])) for feed_id, told in seen if feed_id in known],
        targets=_targets(state, span, scope=scope, drills=drills),
        past_target=duty.board(state, own, now, scope=scope, limit=1).passed_count,
        late_requests=count_late_requests(state, now, scope=scope),
        legal=_legal(state, span, now, scope=scope, drills=drills),
        handed=_handed(state, period, span) if period.kind is Kind.SHIFT and scope is None else None,
        kor3=kor3_counts(state, moment(period.since).year, scope) if period.kind is Kind.ANNUAL else None,
    )


def _targets(state: State, span: Span, *, scope: Scope, drills: bool) -> Targets:
    found, total = courses(state, span.since, until_us=span.until, scope=scope)
    if drills:  # an exercise is measured as if it were real
        found = [replace(one, drill=False) for one in found]
    told = measure(found, targets_now(state))
    groups = {"all": measured_of(told.all)} | {
        severity.value: clocks for severity, clocks in told.by(lambda course: course.severity).items()
    }
    rows = [
        Taken(name, clock.value, one.count, one.median, one.ninetieth, one.kept)
        for name in _SEVERITIES
        for clock, one in groups.get(name, {}).items()
    ]
    return Targets(rows, told.drills, told.doubles, len(found), total)


def _legal(state: State, span: Span, now: int, *, scope: Scope, drills: bool) -> Legal:
    standing = board(state, now, scope=scope, drills=drills)
    lights = Counter(row.state.light for row in standing.running)
    answered = Counter[bool]()
    numbers, total = sent_between(state, span, scope=scope)
    for number in numbers:
        view = response(state, number, scope=scope)
        for one in clocks_of(view, now) if view is not None else ():
            if one.clock.shown_after is not None:
                continue  # the limit of a plea to be excused is no duty of its own
            if one.standing is Standing.STOPPED and one.sent and span.since <= one.sent.sent_at < span.until:
                answered[one.late] += 1
    register = breach_register(state, now, scope=scope)
    buckets = Counter(
        row.bucket for row in register.rows if row.sent_at is not None and span.since <= row.sent_at < span.until
    )
    return Legal(
        running=len(standing.running),
        passed=lights[Light.PASSED],
        soon=lights[Light.RED],
        kept=answered[False],
        late=answered[True],
        first=[
            Deadline(
                row.incident.id,
                row.state.clock.th,
                row.state.clock.en,
                row.state.controller.agency,
                row.state.planned.due_at,
                str(row.state.light or ""),
            )
            for row in standing.running[:_FIRST]
        ],
        buckets={name: buckets[name] for name in BUCKETS},
        cut=standing.cut or register.cut or len(numbers) < total,
    )


def _handed(state: State, period: Period, span: Span) -> Handed | None:
    with state.read() as connection:
        found: Handover | None = handovers.of_shift(connection, period.since)
        _, decided = handover.decisions_between(connection, span.since, span.until)
    if found is None:
        return None
    return Handed(
        found.outgoing,
        found.outgoing_at,
        found.incoming,
        found.incoming_at,
        found.notes,
        found.tasks,
        decided,
    )
