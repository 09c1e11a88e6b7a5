"""The tables of how an incident is answered in law: controllers, duties, sendings, playbooks, documents, exports.

Times are integers, microseconds since 1970 UTC. Nothing here is deleted or overwritten but contacts: what is over says
when and by whom, and of what was decided twice the newest row counts.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _number, primary_key=True, autoincrement=True)


def _of(table: str, *, name: str = "", nullable: bool = False) -> Column[int]:
    return Column(name or f"{table.rstrip('s')}_id", _number, ForeignKey(f"{table}.id"), nullable=nullable)


#: Whose personal data or systems an incident is about: each has its own awareness, duties, notices and closure.
controllers = Table(
    "controllers",
    metadata,
    _id(),
    _of("incidents"),
    Column("role", String, nullable=False),  # controller | joint | processor
    Column("agency", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("mission", Text, nullable=False),  # its area of service, as form Kor-1 asks
    Column("contact_name", Text, nullable=False),
    Column("contact_position", Text, nullable=False),
    Column("contact_email", Text, nullable=False),
    Column("contact_phone", Text, nullable=False),
    Column("dpo_name", Text, nullable=False),
    Column("dpo_address", Text, nullable=False),
    Column("dpo_channel", Text, nullable=False),
    Column("cii", Boolean, nullable=False),  # critical information infrastructure, as the agency says
    Column("regulator", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", String, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("removed_at", BigInteger),
    Column("removed_by", String),
    Column("removed_why", Text),
    Index(None, "incident_id"),
)

#: Whether a legal clock concerns a controller in an incident; the newest row of a clock counts.
duty_rulings = Table(
    "duty_rulings",
    metadata,
    _id(),
    _of("incidents"),
    _of("controllers"),
    Column("clock", String, nullable=False),  # PDPC_72H
    Column("ruling", String, nullable=False),  # applies | not_applicable | not_notifiable
    Column("reason", Text, nullable=False),
    Column("because", Text, nullable=False),  # JSON: what proposed it
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Index(None, "incident_id", "controller_id", "clock", "id"),
)

#: Evidence that something was sent: the only thing that stops a legal clock.
sendings = Table(
    "sendings",
    metadata,
    _id(),
    _of("incidents"),
    _of("controllers"),
    Column("clock", String, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("channel", String, nullable=False),
    Column("reference", Text, nullable=False),  # the number of the letter or the receipt
    _of("evidence_files", name="evidence_id", nullable=True),
    Column("version_id", _number),  # of the document that was sent
    Column("partial", Boolean, nullable=False),  # more is to follow
    Column("note", Text, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("entered_by", String, nullable=False),
    Column("withdrawn_at", BigInteger),  # it was entered by mistake
    Column("withdrawn_by", String),
    Column("withdrawn_why", Text),
    Index(None, "incident_id", "controller_id", "clock"),
)

#: What somebody judged about risk to people, ENISA's severity or the threat level; the newest of a kind counts.
assessments = Table(
    "assessments",
    metadata,
    _id(),
    _of("incidents"),
    _of("controllers"),
    Column("kind", String, nullable=False),  # breach_risk | enisa
    Column("body", Text, nullable=False),  # JSON: what was answered
    Column("proposed", Text, nullable=False),  # JSON: what the rules made of it
    Column("decision", String, nullable=False),  # none | risk | high, or ENISA's low … very_high
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Index(None, "incident_id", "controller_id", "kind", "id"),
)

#: A form, letter or report; what is printed are its versions.
documents = Table(
    "documents",
    metadata,
    _id(),
    _of("incidents", nullable=True),  # none: of a period
    _of("controllers", nullable=True),
    Column("form", String, nullable=False),  # pdpc_notification
    Column("period", String, nullable=False),  # 2026, 2026-11, empty
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Index(None, "incident_id"),
    Index(None, "form", "period"),
)

#: A version of a document as it was printed: its answers and the hashes of its files, which lie among the evidence.
document_versions = Table(
    "document_versions",
    metadata,
    _id(),
    _of("documents"),
    Column("number", Integer, nullable=False),  # from 1
    Column("kind", String, nullable=False),  # partial | complete | update | closure
    Column("language", String, nullable=False),
    Column("tlp", String, nullable=False),
    Column("secrecy", String, nullable=False),
    Column("answers", Text, nullable=False),  # JSON: field → answer
    Column("missing", Text, nullable=False),  # JSON: fields without an answer
    Column("data_at", BigInteger, nullable=False),
    Column("pdf_sha256", String, nullable=False),
    Column("docx_sha256", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Index(None, "document_id", "number", unique=True),
)

#: Who verified and approved a version.
document_signatures = Table(
    "document_signatures",
    metadata,
    _id(),
    _of("document_versions", name="version_id"),
    Column("step", String, nullable=False),  # verified | approved
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Index(None, "version_id"),
)

#: A playbook that an incident follows, as it was when it began.
playbook_runs = Table(
    "playbook_runs",
    metadata,
    _id(),
    _of("incidents"),
    Column("playbook", String, nullable=False),
    Column("version", String, nullable=False),
    Column("sha256", String, nullable=False),  # of the definition
    Column("body", Text, nullable=False),  # JSON: the definition
    Column("reason", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("started_by", String, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", String),
    Column("ended_why", Text),
    Index(None, "incident_id"),
)

#: What became of a playbook's tasks and questions; the newest row of an item counts.
playbook_entries = Table(
    "playbook_entries",
    metadata,
    _id(),
    _of("playbook_runs", name="run_id"),
    Column("item", String, nullable=False),
    Column("kind", String, nullable=False),  # done | skipped | reopened | answer
    Column("value", String, nullable=False),  # of an answer
    Column("note", Text, nullable=False),
    _of("evidence_files", name="evidence_id", nullable=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Index(None, "run_id", "id"),
)

#: Whom to reach: agencies, data protection officers, NCSA, regulators, sectoral CERTs, processors.
contacts = Table(
    "contacts",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    Column("agency", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("channel", Text, nullable=False),  # how they want to be told
    Column("pgp_key", Text, nullable=False),  # armoured, public
    Column("platforms", Text, nullable=False),  # JSON: ["tang_rat"]
    Column("cii", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    Column("checked_by", String, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("removed_at", BigInteger),
    Column("removed_by", String),
    Index(None, "kind"),
)

#: Whether an emergency contact could be reached: a drill's call and its answer.
reach_drills = Table(
    "reach_drills",
    metadata,
    _id(),
    _of("contacts"),
    Column("called_at", BigInteger, nullable=False),
    Column("reached_at", BigInteger),
    Column("note", Text, nullable=False),
    Column("entered_by", String, nullable=False),
    Index(None, "contact_id", "id"),
)

#: Packages that left the war room, what was in them, and what the incident was then.
exports = Table(
    "exports",
    metadata,
    _id(),
    _of("incidents"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("recipient", Text, nullable=False),
    _of("contacts", nullable=True),
    Column("tlp", String, nullable=False),
    Column("masked", Boolean, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("formats", Text, nullable=False),  # JSON
    Column("manifest", Text, nullable=False),  # JSON: name → SHA-256
    Column("snapshot", Text, nullable=False),  # JSON: what later sendings are compared with
    Column("sha256", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Index(None, "incident_id", "id"),
)

#: Shift, daily, weekly, monthly and annual reports as they were printed.
periodic_reports = Table(
    "periodic_reports",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    Column("period_from", BigInteger, nullable=False),
    Column("period_to", BigInteger, nullable=False),
    Column("language", String, nullable=False),
    Column("figures", Text, nullable=False),  # JSON
    Column("pdf_sha256", String, nullable=False),
    Column("docx_sha256", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Index(None, "kind", "period_from", "language"),
)

#: The files of versions and reports: they lie among the evidence files, under their hash, and never change.
printed_files = Table(
    "printed_files",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("media", String, nullable=False),  # application/pdf
    Column("made_at", BigInteger, nullable=False),
)

#: Clocks of which people were told that they run out, or that they did: once for each light.
clock_warnings = Table(
    "clock_warnings",
    metadata,
    Column("controller_id", _number, ForeignKey("controllers.id"), primary_key=True),
    Column("clock", String, primary_key=True),
    Column("due_at", BigInteger, primary_key=True),  # a clock that was started anew is told of anew
    Column("light", String, primary_key=True),  # amber | red | passed
    Column("at", BigInteger, nullable=False),
)
