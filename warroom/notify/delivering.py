"""What waits in the outbox is sent: in its turn, not in quiet hours, not too much at once, again where it failed.

A message is claimed before it is sent, and its end is written after: a worker that dies in between sends it once more
when the claim is over. So who is told hears of everything at least once, and of nearly everything once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from warroom.errors import OutboundError, WarroomError
from warroom.notify.courier import Courier, Parcel
from warroom.notify.routing import MINUTE_US, MOST_TRIES, pause_us, quiet_for, share
from warroom.notify.wording import digest_of, write
from warroom.store import outbox
from warroom.store.database import State, Transaction, now_us
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message

#: Messages looked at in one pass: in a storm nearly all of them become one.
_LOOKED_AT: Final = 5000
#: Messages sent in one pass: the process that sends them has little more than a minute.
_AT_ONCE: Final = 12
#: A claim is over after so long: longer than the sending may take.
_CLAIM_US: Final = 180_000_000
#: An address that does not open is tried again after five minutes.
_LOCKED_US: Final = 300_000_000
#: Messages stay to be seen for 90 days after their end.
_KEPT_US: Final = 90 * 86_400_000_000
_BANGKOK_MINUTES: Final = 7 * 60
_DAY_MINUTES: Final = 1440

log = structlog.get_logger()

#: Opens a channel's sealed address.
Opener = Callable[[int, bytes], str]


class Delivery:
    """Sends what waits; ``run`` every few seconds.

    Args:
        state: the store.
        lease: the worker's.
        opener: opens a channel's address, with the key that is not in the store.
        courier: sends.
        link: the war room's own address for people; empty: none.
    """

    def __init__(self, state: State, lease: Lease, opener: Opener, courier: Courier, *, link: str = "") -> None:
        self._state, self._lease, self._opener = state, lease, opener
        self._courier, self._link = courier, link

    def run(self, *, now: int | None = None) -> int:
        """Send what is due; how many messages went.

        Raises:
            LeaseError: another worker took over; it will send them.
        """
        with self._state.read() as connection:
            if not outbox.due(connection, now_us() if now is None else now, 1):
                return 0
        with self._state.write("outbox") as connection:
            self._lease.hold(connection)
            taken = self._take(connection, now_us() if now is None else now)
        if not taken:
            return 0
        errors = self._send(taken)
        with self._state.write("outbox") as connection:
            self._lease.hold(connection)
            self._tell(connection, taken, errors, now_us() if now is None else now)
        return sum(error is None for error in errors)

    def forget(self, *, now: int | None = None) -> int:
        """Drop messages that ended long ago: the incidents' logs and the audit keep what was done; how many.

        Raises:
            LeaseError: another worker took over.
        """
        with self._state.write() as connection:
            self._lease.hold(connection)
            return outbox.forget(connection, (now_us() if now is None else now) - _KEPT_US)

    def _take(self, connection: Transaction, at: int) -> list[tuple[Channel, Message, str]]:
        """Choose what goes now, and claim it."""
        by_channel: dict[int, list[Message]] = {}
        for message in outbox.due(connection, at, _LOOKED_AT):
            by_channel.setdefault(message.channel_id, []).append(message)
        known = {one.id: one for one in outbox.channels(connection)}
        taken: list[tuple[Channel, Message, str]] = []
        for number, messages in by_channel.items():
            channel = known.get(number)
            if channel is None or (not channel.enabled and any(one.kind != "test" for one in messages)):
                gone = [one.id for one in messages if channel is None or one.kind != "test"]
                outbox.end(connection, gone, "dropped", at, "the channel was switched off")
            if channel is None:
                continue
            awake = self._awake(connection, channel, self._current(connection, messages, at), at)
            try:
                address = self._opener(channel.id, outbox.address(connection, channel.id))
            except WarroomError as problem:  # another key than the console's: once it is right they go
                outbox.put_off(connection, [one.id for one in awake], at + _LOCKED_US, str(problem))
                continue
            room = channel.per_minute - outbox.tried_since(connection, channel.id, at - MINUTE_US)
            chosen = self._chosen(connection, channel, awake, min(room, _AT_ONCE - len(taken)), at)
            taken += [(channel, one, address) for one in chosen]
        outbox.claim(connection, [one.id for _, one, _ in taken], at + _CLAIM_US)
        return taken

    def _current(self, connection: Transaction, messages: list[Message], at: int) -> list[Message]:
        """Drop what asks for something that was done meanwhile, in quiet hours or while a server was away."""
        gone = set(outbox.overtaken(connection, [one.id for one in messages]))
        outbox.end(connection, sorted(gone), "dropped", at, "acknowledged meanwhile")
        return [one for one in messages if one.id not in gone]

    def _awake(self, connection: Transaction, channel: Channel, messages: list[Message], at: int) -> list[Message]:
        """Put off what the channel's quiet hours hold back; give the others."""
        minute = (at // MINUTE_US + _BANGKOK_MINUTES) % _DAY_MINUTES
        awake = []
        for one in messages:
            if not channel.enabled and one.kind != "test":
                continue
            # who is on call is to be reached
            called = one.kind == "test" or channel.personal
            waits = 0 if called else quiet_for(channel, one.severity, minute)
            if waits:
                outbox.put_off(connection, [one.id], (at // MINUTE_US + waits) * MINUTE_US)
            else:
                awake.append(one)
        return awake

    def _chosen(
        self, connection: Transaction, channel: Channel, awake: list[Message], room: int, at: int
    ) -> list[Message]:
        """Give what goes by itself, and the message that stands for the rest."""
        parts = share(awake, room)
        if not parts.folded:
            return list(parts.single)
        if len(parts.folded) == 1:
            return [*parts.single, *parts.folded]
        worst = max((one.severity for one in parts.folded), key=lambda one: one.rank)
        told = digest_of(parts.folded)
        number = outbox.put(connection, channel.id, "digest", worst, told, at)
        outbox.fold(connection, [one.id for one in parts.folded], number, at)
        return [*parts.single, outbox.get(connection, number)]

    def _send(self, taken: Sequence[tuple[Channel, Message, str]]) -> list[str | None]:
        parcels = [Parcel(address, write(one, channel.language, link=self._link)) for channel, one, address in taken]
        try:
            return self._courier.send(parcels)
        except OutboundError as problem:
            return [str(problem)] * len(parcels)

    def _tell(
        self,
        connection: Transaction,
        taken: Sequence[tuple[Channel, Message, str]],
        errors: Sequence[str | None],
        at: int,
    ) -> None:
        for (channel, one, _), error in zip(taken, errors, strict=True):
            if error is None:
                outbox.end(connection, [one.id], "sent", at)
                continue
            log.warning("message not sent", channel=channel.id, scheme=channel.scheme, tries=one.tries + 1)
            if one.kind == "test" or one.tries + 1 >= MOST_TRIES:
                outbox.end(connection, [one.id], "failed", at, error)
            else:
                outbox.put_off(connection, [one.id], at + pause_us(one.tries + 1), error)
