"""Signing out on both sides: our sessions when the provider says so, the provider's when somebody leaves us."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from warroom.access.oidc.problems import NotVouchedError, ProviderDownError
from warroom.access.oidc.recheck import end
from warroom.access.oidc.tokens import logout_notice
from warroom.access.tokens import fingerprint
from warroom.store import oidc_sessions as rows
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.oidc.provider import Provider
    from warroom.store.database import State


def end_noticed(state: State, provider: Provider, logout_token: str, now: datetime) -> int:
    """End the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0); gives how many.

    The same token sent again ends nothing more.

    Raises:
        NotVouchedError: the token is not to be believed.
        ProviderDownError: the provider's keys cannot be had.
    """
    subject, provider_session = logout_notice(provider, logout_token, now)
    with state.write() as connection:
        named = rows.of_subject(connection, provider.config.issuer, subject, provider_session)
        return end(connection, named, "signed out at the provider", to_us(now))


def farewell(state: State, provider: Provider, token: str, return_to: str, now: datetime) -> str | None:
    """Give the provider's address to sign out there too (RP-Initiated Logout 1.0), asked before our session ends.

    None for a session that no provider opened, and where the provider has no such address or does not answer. No ID
    token is kept to be sent along: the provider asks the person.
    """
    with state.read() as connection:
        if not rows.is_vouched(connection, fingerprint(token), to_us(now)):
            return None
    try:
        address = provider.metadata().end_session_endpoint
    except (NotVouchedError, ProviderDownError):
        return None
    if address is None:
        return None
    asked = {"client_id": provider.config.client_id, "post_logout_redirect_uri": return_to}
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"
