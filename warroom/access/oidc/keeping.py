"""The provider's tokens that a session keeps: sealed, for that session and that provider only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import orjson

from warroom.access.oidc.problems import NotVouchedError
from warroom.access.session_policy import ABSOLUTE_HOURS, IDLE_MINUTES
from warroom.errors import StoreError
from warroom.store import oidc_sessions as rows
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.access.oidc.config import OidcConfig
    from warroom.access.oidc.identity import Identity
    from warroom.store.database import Transaction

#: Seconds between two looks for sessions that are due.
LOOK_SECONDS: Final = 2
#: A provider that does not answer ends nobody's session at once: in the night of an incident that would be the
#: attacker's wish. So long beyond the interval without its word, a session is over.
GRACE_SECONDS: Final = 1800
_PURPOSE: Final = "oidc session"
_SECOND: Final = 1_000_000


def keep(
    connection: Transaction,
    key: SecretKey,
    config: OidcConfig,
    session: bytes,
    identity: Identity,
    now: datetime,
) -> None:
    """Keep what it takes to ask the provider again about a session that was just opened."""
    vouched = rows.Vouched(
        token_sha256=session,
        provider_session=identity.provider_session,
        tokens_sealed=sealed(key, config, session, identity),
        due_at=next_due(config, now),
        ends_at=end_of(config, now),
    )
    rows.add(connection, vouched)


def sealed(key: SecretKey, config: OidcConfig, session: bytes, identity: Identity, *, old: str | None = None) -> bytes:
    """Seal the token by which the provider is asked again: the refresh token where there is one.

    ``old`` is the refresh token that was used: a provider that sends no new one means it to be used again.
    """
    refresh = identity.refresh_token or old
    kept = {"refresh": refresh} if refresh else {"access": identity.access_token}
    return key.seal(orjson.dumps(kept), purpose=_PURPOSE, owner=_owner(config, session))


def opened(key: SecretKey, config: OidcConfig, vouched: rows.Vouched) -> tuple[str | None, str | None]:
    """Give the refresh token and the access token that a session kept; one of them.

    Raises:
        NotVouchedError: they were sealed for another provider, or with another key.
    """
    try:
        kept = orjson.loads(
            key.opened(vouched.tokens_sealed, purpose=_PURPOSE, owner=_owner(config, vouched.token_sha256))
        )
    except StoreError as problem:
        raise NotVouchedError("the session was opened by another provider, or with another key") from problem
    return kept.get("refresh"), kept.get("access")


def next_due(config: OidcConfig, now: datetime) -> int:
    """Give when a session that was confirmed now is due again: so that it is asked within the interval."""
    return to_us(now) + (config.recheck_seconds - LOOK_SECONDS) * _SECOND


def end_of(config: OidcConfig, now: datetime) -> int:
    """Give when a session that was confirmed now ends, if the provider does not answer meanwhile."""
    return to_us(now) + (config.recheck_seconds + GRACE_SECONDS) * _SECOND


def limits(now: datetime) -> rows.Limits:
    """Give the moments before which sessions are over anyway."""
    at = to_us(now)
    return rows.Limits(at - ABSOLUTE_HOURS * 3600 * _SECOND, at - IDLE_MINUTES * 60 * _SECOND)


def _owner(config: OidcConfig, session: bytes) -> str:
    return f"{config.issuer} {config.client_id} {session.hex()}"
