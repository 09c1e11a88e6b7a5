"""Asking the provider again: whether it still vouches for who is signed in, and with which roles."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from warroom.access.oidc import keeping
from warroom.access.oidc.identity import Identity, identified
from warroom.access.oidc.keeping import LOOK_SECONDS
from warroom.access.oidc.problems import NotVouchedError, ProviderDownError
from warroom.access.oidc.provider import Tokens
from warroom.access.oidc.signing_in import follow_roles
from warroom.access.recording import record
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of
from warroom.machine.log import log
from warroom.store import accounts as account_rows
from warroom.store import oidc_sessions as rows
from warroom.store import sessions as session_rows
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.access.oidc.provider import Provider
    from warroom.store.database import State, Transaction

__all__ = ["LOOK_SECONDS", "end", "end_all", "recheck"]


def recheck(state: State, key: SecretKey, provider: Provider, now: datetime) -> int:
    """Ask about every session that is due; gives how many were asked about.

    Roles that changed are written to the account. A session ends where the provider says no, where no role is left,
    and where it gave no answer for ``keeping.GRACE_SECONDS`` beyond the interval.
    """
    with state.read() as connection:  # most looks find nothing: no write for them
        if not rows.is_any_due(connection, to_us(now)):
            return 0
    asked = 0
    with state.write() as connection:
        rows.forget_over(connection, keeping.limits(now))
    while (due := _claim(state, provider, now)) is not None:
        vouched, account_id = due
        asked += 1
        try:
            identity, used = _asked(state, key, provider, vouched, account_id, now)
        except NotVouchedError as problem:
            _end_one(state, vouched.token_sha256, str(problem), now)
        except ProviderDownError as problem:
            log().warning("sessions are not confirmed", reason=str(problem))
            if to_us(now) >= vouched.ends_at:
                _end_one(state, vouched.token_sha256, "the provider has not answered for too long", now)
                continue
            break  # the others are asked at the next look
        else:
            _confirm(state, key, provider, vouched, identity, used, now)
    return asked


def end_all(state: State, now: datetime) -> int:
    """End every session that a provider opened: no provider is set any more; gives how many there were."""
    with state.write() as connection:
        found = rows.open_by_proof(connection, Proof.OIDC)
        return end(connection, found, "no provider is set any more", to_us(now))


def end(connection: Transaction, sessions: list[bytes], reason: str, at: int) -> int:
    """End sessions, by token hash; gives how many were open."""
    ended = 0
    for session in sessions:
        row = session_rows.find_session(connection, session)
        if row is not None and session_rows.revoke_session(connection, session, at):
            account = account_rows.get(connection, row.account_id)
            told = {"by": "oidc", "reason": reason}
            record(connection, actor_of(account), AuditAction.SESSION_REVOKED, account, at, **told)
            ended += 1
    return ended


def _claim(state: State, provider: Provider, now: datetime) -> tuple[rows.Vouched, int] | None:
    with state.write() as connection:
        due = keeping.next_due(provider.config, now)
        return rows.claim_due(connection, to_us(now), due, keeping.limits(now))


def _asked(
    state: State, key: SecretKey, provider: Provider, vouched: rows.Vouched, account_id: int, now: datetime
) -> tuple[Identity, str | None]:
    """Ask the provider about one session; gives who it is, and the refresh token that was used."""
    with state.read() as connection:
        account = account_rows.get(connection, account_id)
    if account.oidc_issuer != provider.config.issuer or account.oidc_subject is None:
        raise NotVouchedError("the account is not the provider's any more")
    refresh, access_token = keeping.opened(key, provider.config, vouched)
    tokens = Tokens(None, access_token, None) if refresh is None else provider.refresh(refresh)
    return identified(provider, tokens, now, subject=account.oidc_subject), refresh


def _confirm(
    state: State,
    key: SecretKey,
    provider: Provider,
    vouched: rows.Vouched,
    identity: Identity,
    used: str | None,
    now: datetime,
) -> None:
    at, session = to_us(now), vouched.token_sha256
    ends_at = keeping.end_of(provider.config, now)
    kept = keeping.sealed(key, provider.config, session, identity, old=used)
    with state.write(account_rows.TOPIC) as connection:
        account = account_rows.find_by_oidc(connection, identity.issuer, identity.subject)
        if account is None or not rows.confirm(connection, session, kept, ends_at):
            return
        follow_roles(connection, account, identity.roles, at)
        if not identity.roles:
            end(connection, [session], "the provider grants no role any more", at)


def _end_one(state: State, session: bytes, reason: str, now: datetime) -> None:
    with state.write() as connection:
        end(connection, [session], reason, to_us(now))
