"""The state database's tables: SQLAlchemy Core, the same on SQLite and PostgreSQL.

Times are integers, microseconds since 1970 UTC (``…_at``): they compare and index alike on both databases.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
    true,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite only makes a rowid key of INTEGER, PostgreSQL needs 64 bits.
_id = BigInteger().with_variant(Integer, "sqlite")

# -- the pipeline ------------------------------------------------------------------------------------------

#: One row: the last event id given out, and other single values.
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

#: The change counters by which the console caches; bumped in the write transaction.
topics = Table(
    "topics", metadata, Column("topic", String, primary_key=True), Column("version", BigInteger, nullable=False)
)

#: Who may write this data folder.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("renewed_at", BigInteger, nullable=False),
)

#: The manifest: what is in events/. Readers never glob.
segments = Table(
    "segments",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("path", String, nullable=False, unique=True),  # relative to the state folder
    Column("kind", String, nullable=False),  # events | rejects | matches
    Column("feed_id", String, nullable=False),
    Column("day", String, nullable=False),  # of ingestion, UTC, YYYY-MM-DD
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("min_ts", BigInteger, nullable=False),
    Column("max_ts", BigInteger, nullable=False),
    Column("min_id", BigInteger, nullable=False),
    Column("max_id", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("replayed_at", BigInteger),  # rejects only: when the lines went through the parser again
    Index(None, "kind", "max_ts"),
)

#: How far each source has been read: committed with the events, so a crash re-reads from here.
positions = Table(
    "positions",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("source", String, primary_key=True),  # the transport's name of the source: for files, their identity
    Column("position", Text, nullable=False),  # JSON, the transport's own
    Column("updated_at", BigInteger, nullable=False),
)

#: The ledger: per feed and minute of ingestion, received = stored + rejected and stored = evaluated.
ledger = Table(
    "ledger",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("minute", BigInteger, primary_key=True),  # minutes since 1970
    Column("received", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("evaluated", BigInteger, nullable=False),
)

#: What the worker last saw of each feed.
feed_states = Table(
    "feed_states",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("platform_id", String, nullable=False),
    Column("title_th", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("read_at", BigInteger),  # the last pass over the source, successful or not
    Column("event_at", BigInteger),  # ts of the newest event
    Column("received_at", BigInteger),  # when the last event came in
    Column("lag_bytes", BigInteger, nullable=False, default=0),
    Column("error", Text),  # why the last pass failed; null when it did not
    Column("silent_after_seconds", BigInteger, nullable=False, default=900),
)

#: Faults of content files as the worker loaded them: shown in the console.
content_faults = Table(
    "content_faults",
    metadata,
    Column("file", String, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
)

# -- alerts and incidents ----------------------------------------------------------------------------------

incidents = Table(
    "incidents",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("title", Text, nullable=False),
    Column("title_th", Text, nullable=False),  # empty where the rule has none
    Column("severity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("disposition", String),
    Column("platform_id", String, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("assignee", String),
    Column("opened_at", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),  # event time of the first and last alert
    Column("last_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("alert_count", BigInteger, nullable=False),
    Column("event_count", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # raised by every change: optimistic locking
    Column("updated_at", BigInteger, nullable=False),
    Column("risk", Integer, nullable=False, default=0, server_default="0"),  # 0 to 100 …
    Column("risk_parts", Text, nullable=False, default="[]", server_default="[]"),  # … JSON: [[part, points], …]
    Column("folded", Text, nullable=False, default="{}", server_default="{}"),  # JSON: {"rules": 3, "address": 812, …}
    Column("lead_kind", String),  # whom or what most of its alerts name …
    Column("lead_value", Text),
    Column("shaped", Integer, nullable=False, default=0, server_default="0"),  # by people: 1 taken out, 2 put in
    Column("merged_into", _id),
    Column("follows_id", _id),  # the closed incident that this one goes on from
    Column("grew_at", BigInteger),  # when one of its alerts grew after it was closed
    Index(None, "status", "severity"),
    Index(None, "platform_id", "last_at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("rule_id", String, nullable=False),
    Column("rule_title", Text, nullable=False),
    Column("rule_title_th", Text, nullable=False),  # empty where the rule has none
    Column("severity", String, nullable=False),
    Column("platform_id", String, nullable=False),
    Column("feed_id", String, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),  # our clock
    Column("count", BigInteger, nullable=False),
    Column("entities", Text, nullable=False),  # JSON: [[kind, value], …]
    Column("event_ids", Text, nullable=False),  # JSON: a bounded sample, oldest first
    Column("tags", Text, nullable=False),  # JSON: ["attack.t1110", …]
    Column("drill", Boolean, nullable=False),
    Column("incident_id", _id, ForeignKey("incidents.id")),  # null until it was grouped
    Column("reason", Text),  # JSON: why it is in this incident, {"why": "shared_entity", …}
    Column("waiting", Boolean, nullable=False),  # new or grown: the grouping has not looked at it yet
    Column("grouped_count", BigInteger, nullable=False, default=0, server_default="0"),  # what its incident has counted
    Index(None, "incident_id"),
    # of those that wait alone: it has to be small, for every alert leaves it
    Index(None, "first_at", "id", sqlite_where=text("waiting"), postgresql_where=text("waiting")),
    Index(None, "raised_at"),
)

#: By what an incident is found when an alert looks for its like.
incident_entities = Table(
    "incident_entities",
    metadata,
    Column("incident_id", _id, ForeignKey("incidents.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("alerts", BigInteger, nullable=False, default=0, server_default="0"),
    Column("joins", Boolean, nullable=False, default=True, server_default=true()),  # not what a campaign only folded in
    Column("first_at", BigInteger, nullable=False, default=0, server_default="0"),
    Column("last_at", BigInteger, nullable=False, default=0, server_default="0"),
    Index(None, "kind", "value"),
)

#: Everything that happened to an incident: appended, never changed.
incident_log = Table(
    "incident_log",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("incident_id", _id, ForeignKey("incidents.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),  # a person's sign-in name, or "worker"
    Column(
        "action", String, nullable=False
    ),  # opened | joined | acknowledged | assigned | noted | moved | closed | reopened
    Column("body", Text, nullable=False),  # JSON
    Index(None, "incident_id", "id"),
)

#: Alerts by minute of our clock, platform and severity: the chart.
alert_minutes = Table(
    "alert_minutes",
    metadata,
    Column("minute", BigInteger, primary_key=True),
    Column("platform_id", String, primary_key=True),
    Column("severity", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# -- the console -------------------------------------------------------------------------------------------

#: What a person was typing: survives a reconnect. Bumps no topic.
drafts = Table(
    "drafts",
    metadata,
    Column("actor", String, primary_key=True),
    Column("place", String, primary_key=True),  # e.g. incident/17/note
    Column("text", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
)
