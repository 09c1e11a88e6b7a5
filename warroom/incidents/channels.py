"""Channels by which people are told: made, changed, tried and removed by who manages notifications.

An address is sealed with the war room's key as soon as it comes in and never shown again: who looks at a channel sees
its service, and who wants another address writes it anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from warroom.access import Actor, Permission, needs
from warroom.access.keys import SecretKey
from warroom.catalog import load_platforms
from warroom.catalog.messages import LANGUAGES
from warroom.errors import UsageError
from warroom.model import Severity
from warroom.notify.addresses import scheme_of
from warroom.notify.delivering import Opener
from warroom.store import outbox
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, Transaction, now_us
from warroom.store.outbox import Channel, Message

#: Channels there can be.
MOST_CHANNELS: Final = 100
#: Messages a minute that a channel can be set to.
MOST_PER_MINUTE: Final = 60
LONGEST_NAME: Final = 60
_PURPOSE: Final = "notification address"
_DAY_MINUTES: Final = 1440


@needs(Permission.MANAGE_NOTIFICATIONS)
def add_channel(state: State, actor: Actor, key: SecretKey, channel: Channel, address: str) -> int:
    """Make a channel, whatever number and time it says; its number.

    Raises:
        UsageError: its name, address or a setting makes no sense.
    """
    scheme = scheme_of(address)
    at = now_us()
    wanted = _checked(replace(channel, scheme=scheme, made_at=at))
    with state.write("duty") as connection:
        known = outbox.channels(connection)
        if len(known) >= MOST_CHANNELS:
            raise UsageError(f"there are {MOST_CHANNELS} channels: remove some")
        if wanted.name in {one.name for one in known}:
            raise UsageError(f"another channel is named {wanted.name}")
        number = outbox.add_channel(connection, wanted, actor.name)
        outbox.set_address(connection, number, scheme, _sealed(key, number, address))
        _record(connection, actor, number, {"made": True, **_told(wanted)})
    return number


@needs(Permission.MANAGE_NOTIFICATIONS)
def change_channel(state: State, actor: Actor, channel: Channel) -> None:
    """Write a channel's settings; its service stays what its address says.

    Raises:
        NotFoundError: there is no such channel.
        UsageError: a setting makes no sense, or another channel has the name.
    """
    wanted = _checked(channel)
    with state.write("duty") as connection:
        known = {one.id: one for one in outbox.channels(connection)}
        if any(one.name == wanted.name and one.id != wanted.id for one in known.values()):
            raise UsageError(f"another channel is named {wanted.name}")
        before = known.get(wanted.id, wanted)
        outbox.change_channel(connection, replace(wanted, scheme=before.scheme))
        _record(connection, actor, wanted.id, {"before": _told(before), "after": _told(wanted)})


@needs(Permission.MANAGE_NOTIFICATIONS)
def change_address(state: State, actor: Actor, key: SecretKey, channel_id: int, address: str) -> None:
    """Give a channel another address.

    Raises:
        NotFoundError: there is no such channel.
        UsageError: it is no address that we send to.
    """
    scheme = scheme_of(address)
    with state.write("duty") as connection:
        outbox.set_address(connection, channel_id, scheme, _sealed(key, channel_id, address))
        _record(connection, actor, channel_id, {"address_changed": True, "scheme": scheme})


@needs(Permission.MANAGE_NOTIFICATIONS)
def remove_channel(state: State, actor: Actor, channel_id: int) -> None:
    """Take a channel out of use, forget its address and drop what waits for it. Raises NotFoundError."""
    with state.write("duty", "outbox") as connection:
        outbox.remove_channel(connection, channel_id, now_us())
        _record(connection, actor, channel_id, {"removed": True})


@needs(Permission.MANAGE_NOTIFICATIONS)
def try_channel(state: State, actor: Actor, channel_id: int) -> int:
    """Put a test message into the outbox; its number. The worker sends it within seconds, also to one that is off.

    Raises:
        NotFoundError: there is no such channel.
    """
    with state.write("outbox") as connection:
        outbox.address(connection, channel_id)
        name = next(one.name for one in outbox.channels(connection) if one.id == channel_id)
        told = {"name": name, "actor": actor.name}
        number = outbox.put(connection, channel_id, "test", Severity.LOW, told, now_us())
        _record(connection, actor, channel_id, {"tried": True})
    return number


@needs(Permission.MANAGE_NOTIFICATIONS)
def list_channels(state: State, actor: Actor) -> list[Channel]:  # noqa: ARG001 - the guard asks for it
    """Give the channels by name, without their addresses."""
    with state.read() as connection:
        return outbox.channels(connection)


@needs(Permission.MANAGE_NOTIFICATIONS)
def list_messages(state: State, actor: Actor, limit: int, *, unsent: bool = False) -> list[Message]:  # noqa: ARG001 - likewise
    """Give messages, newest first; with ``unsent`` only those that wait or failed."""
    with state.read() as connection:
        return outbox.newest(connection, limit, unsent=unsent)


def opener(key: SecretKey) -> Opener:
    """Give what opens sealed addresses."""

    def opened(channel_id: int, sealed: bytes) -> str:
        return key.opened(sealed, purpose=_PURPOSE, owner=str(channel_id)).decode()

    return opened


def _sealed(key: SecretKey, channel_id: int, address: str) -> bytes:
    return key.seal(address.encode(), purpose=_PURPOSE, owner=str(channel_id))


def _checked(channel: Channel) -> Channel:
    name = " ".join(channel.name.split())
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise UsageError(f"a channel has a name of 1 to {LONGEST_NAME} characters")
    if channel.language not in LANGUAGES:
        raise UsageError(f"a channel speaks one of {', '.join(LANGUAGES)}")
    if not 1 <= channel.per_minute <= MOST_PER_MINUTE:
        raise UsageError(f"a channel takes 1 to {MOST_PER_MINUTE} messages a minute")
    if channel.platforms is not None and not channel.platforms <= set(load_platforms()):
        raise UsageError("a channel is for platforms that there are, or for all of them")
    quiet = (channel.quiet_from, channel.quiet_to)
    if (quiet[0] is None) != (quiet[1] is None) or any(
        one is not None and not 0 <= one < _DAY_MINUTES for one in quiet
    ):
        raise UsageError("quiet hours have a beginning and an end within the day")
    return replace(channel, name=name)


def _told(channel: Channel) -> dict[str, Json]:
    """What the audit keeps of a channel: never its address."""
    return {
        "name": channel.name,
        "scheme": channel.scheme,
        "least_severity": channel.least_severity.value,
        "platforms": None if channel.platforms is None else sorted(channel.platforms),
        "language": channel.language,
        "personal": channel.personal,
        "quiet": None if channel.quiet_from is None else f"{channel.quiet_from}-{channel.quiet_to}",
        "per_minute": channel.per_minute,
        "enabled": channel.enabled,
    }


def _record(connection: Transaction, actor: Actor, number: int, body: dict[str, Json]) -> None:
    append(connection, Entry(actor.name, actor.via, AuditAction.SETTINGS_CHANGED, "channel", str(number), body))
