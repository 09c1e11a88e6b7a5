"""What is hidden or folded apart, until when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; nothing was hidden before."""
    op.create_table(
        "suppressions",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(), nullable=True),
        sa.Column("rule_title", sa.Text(), nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("entity_kind", sa.String(), nullable=True),
        sa.Column("entity_value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("shown_alerts", sa.BigInteger(), nullable=False),
        sa.Column("shown_true", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(op.f("ix_suppressions_ended_at_expires_at"), "suppressions", ["ended_at", "expires_at"])
    op.create_table(
        "planned_windows",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("announced", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("cancelled_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_windows")),
    )
    op.create_index(op.f("ix_planned_windows_platform_id_starts_at"), "planned_windows", ["platform_id", "starts_at"])
    op.create_table(
        "quiet_alerts",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("suppression_id", _NUMBER, nullable=True),
        sa.Column("window_id", _NUMBER, nullable=True),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_quiet_alerts_alert_id_alerts")),
        sa.ForeignKeyConstraint(
            ["suppression_id"], ["suppressions.id"], name=op.f("fk_quiet_alerts_suppression_id_suppressions")
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["planned_windows.id"], name=op.f("fk_quiet_alerts_window_id_planned_windows")
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_quiet_alerts")),
    )
    op.create_index(
        op.f("ix_quiet_alerts_suppression_id_returned_at"), "quiet_alerts", ["suppression_id", "returned_at"]
    )
    op.create_index(op.f("ix_quiet_alerts_window_id_returned_at"), "quiet_alerts", ["window_id", "returned_at"])
