"""Sessions that a provider vouches for: what is kept to ask it again, and which of them are due."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from warroom.store.account_tables import accounts, oidc_sessions, sessions


@dataclass(frozen=True, slots=True)
class Vouched:
    """One such session as stored; times in microseconds since 1970 UTC."""

    token_sha256: bytes
    provider_session: str | None
    tokens_sealed: bytes
    due_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Sessions begun, or last used, before these moments (microseconds) are over."""

    created_after: int
    seen_after: int


def add(connection: Connection, vouched: Vouched) -> None:
    """Note that a provider vouches for a session."""
    connection.execute(
        insert(oidc_sessions).values(
            token_sha256=vouched.token_sha256,
            provider_session=vouched.provider_session,
            tokens_sealed=vouched.tokens_sealed,
            due_at=vouched.due_at,
            ends_at=vouched.ends_at,
        )
    )


def is_any_due(connection: Connection, at: int) -> bool:
    """Whether there may be a session to ask about."""
    return connection.scalar(select(oidc_sessions.c.due_at).where(oidc_sessions.c.due_at <= at).limit(1)) is not None


def claim_due(connection: Connection, at: int, next_due: int, limits: Limits) -> tuple[Vouched, int] | None:
    """Take the session that has been due longest, with its account's number; None where none is due.

    It is due again at ``next_due``: of two processes one asks, and a refresh token is used once.
    """
    wanted = (
        select(oidc_sessions, sessions.c.account_id)
        .join(sessions, sessions.c.token_sha256 == oidc_sessions.c.token_sha256)
        .where(oidc_sessions.c.due_at <= at, ~_is_over(limits))
        .order_by(oidc_sessions.c.due_at)
        .limit(1)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    mine = oidc_sessions.c.token_sha256 == row.token_sha256
    connection.execute(update(oidc_sessions).where(mine).values(due_at=next_due))
    values = row._asdict()
    account_id = int(values.pop("account_id"))
    return Vouched(**values), account_id


def confirm(connection: Connection, token_sha256: bytes, tokens_sealed: bytes, ends_at: int) -> bool:
    """Note that the provider vouched again; False where the session is gone meanwhile."""
    mine = oidc_sessions.c.token_sha256 == token_sha256
    renewed = connection.execute(update(oidc_sessions).where(mine).values(tokens_sealed=tokens_sealed, ends_at=ends_at))
    return renewed.rowcount == 1


def forget_over(connection: Connection, limits: Limits) -> int:
    """Forget what is kept of sessions that are over: nobody needs those tokens any more; gives how many."""
    over = select(sessions.c.token_sha256).where(_is_over(limits))
    return connection.execute(delete(oidc_sessions).where(oidc_sessions.c.token_sha256.in_(over))).rowcount


def of_subject(connection: Connection, issuer: str, subject: str | None, provider_session: str | None) -> list[bytes]:
    """Give the open sessions of a provider's subject, of one of its own sessions, or of both; by token hash."""
    wanted = (
        select(oidc_sessions.c.token_sha256)
        .join(sessions, sessions.c.token_sha256 == oidc_sessions.c.token_sha256)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .where(accounts.c.oidc_issuer == issuer, sessions.c.revoked_at.is_(None))
    )
    if subject is not None:
        wanted = wanted.where(accounts.c.oidc_subject == subject)
    if provider_session is not None:
        wanted = wanted.where(oidc_sessions.c.provider_session == provider_session)
    return list(connection.scalars(wanted))


def is_vouched(connection: Connection, token_sha256: bytes, at: int) -> bool:
    """Whether a provider vouches for this session, and did so lately enough."""
    mine = oidc_sessions.c
    wanted = select(mine.ends_at).where(mine.token_sha256 == token_sha256, mine.ends_at > at)
    return connection.scalar(wanted) is not None


def open_by_proof(connection: Connection, proof: str) -> list[bytes]:
    """Give the sessions that were opened by a proof and not revoked; by token hash."""
    wanted = select(sessions.c.token_sha256).where(sessions.c.proof == proof, sessions.c.revoked_at.is_(None))
    return list(connection.scalars(wanted))


def _is_over(limits: Limits) -> ColumnElement[bool]:
    return or_(
        sessions.c.revoked_at.is_not(None),
        sessions.c.created_at < limits.created_after,
        sessions.c.seen_at < limits.seen_after,
    )
