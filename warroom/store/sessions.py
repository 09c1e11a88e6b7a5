"""Sign-in links and console sessions: rows found by the hash of a token, never by the token."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from warroom.store.tables import sessions, signin_links

if TYPE_CHECKING:
    from warroom.store.database import State


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as stored; times in microseconds since 1970 UTC."""

    actor: str
    language: str
    created_at: int
    seen_at: int
    revoked_at: int | None = None


def add_link(state: State, token_sha256: bytes, *, created_at: int, expires_at: int) -> None:
    """Store a sign-in link; links that expired before this one was made are forgotten."""
    with state.write() as connection:
        connection.execute(delete(signin_links).where(signin_links.c.expires_at < created_at))
        connection.execute(
            insert(signin_links).values(token_sha256=token_sha256, created_at=created_at, expires_at=expires_at)
        )


def use_link(state: State, link_sha256: bytes, session_sha256: bytes, session: SessionRow) -> bool:
    """Burn a link and open this session, in one transaction: of two racing requests one wins.

    Returns False, changing nothing, where the link is unknown, used or expired.
    """
    with state.write() as connection:
        burnt = connection.execute(
            update(signin_links)
            .where(
                signin_links.c.token_sha256 == link_sha256,
                signin_links.c.used_at.is_(None),
                signin_links.c.expires_at > session.created_at,
            )
            .values(used_at=session.created_at)
        )
        if burnt.rowcount != 1:
            return False
        connection.execute(insert(sessions).values(token_sha256=session_sha256, **asdict(session)))
        return True


def is_link_live(state: State, link_sha256: bytes, now_us: int) -> bool:
    """Whether a link is known, unused and not expired."""
    columns = signin_links.c
    wanted = select(columns.token_sha256).where(
        columns.token_sha256 == link_sha256, columns.used_at.is_(None), columns.expires_at > now_us
    )
    with state.read() as connection:
        return connection.scalar(wanted) is not None


def find_session(state: State, token_sha256: bytes) -> SessionRow | None:
    """Give the session with this token hash, revoked or not; None where there is none."""
    columns = sessions.c
    with state.read() as connection:
        row = connection.execute(
            select(columns.actor, columns.language, columns.created_at, columns.seen_at, columns.revoked_at).where(
                columns.token_sha256 == token_sha256
            )
        ).one_or_none()
    return None if row is None else SessionRow(*row)


def touch_session(state: State, token_sha256: bytes, now_us: int) -> None:
    """Note that the session's person was there."""
    _change(state, token_sha256, seen_at=now_us)


def set_language(state: State, token_sha256: bytes, language: str) -> None:
    """Remember the session's language."""
    _change(state, token_sha256, language=language)


def revoke_session(state: State, token_sha256: bytes, now_us: int) -> None:
    """End one session."""
    _change(state, token_sha256, revoked_at=now_us)


def revoke_actor(state: State, actor: str, now_us: int) -> int:
    """End every session of a person; returns how many were open."""
    with state.write() as connection:
        return connection.execute(
            update(sessions).where(sessions.c.actor == actor, sessions.c.revoked_at.is_(None)).values(revoked_at=now_us)
        ).rowcount


def actors(state: State) -> list[str]:
    """Everybody who has a session that was not revoked, by name: to whom work can be assigned."""
    with state.read() as connection:
        found = connection.scalars(
            select(sessions.c.actor).where(sessions.c.revoked_at.is_(None)).distinct().order_by(sessions.c.actor)
        )
        return list(found)


def _change(state: State, token_sha256: bytes, **values: str | int) -> None:
    with state.write() as connection:
        connection.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(**values))
