"""The clock board and the breach register: every incident's clocks, worked out, soonest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from warroom.catalog.legal import load_law
from warroom.respond.standing import ClockState, Standing, clocks_of, moments_of
from warroom.store.assessments import BREACH_RISK, Assessed
from warroom.store.controllers import Controller
from warroom.store.database import State
from warroom.store.incidents import Incident
from warroom.store.views import response
from warroom.store.views.response import Stops
from warroom.store.views.rows import Scope

_HOUR_US: Final = 3_600_000_000
#: How the time from awareness to sending is counted, by hours: <24, 24–48, 48–72, >72.
BUCKETS: Final = ("under_24", "24_to_48", "48_to_72", "over_72")
_EDGES: Final = (24, 48, 72)
_OFFICE: Final = "PDPC_72H"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A running clock and whose it is."""

    incident: Incident
    state: ClockState


@dataclass(frozen=True, slots=True)
class Board:
    """All running clocks, the soonest due first, those without a deadline last.

    ``waiting`` clocks apply and have not begun: something that they count from is not known. ``cut``: there are more
    incidents than were looked at.
    """

    running: tuple[BoardRow, ...]
    waiting: tuple[BoardRow, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A breach of personal data at one controller, notified or not; moments in microseconds.

    ``bucket`` counts from awareness to the sending, or to now where nothing was sent; None where nothing is owed.
    """

    incident: Incident
    controller: Controller
    office: ClockState
    aware_at: int
    sent_at: int | None
    subjects_sent_at: int | None
    risk: Assessed | None
    bucket: str | None
    ground: str | None
    """Why nothing is notified, where that was decided: a ground of clause 9."""


@dataclass(frozen=True, slots=True)
class BreachRegister:
    """Every case, newest first; ``cut``: there are more."""

    rows: tuple[BreachRow, ...]
    cut: bool

    @property
    def counts(self) -> dict[str, int]:
        """Give how many were notified by bucket, how many are open and how many were not notifiable."""
        found = dict.fromkeys((*BUCKETS, "open", "not_notifiable", "not_applicable"), 0)
        for row in self.rows:
            found[_counted(row)] += 1
        return found


def board(state: State, now: int, *, scope: Scope = None, drills: bool = False) -> Board:
    """Give all running clocks, soonest first: of real incidents, or of drills only."""
    views, cut = response.owing(state, _stops(), scope=scope, drills=drills)
    found = [BoardRow(view.incident, one) for view in views for one in _open(view, now)]
    running = [row for row in found if row.state.standing is Standing.RUNNING and not row.state.hidden]
    waiting = [row for row in found if row.state.standing is Standing.WAITING]
    return Board(tuple(sorted(running, key=_soonest)), tuple(waiting), cut)


def breach_register(state: State, now: int, *, since_us: int = 0, scope: Scope = None) -> BreachRegister:
    """Give every case in which the Office may have had to be told, notified or not."""
    views, cut = response.of_clock(state, _OFFICE, since_us, scope=scope)
    rows = []
    for view in views:
        for office in (one for one in clocks_of(view, now) if one.clock.id == _OFFICE):
            moments = moments_of(view, office.controller.id)
            aware_at = moments["aware_at"]
            sent_at = office.sent.sent_at if office.sent else None
            ground = office.ruling.because.get("ground")
            rows.append(
                BreachRow(
                    view.incident,
                    office.controller,
                    office,
                    aware_at,
                    sent_at,
                    moments.get("subjects_sent_at"),
                    view.assessed(office.controller.id, BREACH_RISK),
                    bucket((sent_at or now) - aware_at) if office.owed or sent_at else None,
                    str(ground) if office.standing is Standing.NOT_NOTIFIABLE else None,
                )
            )
    return BreachRegister(tuple(rows), cut)


def bucket(elapsed: int) -> str:
    """Give the bucket of a time in microseconds; 72 hours and a moment are over 72."""
    hours = elapsed / _HOUR_US
    if hours > _EDGES[-1]:
        return BUCKETS[-1]
    return BUCKETS[min(sum(hours >= edge for edge in _EDGES), len(BUCKETS) - 2)]


def _counted(row: BreachRow) -> str:
    if row.office.owed:
        return "open"
    return row.bucket if row.bucket is not None else str(row.office.standing)


def _open(view: response.ResponseView, now: int) -> Iterable[ClockState]:
    return (one for one in clocks_of(view, now) if one.owed and view.closed(one.controller.id) is None)


def _stops() -> dict[str, Stops]:
    return {one.id: Stops(one.stopped_by, one.complete) for one in load_law().clocks}


def _soonest(row: BoardRow) -> tuple[bool, int, int]:
    due_at = row.state.planned.due_at
    return due_at is None, due_at or 0, row.incident.id
