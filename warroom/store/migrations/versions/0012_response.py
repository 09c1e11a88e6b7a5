"""How an incident is answered in law: controllers, duties, sendings, playbooks, documents, contacts, exports."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_number: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; moments of before are those of the whole incident."""
    op.create_table(
        "contacts",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("pgp_key", sa.Text(), nullable=False),
        sa.Column("platforms", sa.Text(), nullable=False),
        sa.Column("cii", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_kind"), "contacts", ["kind"], unique=False)
    op.create_table(
        "periodic_reports",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period_from", sa.BigInteger(), nullable=False),
        sa.Column("period_to", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.String(), nullable=False),
        sa.Column("docx_sha256", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_reports")),
    )
    op.create_index(
        op.f("ix_periodic_reports_kind_period_from_language"),
        "periodic_reports",
        ["kind", "period_from", "language"],
        unique=False,
    )
    op.create_table(
        "printed_files",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_printed_files")),
    )
    op.create_table(
        "controllers",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_position", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("dpo_name", sa.Text(), nullable=False),
        sa.Column("dpo_address", sa.Text(), nullable=False),
        sa.Column("dpo_channel", sa.Text(), nullable=False),
        sa.Column("cii", sa.Boolean(), nullable=False),
        sa.Column("regulator", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_controllers_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controllers")),
    )
    op.create_index(op.f("ix_controllers_incident_id"), "controllers", ["incident_id"], unique=False)
    op.create_table(
        "exports",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("contact_id", _number, nullable=True),
        sa.Column("tlp", sa.String(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("formats", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_exports_contact_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_exports_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_incident_id_id"), "exports", ["incident_id", "id"], unique=False)
    op.create_table(
        "playbook_runs",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_playbook_runs_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_runs")),
    )
    op.create_index(op.f("ix_playbook_runs_incident_id"), "playbook_runs", ["incident_id"], unique=False)
    op.create_table(
        "reach_drills",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("contact_id", _number, nullable=False),
        sa.Column("called_at", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_reach_drills_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_drills")),
    )
    op.create_index(op.f("ix_reach_drills_contact_id_id"), "reach_drills", ["contact_id", "id"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("controller_id", _number, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_assessments_controller_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_assessments_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index(
        op.f("ix_assessments_incident_id_controller_id_kind_id"),
        "assessments",
        ["incident_id", "controller_id", "kind", "id"],
        unique=False,
    )
    op.create_table(
        "documents",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=True),
        sa.Column("controller_id", _number, nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_documents_controller_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_documents_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_form_period"), "documents", ["form", "period"], unique=False)
    op.create_index(op.f("ix_documents_incident_id"), "documents", ["incident_id"], unique=False)
    op.create_table(
        "duty_rulings",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("controller_id", _number, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("ruling", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_duty_rulings_controller_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_duty_rulings_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rulings")),
    )
    op.create_index(
        op.f("ix_duty_rulings_incident_id_controller_id_clock_id"),
        "duty_rulings",
        ["incident_id", "controller_id", "clock", "id"],
        unique=False,
    )
    op.create_table(
        "playbook_entries",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("run_id", _number, nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence_id", _number, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_files.id"], name=op.f("fk_playbook_entries_evidence_id")),
        sa.ForeignKeyConstraint(["run_id"], ["playbook_runs.id"], name=op.f("fk_playbook_entries_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_entries")),
    )
    op.create_index(op.f("ix_playbook_entries_run_id_id"), "playbook_entries", ["run_id", "id"], unique=False)
    op.create_table(
        "sendings",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("controller_id", _number, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("evidence_id", _number, nullable=True),
        sa.Column("version_id", _number, nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_sendings_controller_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_files.id"], name=op.f("fk_sendings_evidence_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_sendings_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sendings")),
    )
    op.create_index(
        op.f("ix_sendings_incident_id_controller_id_clock"),
        "sendings",
        ["incident_id", "controller_id", "clock"],
        unique=False,
    )
    op.create_table(
        "document_versions",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("document_id", _number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("tlp", sa.String(), nullable=False),
        sa.Column("secrecy", sa.String(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("data_at", sa.BigInteger(), nullable=False),
        sa.Column("pdf_sha256", sa.String(), nullable=False),
        sa.Column("docx_sha256", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
    )
    op.create_index(
        op.f("ix_document_versions_document_id_number"), "document_versions", ["document_id", "number"], unique=True
    )
    op.create_table(
        "document_signatures",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("version_id", _number, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_versions.id"], name=op.f("fk_document_signatures_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_signatures")),
    )
    op.create_index(op.f("ix_document_signatures_version_id"), "document_signatures", ["version_id"], unique=False)
    op.create_table(
        "clock_warnings",
        sa.Column("controller_id", _number, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("light", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_clock_warnings_controller_id_controllers")
        ),
        sa.PrimaryKeyConstraint("controller_id", "clock", "due_at", "light", name=op.f("pk_clock_warnings")),
    )
    op.add_column("incident_times", sa.Column("controller_id", _number, nullable=True))
