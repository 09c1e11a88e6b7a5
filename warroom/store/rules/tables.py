"""The tables of rules: their stages, who changed them, what they hit, what is proposed, and what came too late.

Stages, changes and proposals are what people decide: they are sealed. The others are counted. Times are integers,
microseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: In which stage a rule is, where somebody decided it; every other rule is where its status puts it.
rule_stages = Table(
    "rule_stages",
    metadata,
    Column("rule_id", String, primary_key=True),  # the id of the document that raises the alert, or of a filter
    Column("stage", String, nullable=False),  # draft | shadow | production | retired
    Column("since", BigInteger, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("version", BigInteger, nullable=False),  # raised by every change: optimistic locking
    Column("draft_sha256", String),  # of the very file of a draft that this holds for; null: it is no draft
)

#: Every move of a rule from one stage to another: proposed, done, refused or withdrawn.
rule_changes = Table(
    "rule_changes",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("rule_id", String, nullable=False),
    Column("rule_title", Text, nullable=False),  # as it was called then
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("from_stage", String, nullable=False),
    Column("to_stage", String, nullable=False),
    Column("from_sha256", String),  # of the draft, as in rule_stages
    Column("to_sha256", String),
    Column("reason", Text, nullable=False),
    Column("state", String, nullable=False),  # proposed | done | refused | withdrawn
    Column("decided_by", String),
    Column("decided_at", BigInteger),
    Column("decision", Text),  # why it was refused or withdrawn, what the second person said
    Column("figures", Text, nullable=False),  # JSON: {"backtest": {…}, "shadow": {…}} as the decision was asked with
    Index(None, "rule_id", "id"),
    Index(None, "state"),
)

#: Alerts and events of each rule by the hour of our clock: raised ones, and those of rules in shadow.
rule_hits = Table(
    "rule_hits",
    metadata,
    Column("rule_id", String, primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # hours since 1970
    Column("stage", String, primary_key=True),  # production | shadow
    Column("platform_id", String, primary_key=True),
    Column("alerts", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # the newest event that it hit
    Index(None, "hour"),
)

#: The newest alerts of each rule in shadow, which were never raised.
shadow_alerts = Table(
    "shadow_alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("rule_id", String, nullable=False),
    Column("rule_title", Text, nullable=False),
    Column("severity", String, nullable=False),
    Column("platform_id", String, nullable=False),
    Column("feed_id", String, nullable=False),
    Column("at", BigInteger, nullable=False),  # our clock
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("entities", Text, nullable=False),  # JSON: [[kind, value], …]
    Column("event_ids", Text, nullable=False),  # JSON: a bounded sample
    Index(None, "rule_id", "at"),
)

#: Alerts of rules in shadow that were counted: one that grows is the same alert. Forgotten when it grew long ago.
shadow_known = Table(
    "shadow_known",
    metadata,
    Column("mark", _number, primary_key=True, autoincrement=False),  # the first 60 bits of the alert's id
    Column("at", BigInteger, nullable=False),  # our clock, when it last grew
    Index(None, "at"),
)

#: What people found to be a false alarm, for each rule that took part: tune it.
rule_proposals = Table(
    "rule_proposals",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("rule_id", String, nullable=False),
    Column("rule_title", Text, nullable=False),
    Column("incident_id", BigInteger, nullable=False),
    Column("log_id", BigInteger, nullable=False),  # the entry of the incident's log that closed it
    Column("platform_id", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("closed_by", String, nullable=False),
    Column("samples", Text, nullable=False),  # JSON: [{"logsource": {…}, "fields": {…}}, …], personal data masked
    Column("state", String, nullable=False),  # open | done | dismissed
    Column("draft", String),  # the file that was made of it
    Column("decided_by", String),
    Column("decided_at", BigInteger),
    Column("decision", Text),
    UniqueConstraint("log_id", "rule_id"),
    Index(None, "rule_id"),
    Index(None, "state", "id"),
)

#: The rules that the worker has loaded, and those that it left out for their stage.
loaded_rules = Table(
    "loaded_rules",
    metadata,
    Column("rule_id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_th", Text, nullable=False),
    Column("severity", String, nullable=False),
    Column("kind", String, nullable=False),  # rule | filter | the type of a correlation
    Column("status", String, nullable=False),
    Column("own", Boolean, nullable=False),  # not of others
    Column("default_stage", String, nullable=False),
    Column("file", Text, nullable=False),  # below the folder of detectors or drafts
    Column("draft_sha256", String),  # of the file, where it lies among the drafts
    Column("logsource", Text, nullable=False),  # JSON: [[product, category, service], …] of all that it looks at
    Column("tags", Text, nullable=False),  # JSON
    Column("feeds", Text, nullable=False),  # JSON: the feeds that it looks at
    Column("ncsa_category", Integer),  # that it names
)

#: Matches that came too late for correlations, by feed and hour of their events: their windows are looked at again.
late_spans = Table(
    "late_spans",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # hours since 1970
    Column("events", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("noted_at", BigInteger, nullable=False),  # our clock, when the last of them came
    Column("filled_at", BigInteger),  # when the gap was looked at again; later ones open it anew
    Column("alerts", BigInteger, nullable=False),  # what that raised
)
