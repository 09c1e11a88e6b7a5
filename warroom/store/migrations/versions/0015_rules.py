"""Rules: their stages, who changed them, what they hit, what is proposed, what came too late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _decided()
    _counted()


def _decided() -> None:
    """Create the tables of what people decide."""
    op.create_table(
        "rule_stages",
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("draft_sha256", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_stages")),
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_title", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_stage", sa.String(), nullable=False),
        sa.Column("to_stage", sa.String(), nullable=False),
        sa.Column("from_sha256", sa.String(), nullable=True),
        sa.Column("to_sha256", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
    )
    op.create_index(op.f("ix_rule_changes_rule_id_id"), "rule_changes", ["rule_id", "id"], unique=False)
    op.create_index(op.f("ix_rule_changes_state"), "rule_changes", ["state"], unique=False)
    op.create_table(
        "rule_proposals",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_title", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("draft", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_proposals")),
        sa.UniqueConstraint("log_id", "rule_id", name=op.f("uq_rule_proposals_log_id_rule_id")),
    )
    op.create_index(op.f("ix_rule_proposals_rule_id"), "rule_proposals", ["rule_id"], unique=False)
    op.create_index(op.f("ix_rule_proposals_state_id"), "rule_proposals", ["state", "id"], unique=False)


def _counted() -> None:
    """Create the tables of what is counted, and of what the worker saw."""
    op.create_table(
        "rule_hits",
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("alerts", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "hour", "stage", "platform_id", name=op.f("pk_rule_hits")),
    )
    op.create_index(op.f("ix_rule_hits_hour"), "rule_hits", ["hour"], unique=False)
    op.create_table(
        "shadow_alerts",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_title", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("entities", sa.Text(), nullable=False),
        sa.Column("event_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_shadow_alerts")),
    )
    op.create_index(op.f("ix_shadow_alerts_rule_id_at"), "shadow_alerts", ["rule_id", "at"], unique=False)
    op.create_table(
        "shadow_known",
        sa.Column("mark", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_shadow_known")),
    )
    op.create_index(op.f("ix_shadow_known_at"), "shadow_known", ["at"], unique=False)
    op.create_table(
        "loaded_rules",
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_th", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("default_stage", sa.String(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("draft_sha256", sa.String(), nullable=True),
        sa.Column("logsource", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("feeds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_loaded_rules")),
    )
    op.create_table(
        "late_spans",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("filled_at", sa.BigInteger(), nullable=True),
        sa.Column("alerts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "hour", name=op.f("pk_late_spans")),
    )
