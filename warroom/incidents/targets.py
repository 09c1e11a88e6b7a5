"""Our own targets: how soon an incident is acknowledged, contained and resolved, and how much of that time is left.

They are targets of the war room's work, not periods of a law. All of them run from the incident's opening. What was
contained and is moved back to an earlier state was not contained: the clock runs on as if it never had stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warroom.access import Actor, Permission, needs
from warroom.catalog import load_service_targets
from warroom.errors import UsageError
from warroom.model import Severity, Status, Target
from warroom.store import duty
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us

SECOND: Final = 1_000_000
#: A target is at most so long.
MOST_DAYS: Final = 365
_DAY: Final = 86_400
#: From when on the time left is amber, and red: shares of the whole.
_AMBER: Final = 2
_RED: Final = 5


class Clock(StrEnum):
    """What is to be done in time, in order."""

    ACKNOWLEDGE = "acknowledge"
    CONTAIN = "contain"
    RESOLVE = "resolve"


class Light(StrEnum):
    """How a clock stands: while it runs, or how it ended."""

    GREEN = "green"
    AMBER = "amber"  # less than half of the time is left
    RED = "red"  # less than a fifth
    PASSED = "passed"
    KEPT = "kept"  # done in time
    MISSED = "missed"  # done too late


#: The states in which a clock has stopped.
STOPPED_IN: Final[dict[Clock, frozenset[Status]]] = {
    Clock.ACKNOWLEDGE: frozenset(Status) - {Status.NEW},
    Clock.CONTAIN: frozenset({Status.CONTAINED, Status.RECOVERED, Status.CLOSED}),
    Clock.RESOLVE: frozenset({Status.RECOVERED, Status.CLOSED}),
}


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of one incident; times in microseconds since 1970."""

    clock: Clock
    opened_at: int
    due_at: int
    done_at: int | None = None

    def remaining(self, now: int) -> int:
        """Give the microseconds that are left, negative where it is past; of one that ended, as it was then."""
        return self.due_at - (now if self.done_at is None else self.done_at)

    def light(self, now: int) -> Light:
        """Say how it stands. The moment itself is still in time."""
        left = self.remaining(now)
        if self.done_at is not None:
            return Light.KEPT if left >= 0 else Light.MISSED
        if left < 0:
            return Light.PASSED
        whole = self.due_at - self.opened_at
        if left * _RED < whole:
            return Light.RED
        return Light.AMBER if left * _AMBER < whole else Light.GREEN


def clocks(target: Target, opened_at: int, done: dict[Clock, int | None]) -> tuple[Running, ...]:
    """Give the three clocks of an incident, in order.

    Args:
        target: of its severity.
        opened_at: when it was opened.
        done: when each clock stopped; one that is missing runs.
    """
    return tuple(
        Running(clock, opened_at, opened_at + getattr(target, clock) * SECOND, done.get(clock)) for clock in Clock
    )


def runs_out_next(running: Iterable[Running]) -> Running | None:
    """Give the clock that still runs and ends first; None where all have stopped."""
    return min((one for one in running if one.done_at is None), key=lambda one: one.due_at, default=None)


def stopped_at(history: Iterable[tuple[int, Status]], clock: Clock) -> int | None:
    """Say since when an incident is without break in a state in which a clock has stopped; None where it is in none.

    Args:
        history: when it came into which state, in order, beginning with its opening.
        clock: which.
    """
    since = None
    for at, status in history:
        if status not in STOPPED_IN[clock]:
            since = None
        elif since is None:
            since = at
    return since


def targets_now(state: State) -> dict[Severity, Target]:
    """Give the targets in force by severity: those set here, else the reference's."""
    return load_service_targets().targets | duty.targets(state)


@needs(Permission.MANAGE_NOTIFICATIONS)
def set_target(state: State, actor: Actor, severity: Severity, target: Target) -> None:
    """Set the targets of a severity; they hold for the incidents that are open, too.

    Raises:
        UsageError: a target is under a minute or over a year, or they are not in order.
    """
    seconds = (target.acknowledge, target.contain, target.resolve)
    if min(seconds) < 60 or max(seconds) > MOST_DAYS * _DAY:  # noqa: PLR2004 - a minute
        raise UsageError(f"a target is a minute to {MOST_DAYS} days")
    if list(seconds) != sorted(seconds):
        raise UsageError("to acknowledge comes before to contain, and to contain before to resolve")
    at = now_us()
    with state.write("duty") as connection:
        duty.set_target(connection, severity, target, actor.name, at)
        told: dict[str, Json] = {clock.value: one for clock, one in zip(Clock, seconds, strict=True)}
        append(connection, Entry(actor.name, actor.via, AuditAction.SETTINGS_CHANGED, "targets", severity, told))


@needs(Permission.MANAGE_NOTIFICATIONS)
def reset_target(state: State, actor: Actor, severity: Severity) -> None:
    """Let the reference's targets hold again for a severity."""
    with state.write("duty") as connection:
        duty.drop_target(connection, severity)
        append(connection, Entry(actor.name, actor.via, AuditAction.SETTINGS_CHANGED, "targets", severity))
