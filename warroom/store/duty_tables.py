"""The tables of duty: targets, who is on call, what escalated, who is told by which channel, handovers of shifts.

On the state database's ``metadata``. Times are integers, microseconds since 1970 UTC. A channel's address is sealed
with a key that is not in the database: it holds passwords and tokens of others' systems.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: Targets that were set here; a severity without a row has the reference's.
service_targets = Table(
    "service_targets",
    metadata,
    Column("severity", String, primary_key=True),
    Column("acknowledge_seconds", BigInteger, nullable=False),
    Column("contain_seconds", BigInteger, nullable=False),
    Column("resolve_seconds", BigInteger, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String, nullable=False),
)

#: Where messages go.
channels = Table(
    "channels",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),
    Column("scheme", String, nullable=False),  # of the address: mailtos, json, …
    Column("address_sealed", LargeBinary, nullable=False),
    Column("least_severity", String, nullable=False),
    Column("platforms", Text),  # JSON: ["gdx", …]; null: all
    Column("language", String, nullable=False),
    Column("personal", Boolean, nullable=False),  # only what the rota sends there
    Column("quiet_from", Integer),  # minutes of Bangkok's day; null: no quiet hours
    Column("quiet_to", Integer),
    Column("per_minute", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Column("removed_at", BigInteger),
)

#: Who is on call: a turn, once or every week.
on_call_turns = Table(
    "on_call_turns",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("tier", Integer, nullable=False),
    Column("person", String, nullable=False),  # a sign-in name
    Column("channel_id", _number, ForeignKey("channels.id")),  # how the person is reached
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("weekly_until", BigInteger),  # repeats every week while it begins before; null: once
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Column("removed_at", BigInteger),
    Index(None, "removed_at", "starts_at"),
)

#: Each step of an escalation happens once: the key says so, whoever works.
escalations = Table(
    "escalations",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("told", Text, nullable=False),  # JSON: ["anong", …]; empty: nobody was on call
)

#: Incidents that were announced, and as how bad.
announced = Table(
    "announced",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("severity", String, nullable=False),
    Column("at", BigInteger, nullable=False),
)

#: Messages: written with what they tell, sent by the worker.
outbox = Table(
    "outbox",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("channel_id", _number, ForeignKey("channels.id"), nullable=False),
    Column("kind", String, nullable=False),  # opened | raised | escalated | handover | test
    Column("severity", String, nullable=False),
    Column("incident_id", BigInteger),
    Column("told", Text, nullable=False),  # JSON: what the template is filled with
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # the next attempt, not before
    Column("tries", Integer, nullable=False),
    Column("state", String, nullable=False),  # waiting | sent | folded | failed | dropped
    Column("error", Text),
    Column("ended_at", BigInteger),
    Column("folded_into", BigInteger),  # the message that counts this one
    Index(None, "state", "due_at"),
    Index(None, "channel_id", "ended_at"),
)

#: A shift's handover as it was signed: by who goes, then by who comes.
handovers = Table(
    "handovers",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("shift_from", BigInteger, nullable=False, unique=True),
    Column("shift_to", BigInteger, nullable=False),
    Column("brief", Text, nullable=False),  # JSON: what changed in the shift …
    Column("brief_at", BigInteger, nullable=False),  # … as of this moment
    Column("notes", Text, nullable=False),  # of the shift
    Column("tasks", Text, nullable=False),  # for the next one
    Column("sha256", String, nullable=False),  # of all of that: what both signed
    Column("outgoing", String, nullable=False),
    Column("outgoing_at", BigInteger, nullable=False),
    Column("incoming", String),
    Column("incoming_at", BigInteger),
)

#: What was added to a handover after both had signed.
handover_addenda = Table(
    "handover_addenda",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("handover_id", _number, ForeignKey("handovers.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "handover_id", "id"),
)
