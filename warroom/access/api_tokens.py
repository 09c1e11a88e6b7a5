"""API tokens for machines: shown once, stored as a hash, for some permissions and some time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.names import name_key
from warroom.access.recording import record
from warroom.access.roles import Permission
from warroom.access.sessions import actor_of
from warroom.access.tokens import fingerprint, new_token
from warroom.errors import ConflictError, UsageError
from warroom.privacy import mask
from warroom.store import accounts as account_rows
from warroom.store import api_tokens as rows
from warroom.store.audit import AuditAction, Via
from warroom.store.database import from_us, to_us

if TYPE_CHECKING:
    from warroom.store.database import State

#: By this, scanners for leaked secrets recognise one.
PREFIX: Final = "wrt_"
LONGEST_DAYS: Final = 366
_LABEL_LIMIT: Final = 80
#: Use is noted at most this often.
_TOUCH_US: Final = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; never the token itself."""

    number: int
    label: str
    account: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@needs(Permission.MANAGE_ACCOUNTS)
def create_token(
    state: State,
    actor: Actor,
    account_name: str,
    label: str,
    *,
    scopes: Iterable[Permission],
    lifetime: timedelta,
    now: datetime,
) -> str:
    """Make a token that acts as an account, within these scopes; it is shown this once.

    The token never may more than the account's roles grant at the moment of its use.

    Raises:
        NotFoundError: no such account.
        ConflictError: it is disabled.
        UsageError: no label, no scope, a lifetime of nothing or of more than a year, or a scope that the account lacks.
    """
    wanted, shown = frozenset(scopes), " ".join(label.split())
    if not shown or len(shown) > _LABEL_LIMIT or not shown.isprintable():
        raise UsageError(f"a token's label has 1 to {_LABEL_LIMIT} printable characters: say where it is used")
    if not timedelta() < lifetime <= timedelta(days=LONGEST_DAYS):
        raise UsageError(f"a token lives for at most {LONGEST_DAYS} days")
    token, at = PREFIX + new_token(), to_us(now)
    with state.write(account_rows.TOPIC) as connection:
        account = account_rows.by_key(connection, name_key(account_name))
        if not account.is_active:
            raise ConflictError(f"{account.name} is disabled")
        missing = wanted - actor_of(account, Via.API).permissions
        if not wanted or missing:
            raise UsageError(f"a token has scopes that its account's roles grant; missing: {sorted(missing) or 'any'}")
        number = rows.add(
            connection,
            fingerprint(token),
            name=shown,
            account_id=account.id,
            scopes=frozenset(map(str, wanted)),
            created_at=at,
            expires_at=to_us(now + lifetime),
        )
        told = sorted(map(str, wanted))
        record(connection, actor, AuditAction.TOKEN_MADE, account, at, number=number, label=mask(shown), scopes=told)
    return token


@needs(Permission.MANAGE_ACCOUNTS)
def revoke_token(state: State, actor: Actor, number: int, now: datetime) -> None:
    """End a token at once.

    Raises:
        NotFoundError: no such token.
        ConflictError: it was revoked already.
    """
    at = to_us(now)
    with state.write(account_rows.TOPIC) as connection:
        row = rows.get(connection, number)
        if not rows.revoke(connection, number, at):
            raise ConflictError(f"API token {number} was revoked already")
        account = account_rows.get(connection, row.account_id)
        record(connection, actor, AuditAction.TOKEN_REVOKED, account, at, number=number, label=mask(row.name))


@needs(Permission.MANAGE_ACCOUNTS)
def list_tokens(state: State, actor: Actor) -> list[Token]:  # noqa: ARG001  the guard looks at the actor
    """Give all tokens, newest first, revoked and expired ones included."""
    with state.read() as connection:
        names = {account.id: account.name for account in account_rows.every(connection)}
        found = rows.every(connection)
    return [
        Token(
            number=row.id,
            label=row.name,
            account=names[row.account_id],
            scopes=row.scopes,
            created_at=from_us(row.created_at),
            expires_at=from_us(row.expires_at),
            revoked_at=None if row.revoked_at is None else from_us(row.revoked_at),
            last_used_at=None if row.last_used_at is None else from_us(row.last_used_at),
        )
        for row in found
    ]


def actor_of_token(state: State, token: str, now: datetime) -> Actor | None:
    """Give who a token acts as, with what the account and the scopes allow now.

    Gives None where the token is unknown, revoked or expired, or its account disabled.
    """
    if not token.startswith(PREFIX):
        return None
    at = to_us(now)
    with state.read() as connection:
        row = rows.find(connection, fingerprint(token))
        if row is None or row.revoked_at is not None or at >= row.expires_at:
            return None
        account = account_rows.get(connection, row.account_id)
    if not account.is_active:
        return None
    if row.last_used_at is None or at - row.last_used_at > _TOUCH_US:
        with state.write() as connection:
            rows.touch(connection, row.id, at)
    scopes = frozenset(Permission(scope) for scope in row.scopes if scope in Permission.__members__.values())
    return replace(actor_of(account, Via.API), scopes=scopes)
