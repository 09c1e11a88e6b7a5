"""The tables of what belongs to an incident besides its alerts; on the state database's metadata.

Times are integers, microseconds since 1970 UTC. Nothing here is deleted but tags and who watches: what is over says
when and by whom.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")


def _incident() -> Column[int]:
    return Column("incident_id", _number, ForeignKey("incidents.id"), nullable=False)


#: Who wants to be told of an incident.
watchers = Table(
    "watchers",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("person", String, primary_key=True),
    Column("since_at", BigInteger, nullable=False),
    Column("looked_at", BigInteger, nullable=False),  # what happened later is news to them
    Index(None, "person"),
)

#: Words by which people find incidents again.
incident_tags = Table(
    "incident_tags",
    metadata,
    Column("incident_id", _number, ForeignKey("incidents.id"), primary_key=True),
    Column("tag", String, primary_key=True),
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", String, nullable=False),
    Index(None, "tag"),
)

#: What one incident has to do with another.
incident_links = Table(
    "incident_links",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("other_id", _number, ForeignKey("incidents.id"), nullable=False),
    Column("kind", String, nullable=False),  # related | caused_by | duplicate_of
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Column("removed_at", BigInteger),
    Column("removed_by", String),
    Index(None, "incident_id"),
    Index(None, "other_id"),
)

#: Somebody was named in a note.
mentions = Table(
    "mentions",
    metadata,
    Column("log_id", _number, ForeignKey("incident_log.id"), primary_key=True),
    Column("person", String, primary_key=True),
    _incident(),
    Column("at", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    Index(None, "person", "read_at"),
)

#: A file that somebody gave or made; its bytes lie under their hash in the state folder and are never changed.
evidence_files = Table(
    "evidence_files",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("sha256", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("name", String, nullable=False),  # made safe
    Column("kind", String, nullable=False),  # by its bytes, whatever it calls itself
    Column("note", Text, nullable=False),  # where it is from
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", String, nullable=False),
    Index(None, "incident_id"),
    Index(None, "sha256"),
)

#: The chain of custody: who had a file, when, and what its bytes were then.
custody = Table(
    "custody",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("evidence_id", _number, ForeignKey("evidence_files.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("via", String, nullable=False),
    Column("action", String, nullable=False),  # added | viewed | exported | verified
    Column("sha256", String, nullable=False),  # of the bytes as they were found then; empty where they were not
    Column("whole", Boolean, nullable=False),  # they were the ones that were added
    Index(None, "evidence_id", "id"),
)

#: What people decided about category and level of a threat; the newest one counts.
classifications = Table(
    "classifications",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("categories", String, nullable=False),  # JSON: [2, 6]
    Column("level", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed", Text, nullable=False),  # JSON: what the rules proposed then
    Index(None, "incident_id", "id"),
)

#: Moments that the law counts from; the newest one of a name counts, the others say what was believed before.
incident_times = Table(
    "incident_times",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("name", String, nullable=False),  # informed_at
    Column("controller_id", _number),  # whose moment it is; null: of the incident as a whole
    Column("moment", BigInteger, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "incident_id", "name", "id"),
)

#: What came from outside by telephone, letter, e-mail, a public line or as an offer.
outside_reports = Table(
    "outside_reports",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("channel", String, nullable=False),
    Column("reference", String, nullable=False),  # of the letter or the public line's ticket
    Column("reporter", Text, nullable=False),  # personal data, as is the contact
    Column("contact", Text, nullable=False),
    Column("informed_at", BigInteger, nullable=False),
    Column("claim", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("taken_by", String, nullable=False),
    Index(None, "incident_id"),
)

#: Whom we asked to block or isolate what; a register, nothing acts by itself.
containments = Table(
    "containments",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    _incident(),
    Column("measure", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("asked_of", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("due_at", BigInteger),  # by when it should be done
    Column("ends_at", BigInteger),  # until when it shall stand; null: until it is undone
    Column("state", String, nullable=False),  # asked | done | refused | undone
    Column("state_at", BigInteger, nullable=False),  # when that happened, as far as is known
    Column("state_by", String, nullable=False),  # who entered it
    Column("answer", Text, nullable=False),
    Index(None, "incident_id"),
    Index(None, "state"),
)

#: What people are typing into a form together, field by field.
shared_drafts = Table(
    "shared_drafts",
    metadata,
    Column("place", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("author", String, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("other_text", Text, nullable=False),  # what somebody else had written meanwhile; empty where nobody had
    Column("other_author", String, nullable=False),
    Index(None, "saved_at"),
)
