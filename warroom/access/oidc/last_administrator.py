"""The last administrator stays one, whatever a provider's claims grant: else nobody could make another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from warroom.access.recording import record
from warroom.access.roles import Role
from warroom.access.sessions import actor_of
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction, Filter, read

if TYPE_CHECKING:
    from warroom.store.accounts import Account
    from warroom.store.database import Transaction

_KEPT: Final = "last administrator kept"
_ABOUT_ROLES: Final = (AuditAction.ROLE_CHANGED, AuditAction.ACCOUNT_CHANGED)


def must_stay(connection: Transaction, account: Account, granted: frozenset[str]) -> bool:
    """Whether claims would take the role from the last administrator."""
    return Role.ADMINISTRATOR not in granted and _is_the_last(connection, account)


def note_kept(connection: Transaction, account: Account, at: int) -> None:
    """Enter into the audit that the role was kept: once, not at every confirmation."""
    if not _is_noted(connection, account):
        told = {"change": _KEPT, "by": "oidc", "kept": [Role.ADMINISTRATOR.value]}
        record(connection, actor_of(account), AuditAction.ACCOUNT_CHANGED, account, at, **told)


def kept_administrator(connection: Transaction, accounts: list[Account]) -> Account | None:
    """Give the account that is administrator only because nobody else is; None where there is none."""
    suspects = (account for account in accounts if account.oidc_subject is not None)
    found = (account for account in suspects if _is_the_last(connection, account) and _is_noted(connection, account))
    return next(found, None)


def _is_the_last(connection: Transaction, account: Account) -> bool:
    is_one = Role.ADMINISTRATOR in account.roles and account.is_active and account.platforms is None
    return is_one and rows.active_with_role(connection, Role.ADMINISTRATOR) == 1


def _is_noted(connection: Transaction, account: Account) -> bool:
    """Whether the newest word about the account's roles is that the one of the administrator was kept."""
    which = Filter(actions=_ABOUT_ROLES, subject_kind="account", subject_id=account.name)
    newest = read(connection, which, limit=1).entries
    return bool(newest) and orjson.loads(newest[0].body).get("change") == _KEPT
