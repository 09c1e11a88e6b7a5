"""How an incident is answered in law, as it was entered: deadlines and lights are worked out in ``warroom.respond``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import and_, exists, func, or_, select, true

from warroom.store import assessments, controllers, duties, rulings, sendings
from warroom.store.case_tables import classifications, incident_times
from warroom.store.incidents import Incident, incident_values
from warroom.store.response_tables import controllers as controller_rows
from warroom.store.response_tables import duty_rulings
from warroom.store.response_tables import sendings as sending_rows
from warroom.store.tables import incidents
from warroom.store.views.rows import Scope, incident_columns, within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection, Select

    from warroom.store.assessments import Assessed
    from warroom.store.controllers import Controller
    from warroom.store.database import State
    from warroom.store.duties import Ruling
    from warroom.store.rulings import MomentSet
    from warroom.store.sendings import Sending

    _OfIncident = TypeVar("_OfIncident", Assessed, Controller, MomentSet, Ruling, Sending)

#: Incidents that a board or a register tells of at most; both say when there are more.
MOST: Final = 1_000
_AT_ONCE: Final = 500
_CLOSED: Final = "closed_at"


@dataclass(frozen=True, slots=True)
class ResponseView:
    """One incident's response as it was entered, with everything that was believed or withdrawn."""

    incident: Incident
    controllers: tuple[Controller, ...]  # who was removed, too
    moments: tuple[MomentSet, ...]  # newest first
    rulings: tuple[Ruling, ...]  # newest first
    sendings: tuple[Sending, ...]  # first sent first; what was withdrawn, too
    assessments: tuple[Assessed, ...]  # newest first
    categories: tuple[int, ...]  # as decided; none where nobody did

    @property
    def begun(self) -> bool:
        """Whether anybody, or the worker, began to respond."""
        return bool(self.controllers)

    @property
    def present(self) -> tuple[Controller, ...]:
        """The controllers that were not removed."""
        return tuple(one for one in self.controllers if one.removed_at is None)

    def recorded(self, controller_id: int | None = None) -> dict[str, int]:
        """Give the moments that count: the newest of each, a controller's own before the incident's."""
        found: dict[str, int] = {}
        own: dict[str, int] = {}
        for one in self.moments:
            if one.controller_id is None:
                found.setdefault(one.name, one.moment)
            elif one.controller_id == controller_id:
                own.setdefault(one.name, one.moment)
        return found | own

    def sent(self, controller_id: int) -> tuple[Sending, ...]:
        """Give what was sent for a controller, without what was withdrawn."""
        return tuple(one for one in self.sendings if one.controller_id == controller_id and one.withdrawn_at is None)

    def ruled(self, controller_id: int) -> dict[str, Ruling]:
        """Give the ruling that counts, by clock."""
        found: dict[str, Ruling] = {}
        for one in self.rulings:
            if one.controller_id == controller_id:
                found.setdefault(one.clock, one)
        return found

    def assessed(self, controller_id: int, kind: str) -> Assessed | None:
        """Give the judgement of a kind that counts."""
        own = (one for one in self.assessments if one.controller_id == controller_id and one.kind == kind)
        return next(own, None)

    def closed(self, controller_id: int) -> MomentSet | None:
        """Give when a controller's response was closed, unless something was ruled to be owed since."""
        own = (one for one in self.moments if one.controller_id == controller_id and one.name == _CLOSED)
        newest = next(own, None)
        if newest is None:
            return None
        owed = [one for one in self.ruled(controller_id).values() if one.ruling == duties.APPLIES]
        return None if any(one.at > newest.set_at for one in owed) else newest


@dataclass(frozen=True, slots=True)
class Stops:
    """What stops a clock: sendings of which clocks, and whether only a complete one does."""

    by: tuple[str, ...]
    complete: bool


def response(state: State, incident_id: int, *, scope: Scope = None) -> ResponseView | None:
    """Give how an incident is answered; None where there is none that may be seen."""
    with state.read() as connection:
        wanted = select(*incident_columns()).where(incidents.c.id == incident_id)
        row = connection.execute(wanted.where(within(scope, incidents.c.platform_id))).mappings().one_or_none()
        return None if row is None else of_incident(connection, Incident(**incident_values(row)))


def of_incident(connection: Connection, incident: Incident) -> ResponseView:
    """Give how an incident is answered, as a transaction sees it."""
    (found,) = _of(connection, [incident])
    return found


def owing(
    state: State, stops: Mapping[str, Stops], *, scope: Scope = None, drills: bool = False, limit: int = MOST
) -> tuple[list[ResponseView], bool]:
    """Give the incidents in which something is owed in law and was not sent, newest first, and whether there are more.

    Args:
        state: the store.
        stops: what stops each clock.
        scope: the platforms that may be seen.
        drills: those of drills instead of the real ones.
        limit: how many at most.
    """
    counting = (
        select(func.max(duty_rulings.c.id))
        .group_by(duty_rulings.c.controller_id, duty_rulings.c.clock)
        .scalar_subquery()
    )
    closed = exists().where(
        incident_times.c.incident_id == duty_rulings.c.incident_id,
        incident_times.c.controller_id == duty_rulings.c.controller_id,
        incident_times.c.name == _CLOSED,
        incident_times.c.set_at >= duty_rulings.c.at,
    )
    wanted = (
        select(*incident_columns())
        .where(
            incidents.c.id.in_(
                select(duty_rulings.c.incident_id)
                .join(controller_rows, controller_rows.c.id == duty_rulings.c.controller_id)
                .where(
                    duty_rulings.c.id.in_(counting),
                    duty_rulings.c.ruling == duties.APPLIES,
                    controller_rows.c.removed_at.is_(None),
                    ~closed,
                    ~_stopped(stops),
                )
            ),
            incidents.c.drill.is_(drills),
            within(scope, incidents.c.platform_id),
        )
        .order_by(incidents.c.id.desc())
        .limit(limit + 1)
    )
    return _listed(state, wanted, limit)


def of_clock(
    state: State, clock: str, since_us: int = 0, *, scope: Scope = None, limit: int = MOST
) -> tuple[list[ResponseView], bool]:
    """Give the real incidents in which a clock was ruled upon at all, newest first, and whether there are more."""
    wanted = (
        select(*incident_columns())
        .where(
            incidents.c.id.in_(select(duty_rulings.c.incident_id).where(duty_rulings.c.clock == clock)),
            incidents.c.opened_at >= since_us,
            incidents.c.drill.is_(False),
            within(scope, incidents.c.platform_id),
        )
        .order_by(incidents.c.id.desc())
        .limit(limit + 1)
    )
    return _listed(state, wanted, limit)


def _listed(state: State, wanted: Select[Any], limit: int) -> tuple[list[ResponseView], bool]:
    with state.read() as connection:
        found = [Incident(**incident_values(row)) for row in connection.execute(wanted).mappings()]
        return _of(connection, found[:limit]), len(found) > limit


def _stopped(stops: Mapping[str, Stops]) -> ColumnElement[bool]:
    """Give the condition that something was sent which stops the clock of a ruling."""
    enough = [
        and_(
            duty_rulings.c.clock == clock,
            sending_rows.c.clock.in_(one.by),
            sending_rows.c.partial.is_(False) if one.complete else true(),
        )
        for clock, one in stops.items()
    ]
    return exists().where(
        sending_rows.c.controller_id == duty_rulings.c.controller_id,
        sending_rows.c.withdrawn_at.is_(None),
        or_(*enough),
    )


def _of(connection: Connection, found: list[Incident]) -> list[ResponseView]:
    made = []
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        ids = [one.id for one in part]
        whose = _by_incident(controllers.of_incidents(connection, ids, removed=True))
        moments = _by_incident(rulings.moments_of(connection, ids))
        ruled = _by_incident(duties.of_incidents(connection, ids))
        sent = _by_incident(sendings.of_incidents(connection, ids, withdrawn=True))
        assessed = _by_incident(assessments.of_incidents(connection, ids))
        decided = _categories(connection, ids)
        made += [
            ResponseView(
                one,
                tuple(whose.get(one.id, ())),
                tuple(moments.get(one.id, ())),
                tuple(ruled.get(one.id, ())),
                tuple(sent.get(one.id, ())),
                tuple(assessed.get(one.id, ())),
                decided.get(one.id, ()),
            )
            for one in part
        ]
    return made


def _by_incident(rows: Iterable[_OfIncident]) -> dict[int, list[_OfIncident]]:
    found: dict[int, list[_OfIncident]] = {}
    for one in rows:
        found.setdefault(one.incident_id, []).append(one)
    return found


def _categories(connection: Connection, ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Give what was decided last, by incident."""
    columns = classifications.c
    rows = connection.execute(
        select(columns.incident_id, columns.categories).where(columns.incident_id.in_(ids)).order_by(columns.id)
    )
    return {incident_id: tuple(json.loads(told)) for incident_id, told in rows}
