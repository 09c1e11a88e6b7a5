"""The account of whom the provider vouches for: found or made, its roles brought up to date, its session opened."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.names import checked_name, clean_name, name_key
from warroom.access.oidc import keeping
from warroom.access.oidc.last_administrator import must_stay, note_kept
from warroom.access.origins import Origin
from warroom.access.recording import record
from warroom.access.roles import Role
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of, open_session
from warroom.access.tokens import fingerprint
from warroom.errors import UsageError
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.access.oidc.config import OidcConfig
    from warroom.access.oidc.identity import Identity
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction

_STRANGER: Final = Actor("unknown", frozenset())
_LONGEST_NAME: Final = 40
#: Room for `-99` behind a name that somebody else has.
_STEM: Final = _LONGEST_NAME - 3
_SUFFIXES: Final = range(2, 100)


class Refused(StrEnum):
    """Why somebody whom the provider vouches for does not get in."""

    NO_ROLE = "no_role"
    DISABLED = "disabled"


def sign_in(
    state: State,
    key: SecretKey,
    config: OidcConfig,
    identity: Identity,
    now: datetime,
    *,
    language: str,
    origin: Origin | None = None,
) -> str | Refused:
    """Open a session for whom the provider vouches for; gives its token.

    The account is the one bound to issuer and subject, which never change; a name or an e-mail address binds nothing.
    Where there is none it is made, if the claims grant a role. Roles are replaced by what the claims grant. Who is
    granted none does not get in, also where the account keeps its role as last administrator.
    """
    at = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.find_by_oidc(connection, identity.issuer, identity.subject)
        if account is None:
            if not identity.roles:
                return Refused.NO_ROLE
            account = _made(connection, identity, at)
        elif not account.is_active:
            told = {"by": "oidc", "reason": Refused.DISABLED.value}
            record(connection, actor_of(account), AuditAction.SIGN_IN_FAILED, account, at, **told)
            return Refused.DISABLED
        account = follow_roles(connection, account, identity.roles, at)
        if not identity.roles:
            told = {"by": "oidc", "reason": Refused.NO_ROLE.value}
            record(connection, actor_of(account), AuditAction.SIGN_IN_FAILED, account, at, **told)
            return Refused.NO_ROLE
        if account.must_change_password:
            account = _without_first_password(connection, account, at)
        token = open_session(connection, account, Proof.OIDC, language=language, now=now, origin=origin or Origin())
        keeping.keep(connection, key, config, fingerprint(token), identity, now)
        return token


def note_refused(state: State, reason: str, now: datetime) -> None:
    """Note a sign-in that was refused before anybody knew whose it was."""
    with state.write() as connection:
        record(connection, _STRANGER, AuditAction.SIGN_IN_FAILED, None, to_us(now), by="oidc", reason=reason)


def follow_roles(connection: Transaction, account: Account, roles: frozenset[Role], at: int) -> Account:
    """Give an account the roles that the claims grant, and no others; they work from its next request on.

    But for the last administrator, who stays one until there is another.
    """
    wanted = frozenset(role.value for role in roles)
    stays = must_stay(connection, account, wanted)
    if stays:
        wanted |= {Role.ADMINISTRATOR.value}
    if wanted != account.roles:
        rows.put_roles(connection, account.id, wanted)
        rows.change(connection, account.id, at)
        told = {"before": sorted(account.roles), "after": sorted(wanted)}
        record(connection, actor_of(account), AuditAction.ROLE_CHANGED, account, at, by="oidc", **told)
        account = rows.get(connection, account.id)
    if stays:
        note_kept(connection, account, at)
    return account


def _made(connection: Transaction, identity: Identity, at: int) -> Account:
    name = _free_name(connection, identity)
    shown = clean_name(identity.display_name) if identity.display_name else name
    new = rows.NewAccount(name, name_key(name), shown, at)
    made = rows.add(connection, new, {role.value for role in identity.roles}, None)
    rows.change(connection, made.id, oidc_issuer=identity.issuer, oidc_subject=identity.subject)
    made = rows.get(connection, made.id)
    told = {"change": "created by oidc", "issuer": identity.issuer, "roles": sorted(made.roles)}
    record(connection, actor_of(made), AuditAction.ACCOUNT_CHANGED, made, at, **told)
    return made


def _free_name(connection: Transaction, identity: Identity) -> str:
    """Give a name that nobody has: who comes with an administrator's name does not become that account."""
    last = f"person-{hashlib.sha256(f'{identity.issuer} {identity.subject}'.encode()).hexdigest()[:16]}"
    stem = next(filter(None, map(_usable, identity.names)), last)
    for name in (stem, *(f"{stem[:_STEM].rstrip()}-{number}" for number in _SUFFIXES)):
        if rows.find_by_key(connection, name_key(name)) is None:
            return name
    return last


def _usable(name: str) -> str | None:
    try:
        return checked_name(name[:_LONGEST_NAME].strip())
    except UsageError:
        return None


def _without_first_password(connection: Transaction, account: Account, at: int) -> Account:
    """Drop a password that somebody else chose and nobody took over: who comes by the provider needs none."""
    rows.change(connection, account.id, at, password_hash=None, must_change_password=False)
    record(connection, actor_of(account), AuditAction.PASSWORD_CHANGED, account, at, by="oidc", dropped=True)
    return rows.get(connection, account.id)
