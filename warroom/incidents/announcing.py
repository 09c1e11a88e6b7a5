"""Incidents are announced: to the channels that want to hear of them, and to people what is meant for them.

Channels hear once when an incident is opened, and again when it gets worse. Who is given an incident or is named in a
note hears of it by the channels of their own that the rota names.

What was announced stands in the state, and the messages are written with it, in one transaction. So it does not
matter who opened an incident, by which way and when the worker ran: what is open and was not announced will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from warroom.access.actor import Actor
from warroom.access.names import name_key
from warroom.access.roles import Permission
from warroom.access.sessions import actor_of
from warroom.notify.routing import wants
from warroom.notify.wording import about
from warroom.store import accounts, duty, outbox
from warroom.store.accounts import AccountState
from warroom.store.audit import Via
from warroom.store.database import State, Transaction, now_us, raise_counter
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


def tell_people(
    connection: Transaction, incident: Incident, people: Iterable[str], kind: str, actor: Actor, at: int
) -> None:
    """Tell people of something that is meant for them, in the transaction that does it.

    Nobody is told what they did themselves, or of a platform that they do not see; an account that is disabled, or a
    name that is none, is told nothing. Quiet hours hold as for all messages.

    Args:
        connection: of the transaction.
        incident: which.
        people: by the names of their accounts.
        kind: ``assigned`` or ``mentioned``.
        actor: who did it.
        at: our clock.
    """
    meant = {name for name in people if name != actor.name and _may_hear(connection, name, incident)}
    if not meant:
        return
    own = {turn.channel_id for turn in duty.turns(connection) if turn.person in meant}
    for channel in outbox.channels(connection):
        if channel.enabled and channel.personal and channel.id in own:
            filled = about(incident, actor=actor.name)
            outbox.put(connection, channel.id, kind, incident.severity, filled, at, incident_id=incident.id)
            raise_counter(connection, "outbox")


def _may_hear(connection: Transaction, name: str, incident: Incident) -> bool:
    account = accounts.find_by_key(connection, name_key(name))
    if account is None or account.state != AccountState.ACTIVE:
        return False
    # by its roles, also while a new password is due
    return actor_of(account, Via.STORE).can(Permission.READ_INCIDENTS, incident.platform_id)


def _tell(connection: Transaction, channels: list[Channel], incident: Incident, kind: str, at: int) -> None:
    for channel in channels:
        # who connects a channel today does not want to hear of all that is open
        if wants(channel, incident.severity, incident.platform_id) and incident.opened_at >= channel.made_at:
            outbox.put(connection, channel.id, kind, incident.severity, about(incident), at, incident_id=incident.id)
