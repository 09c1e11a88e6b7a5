"""The tables of what is kept out of the queue: suppressions, planned windows, and the alerts that either holds.

An alert is never deleted or changed for it: it stands in ``alerts`` as any other, outside of any incident, and a row
here says what holds it and since when. Times are integers, microseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: Alerts of a kind that are hidden until a time, by whom and why.
suppressions = Table(
    "suppressions",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("rule_id", String),  # null: any rule; then there is an entity
    Column("rule_title", Text),  # as it was called then
    Column("platform_id", String),  # null: any platform
    Column("entity_kind", String),
    Column("entity_value", Text),
    Column("reason", Text, nullable=False),
    Column("owner", String, nullable=False),  # who looks at it again before it ends
    Column("set_by", String, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # lifted, or over and what it hid given back
    Column("ended_by", String),  # a person, or "worker" at its expiry
    Column("ended_why", Text),
    Column("shown_alerts", BigInteger, nullable=False),  # what the preview said when it was set
    Column("shown_true", BigInteger, nullable=False),
    Index(None, "ended_at", "expires_at"),
)

#: Planned changes and approved scans: what was announced, and who approved it.
planned_windows = Table(
    "planned_windows",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),  # change | scan
    Column("title", Text, nullable=False),
    Column("platform_id", String, nullable=False),
    Column("sources", Text, nullable=False),  # JSON: [[kind, value], …]; an address may be a network
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("reference", String, nullable=False),  # the number of the letter or the ticket; may be empty
    Column("announced", Text, nullable=False),  # what was said will happen
    Column("entered_by", String, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("cancelled_at", BigInteger),
    Column("cancelled_by", String),
    Column("cancelled_why", Text),
    Index(None, "platform_id", "starts_at"),
)

#: Alerts that one of them holds or held: a suppression or a window, never both.
quiet_alerts = Table(
    "quiet_alerts",
    metadata,
    Column("alert_id", String, ForeignKey("alerts.id"), primary_key=True),
    Column("suppression_id", _number, ForeignKey("suppressions.id")),
    Column("window_id", _number, ForeignKey("planned_windows.id")),
    Column("held_at", BigInteger, nullable=False),
    Column("returned_at", BigInteger),  # given back to the grouping
    Column("returned_by", String),  # "worker" when what held it ended; a person's word is not overruled again
    Index(None, "suppression_id", "returned_at"),
    Index(None, "window_id", "returned_at"),
)
