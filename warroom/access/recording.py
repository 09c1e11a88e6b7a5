"""Writes what happens to accounts, sessions and tokens into the audit, in the transaction in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.access.actor import Actor
from warroom.store.audit import AuditAction, Entry, append

if TYPE_CHECKING:
    from warroom.store.accounts import Account
    from warroom.store.canonical import Json
    from warroom.store.database import Transaction


def record(
    connection: Transaction, actor: Actor, action: AuditAction, account: Account | None, at: int, **told: Json
) -> None:
    """Append an audit entry about an account (None: one that does not exist)."""
    subject = "" if account is None else account.name
    entry = Entry(actor.name, actor.via, action, subject_kind="account", subject_id=subject, body=told)
    append(connection, entry, at=at)
