"""Signed tokens of the provider: whether a signature holds, whom a token is for, and whether it is of now."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from datetime import datetime
from typing import TYPE_CHECKING, Final

import orjson
from joserfc import jwt
from joserfc.errors import JoseError

from warroom.access.oidc.keys import ALGORITHMS
from warroom.access.oidc.problems import NotVouchedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.access.oidc.provider import Provider

#: Seconds that the provider's clock and ours may differ.
LEEWAY: Final = 60
#: An ID token is looked at when it is made: one that was issued longer ago was kept by somebody.
_OLDEST_SECONDS: Final = 600
_LONGEST: Final = 1 << 14
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_ID_LIMIT: Final = 255

Claims = dict[str, object]


def id_token_claims(provider: Provider, token: str, now: datetime, *, nonce: str | None) -> Claims:
    """Give the claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

    Args:
        provider: who must have made it, for us.
        token: as it came.
        now: our clock.
        nonce: of the sign-in that it belongs to; None: it comes from a refresh, which has none.

    Raises:
        NotVouchedError: it is not by the provider, not for us, not of now or not of this sign-in; says which.
        ProviderDownError: the provider's keys cannot be had.
    """
    claims = _signed(provider, token, kinds={None, "jwt"})
    _must_be_ours(provider, claims, now)
    if _LOGOUT in _object(claims, "events"):
        raise NotVouchedError("the token is a logout notice, no ID token")
    told = claims.get("nonce")
    if nonce is not None and not (isinstance(told, str) and hmac.compare_digest(told.encode(), nonce.encode())):
        raise NotVouchedError("the ID token belongs to another sign-in: its nonce is not ours")
    _identifier(claims, "sub")
    return claims


def logout_notice(provider: Provider, token: str, now: datetime) -> tuple[str | None, str | None]:
    """Give the subject and the provider's session that a logout token ends (Back-Channel Logout 1.0, section 2.6).

    Raises:
        NotVouchedError: it is not by the provider, not for us, not of now, or no logout token.
        ProviderDownError: the provider's keys cannot be had.
    """
    claims = _signed(provider, token, kinds={None, "jwt", "logout+jwt"})
    _must_be_ours(provider, claims, now)
    if not isinstance(_object(claims, "events").get(_LOGOUT), dict) or "nonce" in claims:
        raise NotVouchedError("the token is no logout token")
    subject = _identifier(claims, "sub") if "sub" in claims else None
    session = _identifier(claims, "sid") if "sid" in claims else None
    if subject is None and session is None:
        raise NotVouchedError("the logout token does not say who is meant")
    return subject, session


def session_of(claims: Mapping[str, object]) -> str | None:
    """Give the provider's own name of its session, where it tells one."""
    return _identifier(claims, "sid") if "sid" in claims else None


def _signed(provider: Provider, token: str, *, kinds: set[str | None]) -> Claims:
    header = _header(token)
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if algorithm not in ALGORITHMS:
        raise NotVouchedError("a token signed by this algorithm is not believed")
    if (kind if kind is None else kind.lower().removeprefix("application/")) not in kinds:
        raise NotVouchedError("the token is of another kind")
    listed = provider.key(kid, algorithm)
    try:
        return dict(jwt.decode(token, listed.key, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, RecursionError) as problem:
        raise NotVouchedError("the token's signature does not hold") from problem


def _header(token: str) -> dict[str, str]:
    """Read a token's header before anything else does: flat, small, of texts only, and without `crit`."""
    if len(token) > _LONGEST or not token.isascii():
        raise NotVouchedError("the token is too long")
    first = token.partition(".")[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError) as problem:
        raise NotVouchedError("the token is none") from problem
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise NotVouchedError("the token's header asks for something that we do not do")
    return header


def _must_be_ours(provider: Provider, claims: Claims, now: datetime) -> None:
    config, at = provider.config, now.timestamp()
    if claims.get("iss") != config.issuer:
        raise NotVouchedError("the token is by another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if config.client_id not in audiences:
        raise NotVouchedError("the token is for another audience")
    if claims.get("azp", config.client_id if len(audiences) == 1 else None) != config.client_id:
        raise NotVouchedError("the token was made for another party (azp)")
    if _seconds(claims, "exp") <= at - LEEWAY:
        raise NotVouchedError("the token has expired")
    if not at - _OLDEST_SECONDS - LEEWAY <= _seconds(claims, "iat") <= at + LEEWAY:
        raise NotVouchedError("the token is not of now: compare the clocks of provider and war room")
    if "nbf" in claims and _seconds(claims, "nbf") > at + LEEWAY:
        raise NotVouchedError("the token is not yet valid")


def _seconds(claims: Claims, name: str) -> float:
    value = claims.get(name)
    # JSON as Python reads it has NaN and Infinity: neither is before or after anything.
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotVouchedError(f"the token says no `{name}`")
    return value


def _identifier(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _ID_LIMIT or not value.isprintable():
        raise NotVouchedError(f"the token's `{name}` cannot be one")
    return value


def _object(claims: Claims, name: str) -> dict[str, object]:
    value = claims.get(name)
    return value if isinstance(value, dict) else {}
