"""Sign-in links and console sessions: rows found by the hash of a token, never by the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from warroom.store.account_tables import sessions, signin_links
from warroom.store.accounts import active_names

if TYPE_CHECKING:
    from warroom.store.database import State


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One sign-in link as stored."""

    purpose: str
    account_id: int | None
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as stored; times in microseconds since 1970 UTC."""

    token_sha256: bytes
    account_id: int
    proof: str
    language: str
    created_at: int
    seen_at: int
    revoked_at: int | None = None
    address: str = ""
    browser: str = ""


def add_link(connection: Connection, token_sha256: bytes, link: LinkRow, *, created_at: int, expires_at: int) -> None:
    """Store a sign-in link; links that expired before this one was made are forgotten."""
    connection.execute(delete(signin_links).where(signin_links.c.expires_at < created_at))
    connection.execute(
        insert(signin_links).values(
            token_sha256=token_sha256,
            purpose=link.purpose,
            account_id=link.account_id,
            roles=" ".join(sorted(link.roles)),
            created_at=created_at,
            expires_at=expires_at,
        )
    )


def find_link(connection: Connection, link_sha256: bytes, now_us: int) -> LinkRow | None:
    """Give a link that is known, unused and not expired; None for any other."""
    columns = signin_links.c
    row = connection.execute(
        select(columns.purpose, columns.account_id, columns.roles).where(_live(link_sha256, now_us))
    ).one_or_none()
    return None if row is None else LinkRow(row.purpose, row.account_id, frozenset(row.roles.split()))


def burn_link(connection: Connection, link_sha256: bytes, now_us: int) -> bool:
    """Use a link up; False, changing nothing, where it is unknown, used or expired. Of two racing requests one wins."""
    burnt = connection.execute(update(signin_links).where(_live(link_sha256, now_us)).values(used_at=now_us))
    return burnt.rowcount == 1


def drop_links(connection: Connection, account_id: int) -> None:
    """Forget the links that were made for an account."""
    connection.execute(delete(signin_links).where(signin_links.c.account_id == account_id))


def add_session(connection: Connection, session: SessionRow) -> None:
    """Open a session."""
    connection.execute(
        insert(sessions).values(
            token_sha256=session.token_sha256,
            account_id=session.account_id,
            proof=session.proof,
            language=session.language,
            created_at=session.created_at,
            seen_at=session.seen_at,
            address=session.address,
            browser=session.browser,
        )
    )


def find_session(connection: Connection, token_sha256: bytes) -> SessionRow | None:
    """Give the session with this token hash, revoked or not; None where there is none."""
    row = connection.execute(select(sessions).where(sessions.c.token_sha256 == token_sha256)).one_or_none()
    return None if row is None else SessionRow(**row._asdict())


def sessions_of(connection: Connection, account_id: int, *, since: int) -> list[SessionRow]:
    """Give an account's sessions that were not revoked and began at or after ``since``, newest first."""
    found = connection.execute(
        select(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.revoked_at.is_(None), sessions.c.created_at >= since)
        .order_by(sessions.c.created_at.desc())
    )
    return [SessionRow(**row._asdict()) for row in found]


def touch_session(state: State, token_sha256: bytes, now_us: int) -> None:
    """Note that the session's person was there."""
    with state.write() as connection:
        connection.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(seen_at=now_us))


def set_language(state: State, token_sha256: bytes, language: str) -> None:
    """Remember the session's language."""
    with state.write() as connection:
        connection.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(language=language))


def set_proof(connection: Connection, token_sha256: bytes, proof: str) -> None:
    """Note by what a session's person proved who they are."""
    connection.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(proof=proof))


def revoke_session(connection: Connection, token_sha256: bytes, now_us: int) -> bool:
    """End one session; False where it had ended or never was."""
    mine = and_(sessions.c.token_sha256 == token_sha256, sessions.c.revoked_at.is_(None))
    return connection.execute(update(sessions).where(mine).values(revoked_at=now_us)).rowcount == 1


def actors(state: State) -> list[str]:
    """Everybody who may sign in, by name: to whom work can be assigned."""
    with state.read() as connection:
        return active_names(connection)


def _live(link_sha256: bytes, now_us: int) -> ColumnElement[bool]:
    columns = signin_links.c
    return and_(columns.token_sha256 == link_sha256, columns.used_at.is_(None), columns.expires_at > now_us)
