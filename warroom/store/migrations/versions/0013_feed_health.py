"""How feeds are doing: what was delivered, lost and usual, whose clock is off, whether platforms answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "deliveries",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "delivery_id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_at"), "deliveries", ["at"], unique=False)
    op.create_table(
        "losses",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "minute", "kind", name=op.f("pk_losses")),
    )
    op.create_table(
        "feed_hours",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "hour", name=op.f("pk_feed_hours")),
    )
    op.create_table(
        "clock_skews",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("skew_us", sa.BigInteger(), nullable=False),
        sa.Column("spread_us", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "host", "basis", name=op.f("pk_clock_skews")),
    )
    op.create_table(
        "probe_states",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("up", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("latency_us", sa.BigInteger(), nullable=True),
        sa.Column("certificate_until", sa.BigInteger(), nullable=True),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("feed_id", "target", name=op.f("pk_probe_states")),
    )
    op.create_table(
        "probe_quarters",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("quarter", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "target", "quarter", name=op.f("pk_probe_quarters")),
    )
    # what was received before is known by the minute: the usual rate need not be learnt anew
    op.execute(
        "INSERT INTO feed_hours (feed_id, hour, received) "
        "SELECT feed_id, minute / 60, SUM(received) FROM ledger GROUP BY feed_id, minute / 60"
    )
