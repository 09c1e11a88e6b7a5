"""Incidents are announced to the channels that want to hear of them: once when opened, again when they get worse.

What was announced stands in the state, and the messages are written with it, in one transaction. So it does not
matter who opened an incident, by which way and when the worker ran: what is open and was not announced will be.
"""

from __future__ import annotations

from typing import Final

from warroom.notify.routing import wants
from warroom.store import outbox
from warroom.store.database import State, Transaction, now_us
from warroom.store.incidents import Incident
from warroom.store.lease import Lease
from warroom.store.outbox import Channel

_AT_ONCE: Final = 200  # the write lock is held for so many


def announce(state: State, lease: Lease, *, now: int | None = None) -> int:
    """Announce what was not announced yet; how many incidents those were.

    Raises:
        LeaseError: another worker took over; it will announce them.
    """
    done = 0
    while True:
        with state.read() as connection:
            if not outbox.unannounced(connection, 1):
                return done
        with state.write("outbox") as connection:
            lease.hold(connection)
            at = now_us() if now is None else now
            found = outbox.unannounced(connection, _AT_ONCE)
            channels = outbox.channels(connection)
            for incident, before in found:
                outbox.announce(connection, incident.id, incident.severity, at)
                if before is None or incident.severity.rank > before.rank:
                    _tell(connection, channels, incident, "opened" if before is None else "raised", at)
        done += len(found)


def told(incident: Incident, **further: str | int) -> dict[str, str | int | list[str]]:
    """Give what a message about an incident is filled with; texts as they are, to be made inert when it is written."""
    return {
        "number": incident.id,
        "title": incident.title,
        "title_th": incident.title_th,
        "platform": incident.platform_id,
        "opened_at": incident.opened_at,
        "drill": int(incident.drill),
        **further,
    }


def _tell(connection: Transaction, channels: list[Channel], incident: Incident, kind: str, at: int) -> None:
    for channel in channels:
        # who connects a channel today does not want to hear of all that is open
        if wants(channel, incident.severity, incident.platform_id) and incident.opened_at >= channel.made_at:
            outbox.put(connection, channel.id, kind, incident.severity, told(incident), at, incident_id=incident.id)
