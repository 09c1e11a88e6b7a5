"""The second factor of an account: enrolling an authenticator, checking its codes, recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from warroom.access import totp
from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.names import name_key
from warroom.access.recording import record
from warroom.access.roles import Permission
from warroom.access.sessions import prove_second
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction

_PURPOSE: Final = "totp seed"
_RECOVERY: Final = "recovery codes"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is given, once."""

    seed_text: str
    uri: str


def begin_enrolment(state: State, actor: Actor, key: SecretKey) -> Enrolment:
    """Make a seed for the actor's own account; it is in force when ``confirm_enrolment`` has seen a code of it.

    Raises:
        ConflictError: there is an authenticator already: it is removed first, which takes a code or an administrator.
    """
    seed = totp.new_seed()
    with state.write() as connection:
        account = _own(connection, actor)
        if account.has_totp:
            raise ConflictError(f"{account.name} has an authenticator already: remove it first")
        sealed = key.seal(seed, purpose=_PURPOSE, owner=str(account.id))
        rows.change(connection, account.id, totp_sealed=sealed, totp_last_step=None)
    return Enrolment(totp.seed_text(seed), totp.enrolment_uri(seed, account.name))


def confirm_enrolment(
    state: State, actor: Actor, key: SecretKey, code: str, now: datetime, *, session: str = ""
) -> list[str]:
    """Put the seed in force by a first code; gives the recovery codes, which are shown once.

    The code is this session's second factor, too; all other sessions of the account end, which were opened by less.

    Args:
        state: where the account is.
        actor: whose account.
        key: seals the seed.
        code: as the authenticator shows it now.
        now: our clock.
        session: the token of the session in which this is done; empty on the command line.

    Raises:
        UsageError: the code is not of this moment, or no enrolment was begun.
        ConflictError: the authenticator is in force already.
    """
    now_us = to_us(now)
    codes = totp.new_recovery_codes()
    with state.write(rows.TOPIC) as connection:
        account = _own(connection, actor)
        if account.has_totp:
            raise ConflictError(f"{account.name} has an authenticator already")
        step = None if account.totp_sealed is None else _step(account, key, code, now)
        if step is None:
            raise UsageError("this code is not of this moment: check the clock of the authenticator, type the next one")
        rows.change(connection, account.id, now_us, totp_confirmed_at=now_us, totp_last_step=step)
        _put_codes(connection, account, key, codes)
        prove_second(connection, account, session, now)
        record(connection, actor, AuditAction.TOTP_CHANGED, account, now_us, change="enrolled")
    return codes


def new_recovery_codes(state: State, actor: Actor, key: SecretKey, code: str, now: datetime) -> list[str]:
    """Replace the recovery codes of the actor's own account, against a code of the authenticator.

    Raises:
        ForbiddenError: the code is wrong or used.
    """
    codes = totp.new_recovery_codes()
    with state.write() as connection:
        account = _own(connection, actor)
        if not account.has_totp or not check_code(connection, account, key, code, now):
            raise ForbiddenError("the code is wrong or was used: type the next one")
        _put_codes(connection, account, key, codes)
        record(connection, actor, AuditAction.TOTP_CHANGED, account, to_us(now), change="new recovery codes")
    return codes


@needs(Permission.MANAGE_ACCOUNTS)
def remove(state: State, actor: Actor, name: str, now: datetime) -> None:
    """Remove somebody's authenticator, who lost it with the recovery codes; ends their sessions.

    Raises:
        NotFoundError: no such account.
        ConflictError: it has none.
    """
    now_us = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        if account.totp_sealed is None:
            raise ConflictError(f"{account.name} has no authenticator")
        rows.change(connection, account.id, now_us, totp_sealed=None, totp_confirmed_at=None, totp_last_step=None)
        rows.put_recovery_codes(connection, account.id, ())
        rows.cut_off(connection, account.id, now_us, tokens=False)
        record(connection, actor, AuditAction.TOTP_CHANGED, account, now_us, change="removed")


def check_code(connection: Transaction, account: Account, key: SecretKey, code: str, now: datetime) -> bool:
    """Check a code of the authenticator, or a recovery code, and use it up in this transaction."""
    if totp.looks_like_recovery(code):
        given = totp.recovery_hash(code, key.derived(_RECOVERY), account.id)
        return rows.use_recovery_code(connection, account.id, given, to_us(now))
    step = _step(account, key, code, now)
    if step is None:
        return False
    rows.change(connection, account.id, totp_last_step=step)
    return True


def _step(account: Account, key: SecretKey, code: str, now: datetime) -> int | None:
    if account.totp_sealed is None:
        return None
    seed = key.opened(account.totp_sealed, purpose=_PURPOSE, owner=str(account.id))
    return totp.matching_step(seed, code, now, after=account.totp_last_step)


def _put_codes(connection: Transaction, account: Account, key: SecretKey, codes: list[str]) -> None:
    secret = key.derived(_RECOVERY)
    rows.put_recovery_codes(connection, account.id, (totp.recovery_hash(code, secret, account.id) for code in codes))


def _own(connection: Transaction, actor: Actor) -> Account:
    if actor.account_id is None:
        raise ForbiddenError(f"{actor.name} has no account: sign in first")
    return rows.get(connection, actor.account_id)
