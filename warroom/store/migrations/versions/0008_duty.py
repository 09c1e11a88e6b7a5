"""Who is told, when, and who hands over to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; nobody was told or on call before."""
    op.create_table(
        "channels",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("least_severity", sa.String(), nullable=False),
        sa.Column("platforms", sa.Text(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_table(
        "handovers",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("shift_from", sa.BigInteger(), nullable=False),
        sa.Column("shift_to", sa.BigInteger(), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("brief_at", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("outgoing", sa.String(), nullable=False),
        sa.Column("outgoing_at", sa.BigInteger(), nullable=False),
        sa.Column("incoming", sa.String(), nullable=True),
        sa.Column("incoming_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("shift_from", name=op.f("uq_handovers_shift_from")),
    )
    op.create_table(
        "service_targets",
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("acknowledge_seconds", sa.BigInteger(), nullable=False),
        sa.Column("contain_seconds", sa.BigInteger(), nullable=False),
        sa.Column("resolve_seconds", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("severity", name=op.f("pk_service_targets")),
    )
    op.create_table(
        "announced",
        sa.Column("incident_id", _NUMBER, nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_announced_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_announced")),
    )
    op.create_table(
        "escalations",
        sa.Column("incident_id", _NUMBER, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_escalations_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "step", name=op.f("pk_escalations")),
    )
    op.create_table(
        "handover_addenda",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("handover_id", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_handover_addenda_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_addenda")),
    )
    op.create_index(op.f("ix_handover_addenda_handover_id_id"), "handover_addenda", ["handover_id", "id"], unique=False)
    op.create_table(
        "on_call_turns",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("channel_id", _NUMBER, nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("weekly_until", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_on_call_turns_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_turns")),
    )
    op.create_index(
        op.f("ix_on_call_turns_removed_at_starts_at"), "on_call_turns", ["removed_at", "starts_at"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("channel_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("folded_into", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_outbox_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_channel_id_ended_at"), "outbox", ["channel_id", "ended_at"], unique=False)
    op.create_index(op.f("ix_outbox_state_due_at"), "outbox", ["state", "due_at"], unique=False)
