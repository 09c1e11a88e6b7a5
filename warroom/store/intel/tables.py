"""The tables of threat intelligence. Times are integers, microseconds since 1970 UTC; none of it is evidence."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_id = BigInteger().with_variant(Integer, "sqlite")

#: Each feed as its file says it, and how it is doing.
intel_feeds = Table(
    "intel_feeds",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("title_th", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("way", String, nullable=False),
    Column("format", String, nullable=False),
    Column("licence", String, nullable=False, default=""),
    Column("about", String, nullable=False, default=""),
    Column("confidence", Integer, nullable=False),
    Column("tlp", String, nullable=False),
    Column("severity", String),  # NULL: raises no alarm
    Column("lifetime_us", BigInteger),  # NULL: by the kind of each indicator
    Column("mark", String, nullable=False, default=""),
    Column("drill", Boolean, nullable=False, default=False),
    Column("every_us", BigInteger, nullable=False),
    Column("stale_after_us", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("tried_at", BigInteger),  # of polls: the last …
    Column("succeeded_at", BigInteger),  # … that went well: the age of what we have
    Column("changed_at", BigInteger),  # … that brought or took something
    Column("failing_since", BigInteger),
    Column("failure", Text),  # of the last poll, for people
    Column("failures", BigInteger, nullable=False, default=0),  # since it last went well
    Column("cursor", Text, nullable=False, default=""),
    Column("items", BigInteger, nullable=False, default=0),  # in its documents
    Column("indicators", BigInteger, nullable=False, default=0),
    Column("by_kind", Text, nullable=False, default="{}"),  # JSON: kind → count
    Column("counts", Text, nullable=False, default="{}"),  # JSON: what else there is, by the documents' own types
    Column("refused", BigInteger, nullable=False, default=0),
    Column("refusals", Text, nullable=False, default="[]"),  # JSON: the first of them, [item, reason]
)

#: Which file holds what a feed brought: one a table of indicators.TABLES, and ``changes`` for what came and went.
intel_files = Table(
    "intel_files",
    metadata,
    Column("path", String, primary_key=True),  # relative to the state folder
    Column("feed_id", String, nullable=False),
    Column("holds", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "feed_id", "holds"),
)

#: Polls of feeds that changed something or failed, and the last that did neither.
intel_polls = Table(
    "intel_polls",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("feed_id", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("took_us", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),  # changed, same, failed, or why the connector refused (Refusal)
    Column("reason", Text),
    Column("read", BigInteger, nullable=False, default=0),
    Column("added", BigInteger, nullable=False, default=0),
    Column("removed", BigInteger, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0),
    Index(None, "feed_id", "at"),
)

#: What people ruled about a value: that it is harmless, until when.
intel_rulings = Table(
    "intel_rulings",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: for good
    Column("lifted_by", String),
    Column("lifted_at", BigInteger),
    Index(None, "value"),
)

#: How often an indicator was seen in our events, by day of the event (UTC).
intel_sightings = Table(
    "intel_sightings",
    metadata,
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970
    Column("platform_id", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

#: What an alert of intelligence rests on, as it was when it was raised.
intel_matches = Table(
    "intel_matches",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),  # the indicator …
    Column("observed", String, nullable=False),  # … and what of the event it is or covers
    Column("column", String, nullable=False),  # in which core column, or which field
    Column("score", Integer, nullable=False),  # its confidence then, after decay
    Column("listed", Text, nullable=False),  # JSON: who lists it, the strongest first: see warroom/intel/listing.py
    Column("at", BigInteger, nullable=False),
    Column("looked_back", Boolean, nullable=False, default=False),  # found in stored events
    Index(None, "value"),
)

#: Searches of stored events for indicators that are new.
intel_look_backs = Table(
    "intel_look_backs",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("made_at", BigInteger, nullable=False),
    Column("feeds", Text, nullable=False),  # JSON: ids
    Column("path", String, nullable=False),  # of the indicators, relative to the state folder; "" when it is over
    Column("indicators", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # events of this time and later …
    Column(
        "before_id", BigInteger, nullable=False
    ),  # … with ids up to this one: later ones were compared when they came
    Column("files", BigInteger, nullable=False, default=0),
    Column("files_done", BigInteger, nullable=False, default=0),
    Column("last_path", String, nullable=False, default=""),
    Column("events", BigInteger, nullable=False, default=0),
    Column("alerts", BigInteger, nullable=False, default=0),
    Column("finished_at", BigInteger),
    Column("failure", Text),
)

#: How often what is listed raised no alarm, by what held it back and day.
intel_held_back = Table(
    "intel_held_back",
    metadata,
    Column("by", String, primary_key=True),  # the name of a warning list, or ``ruling``
    Column("day", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("example", String, nullable=False, default=""),
)
