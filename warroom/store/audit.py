"""The audit chain: who did what to what, through which door; each entry bound to the one before it.

An entry's hash is the SHA-256 of a canonical JSON array (``warroom.store.canonical``) of the hash before it and all
of its columns but its number: strings are quoted and integers are plain, so no two entries have the same bytes. The
number needs no hash: the place in the chain is what the hash before it says. ``append`` belongs inside the write
transaction of what it tells: that transaction holds the write lock from its begin, so no two entries follow one.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, RowMapping, insert, select

from warroom.errors import StoreError
from warroom.store.audit_tables import audit
from warroom.store.canonical import Json, canonical, digest

#: What the first entry follows.
GENESIS: Final = "0" * 64
#: A body holds at most this many bytes of JSON …
MOST_BODY: Final = 16 << 10
#: … and its lists, texts and levels at most this much.
_MOST_ITEMS: Final = 200
_LONGEST_TEXT: Final = 500
_MOST_LEVELS: Final = 4
_LONGEST_NAME: Final = 200
_SECRETS: Final = (
    *("password", "passphrase", "passwd", "secret", "token", "cookie", "totp", "seed"),
    *("recovery_code", "private_key", "api_key", "authorization"),
)
#: What is a secret wherever it stands, such as pasted into a label: API tokens of ours and hashes of passwords.
_SECRET_TEXT: Final = re.compile(r"wrt_[\w-]{16,}|\$argon2\w*\$\S*")
_MOST_PAGE: Final = 500
# Made once: most write transactions run them.
_NEWEST: Final = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
_INSERT: Final = insert(audit)


class AuditAction(StrEnum):
    """What an entry tells of: reads as well as writes."""

    # who comes and goes
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    LOCKED_OUT = "locked_out"
    SESSION_REVOKED = "session_revoked"
    REFUSED = "refused"  # somebody asked for what the role does not allow
    # reads
    READ_INCIDENT = "read_incident"
    READ_AUDIT = "read_audit"
    REVEAL = "reveal"  # personal data shown unmasked
    SEARCH_IDENTIFIER = "search_identifier"
    EXPORT = "export"
    # changes
    INCIDENT_CHANGED = "incident_changed"
    ACCOUNT_CHANGED = "account_changed"
    ROLE_CHANGED = "role_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an action, no password
    TOTP_CHANGED = "totp_changed"
    TOKEN_MADE = "token_made"  # noqa: S105 - likewise
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - likewise
    SETTINGS_CHANGED = "settings_changed"
    RULE_CHANGED = "rule_changed"
    RULE_PROMOTION_PROPOSED = "rule_promotion_proposed"  # into production; a second person decides
    RULE_PROMOTION_REFUSED = "rule_promotion_refused"
    RULE_PROMOTION_WITHDRAWN = "rule_promotion_withdrawn"
    RULE_STAGE_CHANGED = "rule_stage_changed"  # moved, promoted or rolled back
    RULE_TUNING_DECIDED = "rule_tuning_decided"  # what became of a proposal after a false alarm
    FEED_CHANGED = "feed_changed"
    CONTENT_SEEN = "content_seen"  # files of rules and feeds are not what they were, whoever changed them
    SETTINGS_SEEN = "settings_seen"  # likewise, at the start of the worker
    REPLAYED = "replayed"
    SUPPRESSED = "suppressed"  # alerts of a kind hidden until a time
    SUPPRESSION_LIFTED = "suppression_lifted"
    SUPPRESSION_EXPIRED = "suppression_expired"
    PLAN_ENTERED = "plan_entered"  # a planned change or an approved scan
    PLAN_CANCELLED = "plan_cancelled"
    PLAN_ALERT_RAISED = "plan_alert_raised"  # taken out of a planned window, into the queue
    INDICATOR_RULED_OUT = "indicator_ruled_out"  # a listed value is harmless, until a time
    INDICATOR_RULING_LIFTED = "indicator_ruling_lifted"
    CONTACT_CHANGED = "contact_changed"  # entered, changed, checked, taken out, drilled
    HANDOVER_SIGNED = "handover_signed"  # by who goes or who comes, given back, or added to
    # keeping
    HOLD_SET = "hold_set"
    HOLD_LIFTED = "hold_lifted"
    RETENTION_DELETED = "retention_deleted"
    BACKUP_MADE = "backup_made"
    RESTORED = "restored"
    # the chain's own
    CHAIN_BEGUN = "chain_begun"
    SCHEMA_CHANGED = "schema_changed"  # by a migration: the hash of the tables' definitions
    ROWS_SEALED = "rows_sealed"  # the hashes of rows that this transaction wrote


class Via(StrEnum):
    """Through which door."""

    CONSOLE = "console"
    COMMAND_LINE = "command_line"
    API = "api"
    WORKER = "worker"
    STORE = "store"  # none: the store keeps its own books


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did.

    ``body`` is JSON of texts, integers, booleans, lists and objects. It never carries a secret (names of keys that
    say so are refused, unless their value is a number or a yes; API tokens and hashes of passwords are blotted out of
    any text) nor raw personal data: the caller gives keyed hashes or masked texts.
    """

    actor: str
    via: Via
    action: AuditAction
    subject_kind: str = ""
    subject_id: str = ""
    body: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it stands in the chain; ``at`` in microseconds, ``body`` as the JSON text that was hashed."""

    seq: int
    at: int
    actor: str
    via: str
    action: str
    subject_kind: str
    subject_id: str
    body: str
    prev_hash: str
    hash: str

    def own_hash(self) -> str:
        """The hash that these values have."""
        who = [self.actor, self.via, self.action, self.subject_kind, self.subject_id]
        return digest("warroom audit 1", [self.prev_hash, self.at, *who, self.body])


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries; what is None or empty does not narrow. Times in microseconds, ``until`` not included."""

    since: int | None = None
    until: int | None = None
    actor: str | None = None
    via: Via | None = None
    actions: Sequence[AuditAction] = ()
    subject_kind: str | None = None
    subject_id: str | None = None
    text: str | None = None  # somewhere in the body


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; the next page is before ``next_before`` (None: there is none)."""

    entries: list[Stored]
    next_before: int | None


def append(connection: Connection, entry: Entry, *, at: int | None = None) -> Stored:
    """Append an entry in the caller's write transaction.

    Args:
        connection: of ``State.write()``.
        entry: what happened. Texts that are too long are cut and end in a hash of the whole.
        at: our clock in microseconds; default: now.

    Raises:
        StoreError: a key of the body names a secret. Nothing was written.
    """
    return append_all(connection, [entry], at=at)[0]


def append_all(connection: Connection, entries: Sequence[Entry], *, at: int | None = None) -> list[Stored]:
    """Append entries, one after the other, as ``append`` does each."""
    last = connection.execute(_NEWEST).one_or_none()
    seq, before = (last.seq, last.hash) if last else (0, GENESIS)
    moment = time.time_ns() // 1000 if at is None else at
    written: list[Stored] = []
    for number, entry in enumerate(entries, seq + 1):
        unhashed = Stored(
            seq=number,
            at=moment,
            actor=_text(entry.actor, _LONGEST_NAME),
            via=entry.via,
            action=entry.action,
            subject_kind=_text(entry.subject_kind, _LONGEST_NAME),
            subject_id=_text(entry.subject_id, _LONGEST_NAME),
            body=_body(entry.body),
            prev_hash=before,
            hash="",
        )
        written.append(replace(unhashed, hash=unhashed.own_hash()))
        before = written[-1].hash
    if written:
        connection.execute(_INSERT, [{name: getattr(one, name) for name in Stored.__slots__} for one in written])
    return written


def read(connection: Connection, which: Filter, *, before: int | None = None, limit: int = 100) -> Page:
    """Search the chain, newest first; sealed rows only where they are asked for.

    Args:
        connection: of ``State.read()``.
        which: narrows.
        before: a number; only entries before it.
        limit: at most so many, up to 500.
    """
    limit = max(1, min(limit, _MOST_PAGE))
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if which.since is not None:
        query = query.where(audit.c.at >= which.since)
    if which.until is not None:
        query = query.where(audit.c.at < which.until)
    for column, value in (
        (audit.c.actor, which.actor),
        (audit.c.via, which.via),
        (audit.c.subject_kind, which.subject_kind),
        (audit.c.subject_id, which.subject_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.actions:
        query = query.where(audit.c.action.in_(which.actions))
    else:
        query = query.where(audit.c.action != AuditAction.ROWS_SEALED)
    if which.text:
        query = query.where(audit.c.body.contains(which.text, autoescape=True))
    found = [stored(row) for row in connection.execute(query).mappings()]
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].seq if more else None)


def stored(row: RowMapping) -> Stored:
    """Give an entry from a row of the table."""
    return Stored(**{name: row[name] for name in Stored.__slots__})


def _body(body: Mapping[str, Json]) -> str:
    text = canonical(_bounded(dict(body), 0))
    if len(raw := text.encode()) > MOST_BODY:
        return canonical({"too_long": len(raw), "sha256": hashlib.sha256(raw).hexdigest()})
    return text


def _bounded(value: Json, level: int) -> Json:
    if isinstance(value, str):  # most of what there is
        return _text(value, _LONGEST_TEXT)
    if value is None or isinstance(value, bool | int):
        return value
    if level >= _MOST_LEVELS:
        return "…"
    if isinstance(value, list):  # lists of texts, for the most part
        return [
            _text(one, _LONGEST_TEXT) if isinstance(one, str) else _bounded(one, level + 1)
            for one in value[:_MOST_ITEMS]
        ]
    if isinstance(value, Mapping):
        for key, one in value.items():
            if not isinstance(one, bool | int | None) and any(secret in key.lower() for secret in _SECRETS):
                raise StoreError(f"the audit never holds secrets, and `{key}` is named like one: leave it out")
        kept = list(value.items())[:_MOST_ITEMS]
        return {_text(key, _LONGEST_NAME): _bounded(one, level + 1) for key, one in kept}
    return [_bounded(one, level + 1) for one in list(value)[:_MOST_ITEMS]]


def _text(value: str, longest: int) -> str:
    """Give a text without control characters and secrets of ours, told apart by its hash where it is too long."""
    if "wrt_" in value or "$argon2" in value:  # looked for first: nearly no text has one
        value = _SECRET_TEXT.sub("[secret]", value)
    clean = value
    if not value.isprintable():
        clean = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in value)
    if len(clean) <= longest:
        return clean
    return f"{clean[: longest - 17]}…{hashlib.sha256(value.encode(errors='surrogatepass')).hexdigest()[:16]}"
