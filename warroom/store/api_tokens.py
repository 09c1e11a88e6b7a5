"""API tokens in the state database: found by the hash of the token, never by the token."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, insert, select, update

from warroom.errors import NotFoundError
from warroom.store import sealing
from warroom.store.account_tables import api_tokens


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One API token as stored; times in microseconds since 1970 UTC."""

    id: int
    name: str
    account_id: int
    scopes: frozenset[str]
    created_at: int
    expires_at: int
    revoked_at: int | None
    last_used_at: int | None


def add(
    connection: Connection,
    token_sha256: bytes,
    *,
    name: str,
    account_id: int,
    scopes: frozenset[str],
    created_at: int,
    expires_at: int,
) -> int:
    """Store a token; gives its number."""
    added = connection.execute(
        insert(api_tokens).values(
            token_sha256=token_sha256,
            name=name,
            account_id=account_id,
            scopes=" ".join(sorted(scopes)),
            created_at=created_at,
            expires_at=expires_at,
        )
    )
    (number,) = added.inserted_primary_key or (0,)
    sealing.touch(connection, "api_tokens", int(number))
    return int(number)


def find(connection: Connection, token_sha256: bytes) -> TokenRow | None:
    """Give the token with this hash, revoked and expired ones included; None where there is none."""
    row = connection.execute(select(api_tokens).where(api_tokens.c.token_sha256 == token_sha256)).one_or_none()
    return None if row is None else _token(row)


def get(connection: Connection, number: int) -> TokenRow:
    """Give a token by its number. Raises NotFoundError."""
    row = connection.execute(select(api_tokens).where(api_tokens.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no API token {number}: `./run user token list` shows them")
    return _token(row)


def every(connection: Connection) -> list[TokenRow]:
    """Give all tokens, newest first."""
    return [_token(row) for row in connection.execute(select(api_tokens).order_by(api_tokens.c.id.desc()))]


def revoke(connection: Connection, number: int, at: int) -> bool:
    """End a token at once; False where it was revoked already."""
    sealing.touch_before(connection, "api_tokens", number)
    mine = and_(api_tokens.c.id == number, api_tokens.c.revoked_at.is_(None))
    return connection.execute(update(api_tokens).where(mine).values(revoked_at=at)).rowcount == 1


def touch(connection: Connection, number: int, at: int) -> None:
    """Note that a token was used; not sealed."""
    connection.execute(update(api_tokens).where(api_tokens.c.id == number).values(last_used_at=at))


def _token(row: Row[tuple[object, ...]]) -> TokenRow:
    values = row._asdict()
    del values["token_sha256"]
    return TokenRow(scopes=frozenset(str(values.pop("scopes")).split()), **values)
