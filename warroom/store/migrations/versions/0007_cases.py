"""What belongs to an incident besides its alerts: people, words, files, decisions, reports, requests, drafts."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_number: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "shared_drafts",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("other_text", sa.Text(), nullable=False),
        sa.Column("other_author", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("place", "field", name=op.f("pk_shared_drafts")),
    )
    op.create_index(op.f("ix_shared_drafts_saved_at"), "shared_drafts", ["saved_at"], unique=False)
    op.create_table(
        "classifications",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_classifications_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifications")),
    )
    op.create_index(op.f("ix_classifications_incident_id_id"), "classifications", ["incident_id", "id"], unique=False)
    op.create_table(
        "containments",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("asked_of", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("state_by", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_containments_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_containments")),
    )
    op.create_index(op.f("ix_containments_incident_id"), "containments", ["incident_id"], unique=False)
    op.create_index(op.f("ix_containments_state"), "containments", ["state"], unique=False)
    op.create_table(
        "evidence_files",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_evidence_files_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
    )
    op.create_index(op.f("ix_evidence_files_incident_id"), "evidence_files", ["incident_id"], unique=False)
    op.create_index(op.f("ix_evidence_files_sha256"), "evidence_files", ["sha256"], unique=False)
    op.create_table(
        "incident_links",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("other_id", _number, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_links_incident_id")),
        sa.ForeignKeyConstraint(["other_id"], ["incidents.id"], name=op.f("fk_incident_links_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_links")),
    )
    op.create_index(op.f("ix_incident_links_incident_id"), "incident_links", ["incident_id"], unique=False)
    op.create_index(op.f("ix_incident_links_other_id"), "incident_links", ["other_id"], unique=False)
    op.create_table(
        "incident_tags",
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_tags_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "tag", name=op.f("pk_incident_tags")),
    )
    op.create_index(op.f("ix_incident_tags_tag"), "incident_tags", ["tag"], unique=False)
    op.create_table(
        "incident_times",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_times_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_times")),
    )
    op.create_index(
        op.f("ix_incident_times_incident_id_name_id"), "incident_times", ["incident_id", "name", "id"], unique=False
    )
    op.create_table(
        "outside_reports",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("informed_at", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_outside_reports_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_reports")),
    )
    op.create_index(op.f("ix_outside_reports_incident_id"), "outside_reports", ["incident_id"], unique=False)
    op.create_table(
        "watchers",
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_watchers_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "person", name=op.f("pk_watchers")),
    )
    op.create_index(op.f("ix_watchers_person"), "watchers", ["person"], unique=False)
    op.create_table(
        "custody",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("evidence_id", _number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_files.id"], name=op.f("fk_custody_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_evidence_id_id"), "custody", ["evidence_id", "id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("log_id", _number, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_mentions_incident_id")),
        sa.ForeignKeyConstraint(["log_id"], ["incident_log.id"], name=op.f("fk_mentions_log_id")),
        sa.PrimaryKeyConstraint("log_id", "person", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_person_read_at"), "mentions", ["person", "read_at"], unique=False)
