"""Who the provider says somebody is, and which roles follow from it; put together from checked claims only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from warroom.access.oidc.problems import NotVouchedError
from warroom.access.oidc.tokens import id_token_claims, session_of

if TYPE_CHECKING:
    from warroom.access.oidc.provider import Provider, Tokens
    from warroom.access.roles import Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom the provider vouches for at this moment."""

    issuer: str
    subject: str
    roles: frozenset[Role]
    names: tuple[str, ...]
    """Names for an account, the best one first; texts of the provider's, not checked."""
    display_name: str
    provider_session: str | None
    refresh_token: str | None
    access_token: str | None

    def __repr__(self) -> str:
        return f"Identity(issuer={self.issuer!r}, …)"


def identified(
    provider: Provider, tokens: Tokens, now: datetime, *, nonce: str | None = None, subject: str | None = None
) -> Identity:
    """Check the tokens and give whom they are about.

    The roles are those of the ID token; where it has no role claim, those that the userinfo endpoint tells now.

    Args:
        provider: who gave the tokens.
        tokens: of a sign-in, or of a refresh.
        now: our clock.
        nonce: of the sign-in; None for a refresh, which may come without an ID token.
        subject: whom a refresh must be about; None for a sign-in.

    Raises:
        NotVouchedError: a check failed, or the tokens are about nobody or somebody else.
        ProviderDownError: the provider does not answer.
    """
    claims: dict[str, object] = {}
    if tokens.id_token is not None:
        claims = id_token_claims(provider, tokens.id_token, now, nonce=nonce)
    elif subject is None:
        raise NotVouchedError("the provider sent no ID token")
    about = claims.get("sub", subject)
    if subject is not None and about != subject:
        raise NotVouchedError("the provider's tokens are about somebody else")
    roles = provider.config.roles_in(claims)
    if roles is None and tokens.access_token is not None and provider.metadata().userinfo_endpoint is not None:
        told = provider.userinfo(tokens.access_token)
        # The access token may be anybody's: only its subject says whose these claims are (section 5.3.2).
        if told.get("sub") != about:
            raise NotVouchedError("the provider's userinfo is about somebody else")
        claims = {**told, **claims}
        roles = provider.config.roles_in(told)
    subject_told = str(about)
    return Identity(
        issuer=provider.config.issuer,
        subject=subject_told,
        roles=roles or frozenset(),
        names=tuple(_texts(claims, "preferred_username", "name", "email")),
        display_name=next(iter(_texts(claims, "name", "preferred_username")), ""),
        provider_session=session_of(claims),
        refresh_token=tokens.refresh_token,
        access_token=tokens.access_token,
    )


def _texts(claims: Mapping[str, object], *names: str) -> list[str]:
    return [value for name in names if isinstance(value := claims.get(name), str) and value]
