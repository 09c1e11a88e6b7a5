"""How the clocks of an incident stand: what runs, waits, was stopped or does not apply, for each controller; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from warroom.catalog.legal import Clock, load_law
from warroom.model import Disposition, Status
from warroom.respond.clocks import Light, Planned, light, plan, with_defaults
from warroom.respond.durations import at as bangkok
from warroom.store.controllers import Controller
from warroom.store.duties import APPLIES, NOT_NOTIFIABLE, Ruling
from warroom.store.incidents import Incident
from warroom.store.sendings import Sending
from warroom.store.views.response import ResponseView


class Standing(StrEnum):
    """What a clock does."""

    RUNNING = "running"
    WAITING = "waiting"  # for a moment that nobody knows yet
    STOPPED = "stopped"  # by a recorded sending
    NOT_APPLICABLE = "not_applicable"
    NOT_NOTIFIABLE = "not_notifiable"  # decided, with its proof


@dataclass(frozen=True, slots=True)
class ClockState:
    """One limit of a clock for one controller; moments in microseconds.

    ``informed_due_at`` is the other countdown, from first information, where the clock counts from awareness.
    ``late``: it was stopped after its deadline, or the deadline has passed; ``delay_reason`` is what somebody entered
    about that. ``hidden``: a limit for a plea to be excused, before there is anything to excuse.
    """

    controller: Controller
    planned: Planned
    ruling: Ruling
    standing: Standing
    light: Light | None
    informed_due_at: int | None
    sent: Sending | None
    late: bool
    delay_reason: str
    hidden: bool

    @property
    def clock(self) -> Clock:
        """Which clock."""
        return self.planned.clock

    @property
    def owed(self) -> bool:
        """Whether something has still to be sent."""
        return self.standing in {Standing.RUNNING, Standing.WAITING}


def clocks_of(view: ResponseView, now: int) -> tuple[ClockState, ...]:
    """Give how every clock of every controller stands that was ruled upon, in the order of the law."""
    clocks = load_law().on(bangkok(view.incident.opened_at).date())
    return tuple(state for one in view.present for state in _of_controller(view, one, clocks, now))


def moments_of(view: ResponseView, controller_id: int) -> dict[str, int]:
    """Give every moment known of a controller: recorded, of what was sent, and assumed on the safe side."""
    law = load_law()
    known = assumed(view.incident, view.recorded(controller_id))
    sent = view.sent(controller_id)
    for moment in law.moments.values():
        if own := [one.sent_at for one in sent if one.clock in moment.of]:
            known[moment.id] = max(own) if moment.latest else min(own)
    return known


def assumed(incident: Incident, recorded: Mapping[str, int]) -> dict[str, int]:
    """Add the safe defaults of an incident: detected when it was opened, informed then at the latest, aware then."""
    known = dict(recorded)
    known.setdefault("detected_at", incident.opened_at)
    known["informed_at"] = min(known.get("informed_at", known["detected_at"]), known["detected_at"])
    return with_defaults(known)


def spreads(incident: Incident) -> bool:
    """Whether a threat is taken to spread still: until somebody says that it is contained."""
    return incident.status in {Status.NEW, Status.ACKNOWLEDGED, Status.INVESTIGATING}


def was_no_threat(incident: Incident) -> bool:
    """Whether an incident was closed as none: category 9, which is reported once a year only (form Kor-1, note).

    What concerns personal data stays owed until who decides about breaches rules otherwise.
    """
    nothing = {Disposition.BENIGN, Disposition.FALSE_POSITIVE, Disposition.DUPLICATE}
    return incident.status is Status.CLOSED and incident.disposition in nothing


def regulators_limit(controller: Controller, ruling: Ruling | None) -> str | None:
    """Give the time that a regulator set: entered with the ruling, or as the reference data have it."""
    entered = ruling.because.get("limit") if ruling else None
    if isinstance(entered, str) and entered:
        return entered
    known = load_law().regulator(controller.regulator)
    return known.limit if known else None


def _of_controller(view: ResponseView, one: Controller, clocks: Mapping[str, Clock], now: int) -> Iterable[ClockState]:
    moments = moments_of(view, one.id)
    informed = moments | {"aware_at": moments["informed_at"]}
    ruled = view.ruled(one.id)
    sent = view.sent(one.id)
    regulator = regulators_limit(one, ruled.get("REGULATOR"))
    spreading = spreads(view.incident)
    own = [clock for clock in clocks.values() if clock.id in ruled]
    found = plan(own, moments, spreading=spreading, regulator=regulator)
    other = plan(own, informed, spreading=spreading, regulator=regulator)
    passed = {planned.clock.id for planned in found if planned.due_at is not None and now > planned.due_at}
    for planned, from_informed in zip(found, other, strict=True):
        clock = planned.clock
        ruling = ruled[clock.id]
        stopping = next(
            (each for each in sent if each.clock in clock.stopped_by and not (clock.complete and each.partial)), None
        )
        standing = _standing(planned, ruling, stopping)
        if standing in {Standing.RUNNING, Standing.WAITING} and clock.track == "cyber" and was_no_threat(view.incident):
            standing = Standing.NOT_APPLICABLE
        due_at = planned.due_at
        ended_at = now if stopping is None else stopping.sent_at
        on = ruling.ruling == APPLIES
        yield ClockState(
            one,
            planned,
            ruling,
            standing,
            light(planned, now) if standing is Standing.RUNNING else None,
            from_informed.due_at if "aware_at" in planned.part.starts else None,
            stopping if on else None,
            on and standing is not Standing.NOT_APPLICABLE and due_at is not None and ended_at > due_at,
            _delay_reason(view, one.id, clock.id),
            clock.shown_after is not None and clock.shown_after not in passed,
        )


def _standing(planned: Planned, ruling: Ruling, stopping: Sending | None) -> Standing:
    if ruling.ruling != APPLIES:
        return Standing.NOT_NOTIFIABLE if ruling.ruling == NOT_NOTIFIABLE else Standing.NOT_APPLICABLE
    if stopping is not None:
        return Standing.STOPPED
    return Standing.WAITING if planned.starts_at is None else Standing.RUNNING


def _delay_reason(view: ResponseView, controller_id: int, clock: str) -> str:
    """Give what was entered last about a deadline that had passed."""
    own = (one for one in view.rulings if (one.controller_id, one.clock) == (controller_id, clock))
    return next((one.reason for one in own if one.because.get("late") is True), "")
