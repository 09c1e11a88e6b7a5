"""Channels and the messages for them, in the state database: rows in, rows out.

A message is written in the transaction of what it tells, so neither is without the other. It is sent later, by the
worker: ``claim`` makes it the claimer's for a while, so that a worker that dies while it sends loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from warroom.errors import NotFoundError
from warroom.model import Severity, Status
from warroom.store.database import upsert
from warroom.store.duty_tables import announced, outbox
from warroom.store.duty_tables import channels as table
from warroom.store.incidents import Incident, incident_values
from warroom.store.sealing import touch, touch_before
from warroom.store.tables import incidents

#: What is kept of the reason why a message was not taken.
_LONGEST_ERROR: Final = 300

Told = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go, without the address; times of day in minutes of Bangkok's."""

    id: int
    name: str
    scheme: str
    least_severity: Severity
    platforms: frozenset[str] | None
    language: str
    personal: bool
    quiet_from: int | None
    quiet_to: int | None
    per_minute: int
    enabled: bool
    made_at: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one channel; times in microseconds since 1970."""

    id: int
    channel_id: int
    kind: str
    severity: Severity
    incident_id: int | None
    told: dict[str, Any]
    created_at: int
    due_at: int
    tries: int
    state: str
    error: str | None
    ended_at: int | None
    folded_into: int | None


def channels(connection: Connection) -> list[Channel]:
    """Give the channels that were not removed, by name."""
    names = [one.name for one in fields(Channel)]
    wanted = select(*(table.c[name] for name in names)).where(table.c.removed_at.is_(None))
    found = connection.execute(wanted.order_by(table.c.name, table.c.id)).mappings()
    return [_channel(row) for row in found]


def add_channel(connection: Connection, channel: Channel, actor: str) -> int:
    """Add a channel, whatever its number says, without an address yet; gives its number."""
    values = _values(channel) | {"address_sealed": b"", "made_at": channel.made_at, "made_by": actor}
    number = int(connection.scalars(insert(table).values(**values).returning(table.c.id)).one())
    touch(connection, "channels", number)
    return number


def change_channel(connection: Connection, channel: Channel) -> None:
    """Write a channel's settings. Raises NotFoundError."""
    _change(connection, channel.id, _values(channel))


def set_address(connection: Connection, channel_id: int, scheme: str, sealed: bytes) -> None:
    """Give a channel its address, sealed. Raises NotFoundError."""
    _change(connection, channel_id, {"scheme": scheme, "address_sealed": sealed})


def remove_channel(connection: Connection, channel_id: int, at: int) -> None:
    """Take a channel out of use, forget its address, and drop what waits for it. Raises NotFoundError."""
    _change(connection, channel_id, {"removed_at": at, "enabled": False, "address_sealed": b""})
    waiting = (outbox.c.channel_id == channel_id, outbox.c.state == "waiting")
    connection.execute(update(outbox).where(*waiting).values(state="dropped", ended_at=at))


def address(connection: Connection, channel_id: int) -> bytes:
    """Give a channel's sealed address. Raises NotFoundError."""
    wanted = select(table.c.address_sealed).where(table.c.id == channel_id, table.c.removed_at.is_(None))
    sealed: bytes | None = connection.scalar(wanted)
    if sealed is None:
        raise NotFoundError(f"there is no channel {channel_id}")
    return sealed


def put(
    connection: Connection,
    channel_id: int,
    kind: str,
    severity: Severity,
    told: Told,
    at: int,
    *,
    incident_id: int | None = None,
) -> int:
    """Write a message for a channel; gives its number."""
    row = insert(outbox).values(
        channel_id=channel_id,
        kind=kind,
        severity=severity,
        incident_id=incident_id,
        told=json.dumps(told, ensure_ascii=False),
        created_at=at,
        due_at=at,
        tries=0,
        state="waiting",
    )
    return int(connection.scalars(row.returning(outbox.c.id)).one())


def due(connection: Connection, at: int, limit: int) -> list[Message]:
    """Give the messages that may be tried now, oldest first."""
    wanted = select(outbox).where(outbox.c.state == "waiting", outbox.c.due_at <= at).order_by(outbox.c.id)
    return [_message(row) for row in connection.execute(wanted.limit(limit)).mappings()]


def get(connection: Connection, message_id: int) -> Message:
    """Give one message. Raises NotFoundError."""
    row = connection.execute(select(outbox).where(outbox.c.id == message_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no message {message_id}")
    return _message(row)


def newest(connection: Connection, limit: int, *, unsent: bool = False) -> list[Message]:
    """Give messages, newest first; with ``unsent`` only those that wait or failed."""
    wanted = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
    if unsent:
        wanted = wanted.where(outbox.c.state.in_(["waiting", "failed"]))
    return [_message(row) for row in connection.execute(wanted).mappings()]


def counts(connection: Connection, since: int) -> dict[tuple[int, str], int]:
    """Count messages by channel and state: all that wait, and those that ended since a moment."""
    by = (outbox.c.channel_id, outbox.c.state)
    fresh = (outbox.c.state == "waiting") | (outbox.c.ended_at >= since)
    found = connection.execute(select(*by, func.count()).where(fresh).group_by(*by))
    return {(channel, state): count for channel, state, count in found}


def tried_since(connection: Connection, channel_id: int, since: int) -> int:
    """Count the messages of a channel that were sent since a moment."""
    return (
        connection.scalar(
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.channel_id == channel_id, outbox.c.ended_at > since, outbox.c.state == "sent")
        )
        or 0
    )


def overtaken(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Give those of some messages that ask for what somebody did meanwhile: their incident was acknowledged."""
    wanted = (
        select(outbox.c.id)
        .join(incidents, incidents.c.id == outbox.c.incident_id)
        .where(outbox.c.id.in_(ids), outbox.c.kind == "escalated", incidents.c.status != Status.NEW)
    )
    return list(connection.scalars(wanted))


def claim(connection: Connection, ids: Sequence[int], until: int) -> None:
    """Make messages the caller's until a moment: who dies before it has told their end leaves them to the next."""
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(due_at=until, tries=outbox.c.tries + 1))


def put_off(connection: Connection, ids: Sequence[int], until: int, error: str | None = None) -> None:
    """Let messages wait until a moment; with the reason where an attempt failed."""
    values: dict[str, object] = {"due_at": until}
    if error is not None:
        values["error"] = error[:_LONGEST_ERROR]
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


def end(connection: Connection, ids: Sequence[int], state: str, at: int, error: str | None = None) -> None:
    """Say what became of messages: sent, failed or dropped."""
    reason = None if error is None else error[:_LONGEST_ERROR]
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state=state, ended_at=at, error=reason))


def fold(connection: Connection, ids: Sequence[int], into: int, at: int) -> None:
    """Say that messages are told by another one."""
    told = update(outbox).where(outbox.c.id.in_(ids)).values(state="folded", ended_at=at, folded_into=into)
    connection.execute(told)


def forget(connection: Connection, before: int) -> int:
    """Drop messages that ended before a moment; how many."""
    return connection.execute(delete(outbox).where(outbox.c.ended_at < before)).rowcount


def unannounced(connection: Connection, limit: int) -> list[tuple[Incident, Severity | None]]:
    """Give open incidents that were not announced, or not as bad as they are now, with how bad they were then."""
    wanted = (
        select(*(incidents.c[one.name] for one in fields(Incident)), announced.c.severity.label("before"))
        .join(announced, announced.c.incident_id == incidents.c.id, isouter=True)
        .where(
            incidents.c.status != Status.CLOSED,
            announced.c.incident_id.is_(None) | (announced.c.severity != incidents.c.severity),
        )
        .order_by(incidents.c.id)
        .limit(limit)
    )
    return [
        (Incident(**incident_values(row)), Severity(row["before"]) if row["before"] else None)
        for row in connection.execute(wanted).mappings()
    ]


def announce(connection: Connection, incident_id: int, severity: Severity, at: int) -> None:
    """Note that an incident was announced, as how bad."""
    row = upsert(announced).values(incident_id=incident_id, severity=severity, at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["incident_id"], set_={"severity": severity, "at": at}))


def _change(connection: Connection, channel_id: int, values: Mapping[str, object]) -> None:
    touch_before(connection, "channels", channel_id)
    here = (table.c.id == channel_id, table.c.removed_at.is_(None))
    if connection.execute(update(table).where(*here).values(**values)).rowcount != 1:
        raise NotFoundError(f"there is no channel {channel_id}")


def _values(channel: Channel) -> dict[str, object]:
    values = {one.name: getattr(channel, one.name) for one in fields(Channel) if one.name not in {"id", "made_at"}}
    return values | {"platforms": None if channel.platforms is None else json.dumps(sorted(channel.platforms))}


def _channel(row: RowMapping) -> Channel:
    told = None if row["platforms"] is None else frozenset(map(str, json.loads(row["platforms"])))
    values = {one.name: row[one.name] for one in fields(Channel)}
    return Channel(**values | {"platforms": told, "least_severity": Severity(row["least_severity"])})


def _message(row: RowMapping) -> Message:
    values = {one.name: row[one.name] for one in fields(Message)}
    return Message(**values | {"told": json.loads(row["told"]), "severity": Severity(row["severity"])})
