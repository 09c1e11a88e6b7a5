"""What a periodic report tells of incidents in a span of time, counted and listed.

Drills are counted apart and nowhere else, unless the whole store is an exercise (``drills``); what went into another
incident is counted there. A span begins at its first moment and ends before its last one, in microseconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from warroom.model import Disposition, Severity, Status
from warroom.store.case_tables import classifications, containments
from warroom.store.response_tables import sendings
from warroom.store.tables import incidents
from warroom.store.views.classified import newest_classification, numbers
from warroom.store.views.handover import late_request
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from warroom.store.database import State

#: Incidents that a report lists at most; the counts beside them are exact.
LISTED: Final = 20_000
#: Incidents whose sendings are looked at, at most.
SENT: Final = 1_000


class Span(NamedTuple):
    """From a moment to before another one."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class IncidentCounts:
    """Incidents of a span; ``categories`` and ``levels`` are of those opened in it, ``drills`` of no other count.

    An incident of several categories is counted in each of them.
    """

    opened: int = 0
    closed: int = 0
    open_before: int = 0
    open_after: int = 0
    drills: int = 0
    unclassified: int = 0
    severities: dict[str, list[int]] = field(default_factory=dict)  # → opened, closed, open at the end
    platforms: dict[str, list[int]] = field(default_factory=dict)  # likewise
    dispositions: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    course: list[dict[str, int]] = field(default_factory=list)  # opened by severity, of each part of the span


@dataclass(frozen=True, slots=True)
class Line:
    """An incident as a report lists it; its titles are as they were detected: whoever prints them masks them."""

    id: int
    title: str
    title_th: str
    severity: Severity
    status: Status
    disposition: Disposition | None
    platform_id: str
    drill: bool
    assignee: str | None
    opened_at: int
    acknowledged_at: int | None
    closed_at: int | None
    alert_count: int
    event_count: int
    categories: tuple[int, ...]
    level: str | None


@dataclass(frozen=True, slots=True)
class Lines:
    """The first incidents of a span, worst first, and how many there are in all."""

    rows: tuple[Line, ...]
    total: int


def count_incidents(
    state: State, span: Span, parts: Sequence[int], *, scope: Scope = None, drills: bool = False
) -> IncidentCounts:
    """Count the incidents that a span touches.

    Args:
        state: the store.
        span: which time.
        parts: when each of its parts begins, in order, the first with the span.
        scope: the platforms that may be seen.
        drills: the whole store is an exercise: its incidents are counted as if they were real.
    """
    own, said = incidents.c, classifications.c
    wanted = select(
        own.severity,
        own.platform_id,
        own.disposition,
        own.drill,
        own.opened_at,
        own.closed_at,
        said.categories,
        said.level,
    ).join_from(incidents, classifications, newest_classification(), isouter=True)
    counts, drilled, unsaid = Counter[str](), 0, 0
    severities, platforms = _Threes(), _Threes()
    dispositions, categories, levels = Counter[str](), Counter[str](), Counter[str]()
    course = [Counter[str]() for _ in parts]
    with state.read() as connection:
        rows = connection.execution_options(yield_per=2000).execute(wanted.where(_touches(span), _own(scope)))
        for severity, platform, disposition, drill, opened_at, closed_at, told, level in rows:
            opened = opened_at >= span.since
            if not drills and (drill or disposition == Disposition.DRILL):
                drilled += opened
                continue
            closed = closed_at is not None and closed_at < span.until
            counts.update(opened=opened, closed=closed, open_before=not opened, open_after=not closed)
            severities.add(severity, opened, closed)
            platforms.add(platform, opened, closed)
            if closed:
                dispositions[disposition or ""] += 1
            if opened:
                course[bisect_right(parts, opened_at) - 1][severity] += 1
                decided = numbers(told)
                categories.update(map(str, decided))
                unsaid += not decided
                if level is not None:
                    levels[level] += 1
    return IncidentCounts(
        **{name: counts[name] for name in ("opened", "closed", "open_before", "open_after")},
        drills=drilled,
        unclassified=unsaid,
        severities=severities.told,
        platforms=platforms.told,
        dispositions=dict(dispositions),
        categories=dict(categories),
        levels=dict(levels),
        course=[dict(one) for one in course],
    )


def list_incidents(
    state: State, span: Span, *, scope: Scope = None, drills: bool = False, limit: int = LISTED
) -> Lines:
    """Give the incidents that a span touches, worst first, then as they were opened; drills come last.

    Args:
        state: the store.
        span: which time.
        scope: the platforms that may be seen.
        drills: the whole store is an exercise: its incidents are no drills in it.
        limit: at most so many.
    """
    own, said = incidents.c, classifications.c
    names = [one.name for one in fields(Line) if one.name not in {"categories", "level"}]
    drilled = case((or_(own.drill, own.disposition == Disposition.DRILL), 1), else_=0)
    rank = case({one.value: one.rank for one in Severity}, value=own.severity, else_=0)
    order = [rank.desc(), own.opened_at, own.id] if drills else [drilled, rank.desc(), own.opened_at, own.id]
    here = and_(_touches(span), _own(scope))
    wanted = select(*(own[name] for name in names), said.categories, said.level).join_from(
        incidents, classifications, newest_classification(), isouter=True
    )
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(incidents).where(here)) or 0
        found = connection.execute(wanted.where(here).order_by(*order).limit(limit)).mappings()
        rows = tuple(
            Line(
                **{name: row[name] for name in names}
                | {
                    "severity": Severity(row["severity"]),
                    "status": Status(row["status"]),
                    "disposition": Disposition(row["disposition"]) if row["disposition"] else None,
                    "categories": numbers(row["categories"]),
                    "level": row["level"],
                }
            )
            for row in found
        )
    return Lines(rows, total)


def count_late_requests(state: State, now_us: int, *, scope: Scope = None) -> int:
    """Count the containment requests that are late now."""
    wanted = select(func.count()).select_from(containments.join(incidents))
    with state.read() as connection:
        return connection.scalar(wanted.where(late_request(now_us), within(scope, incidents.c.platform_id))) or 0


def sent_between(state: State, span: Span, *, scope: Scope = None, limit: int = SENT) -> tuple[list[int], int]:
    """Give the real incidents of which something was sent in a span, newest first, and how many there are in all."""
    own = sendings.c
    here = and_(
        own.sent_at >= span.since,
        own.sent_at < span.until,
        own.withdrawn_at.is_(None),
        incidents.c.drill.is_(False),
        within(scope, incidents.c.platform_id),
    )
    wanted = select(own.incident_id).join(incidents, incidents.c.id == own.incident_id).where(here).distinct()
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        return list(connection.scalars(wanted.order_by(own.incident_id.desc()).limit(limit))), total


class _Threes:
    """Counts of opened, closed and still open, by a key."""

    def __init__(self) -> None:
        self.told: dict[str, list[int]] = {}

    def add(self, key: str, opened: bool, closed: bool) -> None:  # noqa: FBT001 - what is counted
        three = self.told.setdefault(key, [0, 0, 0])
        three[0] += opened
        three[1] += closed
        three[2] += not closed


def _touches(span: Span) -> ColumnElement[bool]:
    """Opened before the span ends, and not closed before it begins."""
    own = incidents.c
    return and_(own.opened_at < span.until, or_(own.closed_at.is_(None), own.closed_at >= span.since))


def _own(scope: Scope) -> ColumnElement[bool]:
    return and_(incidents.c.merged_into.is_(None), within(scope, incidents.c.platform_id))
