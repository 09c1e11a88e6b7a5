"""Legal clocks that run out are told to the channels: at half of the time, at a fifth of it, and when it has passed.

What was told is noted in the transaction that writes the messages, so it is told once, whoever works and whatever died
in between. After hours without a worker people hear how a clock stands now, not of every light that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.model import Severity
from warroom.notify.routing import wants
from warroom.notify.wording import about
from warroom.respond.board import BoardRow, board
from warroom.respond.clocks import Light
from warroom.store import clock_warnings, outbox
from warroom.store import incidents as store
from warroom.store.clock_warnings import Warned
from warroom.store.database import State, Transaction, now_us

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.store.lease import Lease
    from warroom.store.outbox import Channel

_AT_ONCE: Final = 100  # the write lock is held for so many
#: What is told of a period of the law, and of a target of our own; how bad it is at the least.
_LAW: Final = {Light.AMBER: Severity.MEDIUM, Light.RED: Severity.HIGH, Light.PASSED: Severity.CRITICAL}
_INTERNAL: Final = {Light.RED: Severity.MEDIUM, Light.PASSED: Severity.HIGH}


def warn(state: State, lease: Lease, *, now: int | None = None) -> int:
    """Tell of every real clock whose light has changed; how many those were.

    Raises:
        LeaseError: another worker took over; it will tell.
    """
    at = now_us() if now is None else now
    due = [(_mark(row), row) for row in board(state, at).running if _severity(row) is not None]
    with state.read() as connection:
        known = clock_warnings.told(connection, {mark.controller_id for mark, _ in due})
    fresh = [(mark, row) for mark, row in due if mark not in known]
    done = 0
    for start in range(0, len(fresh), _AT_ONCE):
        with state.write("incidents", "outbox") as connection:
            lease.hold(connection)
            channels = outbox.channels(connection)
            done += sum(
                _tell(connection, channels, mark, row, at)
                for mark, row in fresh[start : start + _AT_ONCE]
                if clock_warnings.add(connection, mark, at)
            )
    return done


def _tell(connection: Transaction, channels: Iterable[Channel], mark: Warned, row: BoardRow, at: int) -> bool:
    severity = _severity(row) or row.incident.severity
    filled = about(row.incident, clock=mark.clock, due_at=mark.due_at, agency=row.state.controller.agency)
    for channel in channels:
        if wants(channel, severity, row.incident.platform_id):
            kind = f"clock_{mark.light}"
            outbox.put(connection, channel.id, kind, severity, filled, at, incident_id=row.incident.id)
    store.append_log(
        connection, row.incident.id, at, "worker", f"clock_{mark.light}", clock=mark.clock, moment=str(mark.due_at)
    )
    return True


def _mark(row: BoardRow) -> Warned:
    planned = row.state.planned
    return Warned(row.state.controller.id, planned.clock.id, planned.due_at or 0, row.state.light or "")


def _severity(row: BoardRow) -> Severity | None:
    """Give how bad a clock's light is; None where nobody is told of it."""
    lights = _LAW if row.state.planned.kind == "law" else _INTERNAL
    least = None if row.state.light is None else lights.get(row.state.light)
    return None if least is None else max(least, row.incident.severity, key=lambda one: one.rank)
