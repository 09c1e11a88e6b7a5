"""One sign-in: the way to the provider and back, bound to one browser (authorization code with PKCE)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import orjson

from warroom.access.oidc.identity import Identity, identified
from warroom.access.oidc.problems import NotVouchedError
from warroom.errors import StoreError

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.access.oidc.provider import Provider

#: From the button to coming back: time enough for a password, a second factor and a consent.
LIFETIME_SECONDS: Final = 600
_PURPOSE: Final = "oidc sign-in"
_RANDOM_BYTES: Final = 32
_LONGEST_COOKIE: Final = 4096
_LONGEST_CODE: Final = 4096


@dataclass(frozen=True, slots=True)
class Errand:
    """What the browser shall find again when it comes back."""

    redirect_uri: str
    language: str
    asked: Mapping[str, str]
    """What the console's address asked for, checked by who reads it again."""


@dataclass(frozen=True)
class _Kept:
    """What the cookie holds, sealed."""

    state: str
    nonce: str
    verifier: str
    at: int
    redirect_uri: str
    language: str
    asked: dict[str, str]


def begin(provider: Provider, key: SecretKey, errand: Errand, now: datetime) -> tuple[str, str]:
    """Begin a sign-in: gives the provider's address to go to, and what the browser keeps as a cookie meanwhile.

    The cookie is sealed: state, nonce and PKCE's verifier never leave it readable, and nobody else can make one.

    Raises:
        ProviderDownError, NotVouchedError: the provider does not say where to go.
    """
    address = provider.metadata().authorization_endpoint
    state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    question = {
        "response_type": "code",
        "client_id": provider.config.client_id,
        "redirect_uri": errand.redirect_uri,
        "scope": provider.config.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if "offline_access" in provider.config.scopes.split():
        question["prompt"] = "consent"  # without it the scope is ignored (OpenID Connect Core 1.0, section 11)
    kept = _Kept(state, nonce, verifier, int(now.timestamp()), errand.redirect_uri, errand.language, dict(errand.asked))
    sealed = key.seal(orjson.dumps(kept), purpose=_PURPOSE, owner=_owner(provider))
    joiner = "&" if urlsplit(address).query else "?"
    return f"{address}{joiner}{urlencode(question)}", base64.urlsafe_b64encode(sealed).decode()


def finish(
    provider: Provider, key: SecretKey, cookie: str, answer: Mapping[str, str], now: datetime
) -> tuple[Identity, Errand]:
    """End a sign-in with what the provider's redirect brought back: gives who it is.

    Raises:
        NotVouchedError: the answer is not to what this browser asked, or the provider or a check says no.
        ProviderDownError: the provider does not answer.
    """
    kept = _opened(provider, key, cookie)
    if not hmac.compare_digest(answer.get("state", "").encode(), kept.state.encode()):
        raise NotVouchedError("this browser did not ask for this sign-in: its state is another")
    if not 0 <= now.timestamp() - kept.at <= LIFETIME_SECONDS:
        raise NotVouchedError("the sign-in took too long")
    # Which of several providers answered (RFC 9207): a mix-up would hand a code to the wrong one.
    if answer.get("iss", provider.config.issuer) != provider.config.issuer:
        raise NotVouchedError("another provider than the one that was asked answers")
    if "iss" not in answer and provider.metadata().names_itself:
        raise NotVouchedError("the provider names itself in its answers, and not in this one")
    code = answer.get("code", "")
    if "error" in answer or not 0 < len(code) <= _LONGEST_CODE:
        raise NotVouchedError("the provider signed nobody in")
    errand = Errand(kept.redirect_uri, kept.language, kept.asked)
    tokens = provider.exchange(code, kept.verifier, errand.redirect_uri)
    return identified(provider, tokens, now, nonce=kept.nonce), errand


def _opened(provider: Provider, key: SecretKey, cookie: str) -> _Kept:
    refusal = NotVouchedError("this browser did not begin a sign-in")
    if not 0 < len(cookie) <= _LONGEST_COOKIE:
        raise refusal
    try:
        sealed = base64.b64decode(cookie, altchars=b"-_", validate=True)
        return _Kept(**orjson.loads(key.opened(sealed, purpose=_PURPOSE, owner=_owner(provider))))
    except (binascii.Error, ValueError, TypeError, StoreError) as problem:
        raise refusal from problem


def _owner(provider: Provider) -> str:
    return f"{provider.config.issuer} {provider.config.client_id}"
