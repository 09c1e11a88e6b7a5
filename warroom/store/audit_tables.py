"""The tables of what is proven and what is kept: chains, signed statements, holds; on the state database's metadata.

Nothing in a chain is ever updated. Times are integers, microseconds since 1970 UTC; days are YYYY-MM-DD, UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: Who did what: each entry's hash covers the hash of the one before it.
audit = Table(
    "audit",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("via", String, nullable=False),  # console | command_line | api | worker
    Column("action", String, nullable=False),
    Column("subject_kind", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    Index(None, "action", "seq"),
    Index(None, "actor", "seq"),
    Index(None, "subject_kind", "subject_id", "seq"),
)

#: What happened to the manifest, chained likewise; its past is cut off once signed lists of the days prove it.
segment_log = Table(
    "segment_log",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("what", String, nullable=False),  # added | merged | deleted
    Column("day", String, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON: {"added": […], "removed": […], "why": …}
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    Index(None, "day", "seq"),
)

#: Signed heads of the chains, as they were sent off the machine.
heads = Table(
    "heads",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),  # one line of canonical JSON, signed
    Column("sent_at", BigInteger),  # when it was safe in the file on another volume
)

#: Signed lists of days: the documents are files in proofs/, here is what they must be.
proofs = Table(
    "proofs",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("day", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("covers_seq", BigInteger, nullable=False),  # of the segment log
    Column("sha256", String, nullable=False),  # of the file
    Column("sent_at", BigInteger),
    Index(None, "day", "number"),
)

#: What must not be deleted, and why.
holds = Table(
    "holds",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),  # incident | order | query
    Column("incident_id", BigInteger),
    Column("order_number", String),
    Column("authority", String),
    Column("ordered_on", String),
    Column("feed_id", String),  # null: every feed
    Column("platform_id", String),  # null: every platform
    Column("from_day", String),  # null: from the beginning
    Column("to_day", String),  # the last day; null: without end
    Column("reason", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String, nullable=False),
    Column("expires_on", String),  # the last day of the hold; null: until it is lifted
    Column("lifted_at", BigInteger),
    Column("lifted_by", String),
    Column("lifted_why", Text),
)
