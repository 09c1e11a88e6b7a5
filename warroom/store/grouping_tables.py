"""The tables by which alerts find their incident, what was folded into each, and what people changed of it.

Times are integers, microseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: By what an alert finds its incident besides the bare entities: rule of a campaign, entity and rule together.
group_keys = Table(
    "group_keys",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("kind", String, primary_key=True),  # campaign | rule | aim | address+rule | user+rule and so on
    Column("value", String, primary_key=True),  # the rule's id; before an entity's value and a blank where there is one
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("regrouping_id", _number),  # a person's decision: it goes before every other key
    Index(None, "kind", "value"),
    Index(None, "regrouping_id"),
)

#: Whom an entity was seen with, by rule: what many strangers use joins nobody. Forgotten when it was not seen for long.
entity_spread = Table(
    "entity_spread",
    metadata,
    Column("platform_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("partners", Text, nullable=False),  # JSON: {rule: [hash of a partner, …]}, bounded
    Column("seen_at", BigInteger, nullable=False),  # our clock
    Column("shared", Boolean, nullable=False),
    Index(None, "seen_at"),
)

#: What was folded into an incident: one row for each of its rules (two where a rule's severity was changed meanwhile).
incident_rules = Table(
    "incident_rules",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("rule_id", String, primary_key=True),
    Column("severity", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_th", Text, nullable=False),
    Column("alerts", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),  # the first of its alerts, by our clock
    # the highest confidence of intelligence that one of its alerts rests on; 0 where none does
    Column("listed", Integer, nullable=False, server_default=text("0")),
    Index(None, "rule_id"),
)

#: Every change of what belongs together after the grouping: by a person, or by the worker where strangers proved kin.
regroupings = Table(
    "regroupings",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("kind", String, nullable=False),  # merge | split | move
    Column("source_id", _number, ForeignKey("incidents.id"), nullable=False),
    Column("target_id", _number, ForeignKey("incidents.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("alert_count", BigInteger, nullable=False),
    Column("before", Text, nullable=False),  # JSON: the source's state, disposition … as they were
    Column("undone_at", BigInteger),
    Column("undone_by", String),
    Column("undone_why", Text),
    Index(None, "source_id"),
    Index(None, "target_id"),
)

#: Which alerts went along, and why each was where it had been.
regrouped_alerts = Table(
    "regrouped_alerts",
    metadata,
    Column("regrouping_id", _number, ForeignKey("regroupings.id"), primary_key=True),
    Column("alert_id", String, ForeignKey("alerts.id"), primary_key=True),
    Column("reason", Text, nullable=False),  # JSON, as alerts.reason was
    Index(None, "alert_id"),
)
