"""The provider: what it says about itself, its keys, and the three things that it is asked."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import orjson

from warroom.access.oidc.config import OidcConfig, is_safe_address
from warroom.access.oidc.keys import public_keys
from warroom.access.oidc.problems import NotVouchedError, ProviderDownError
from warroom.errors import OutboundError

if TYPE_CHECKING:
    from warroom.access.oidc.keys import PublicKey
    from warroom.net import Answer, Connector

#: What the provider says about itself is believed for so long; its keys too.
_FRESH_SECONDS: Final = 3600.0
#: A key that is not known makes us look again, but no more often than this: strangers choose a token's key id.
_KEYS_EVERY_SECONDS: Final = 60.0
#: A provider that does not answer is not asked again at once, however many want to sign in.
_DOWN_SECONDS: Final = 5.0
_TOKEN_LIMIT: Final = 1 << 14
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says about itself (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    secret_in_form: bool
    names_itself: bool
    """Answers carry ``iss`` (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave."""

    id_token: str | None
    access_token: str | None
    refresh_token: str | None

    def __repr__(self) -> str:
        return "Tokens(…)"


class Provider:
    """One provider, as the settings name it; what it says is kept for an hour."""

    def __init__(self, config: OidcConfig, connector: Connector, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self._connector = connector
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: Metadata | None = None
        self._metadata_at = 0.0
        self._down_until = float("-inf")
        self._keys: list[PublicKey] = []
        self._keys_at = float("-inf")

    def metadata(self) -> Metadata:
        """Give what the provider says about itself.

        Raises:
            ProviderDownError: it does not answer, or not so that it can be used.
            NotVouchedError: it calls itself otherwise than the settings do.
        """
        with self._lock:
            now = self._clock()
            if self._metadata is None or now - self._metadata_at > _FRESH_SECONDS:
                if now < self._down_until:
                    raise ProviderDownError("the provider did not answer a moment ago")
                try:
                    self._metadata = self._discovered()
                except (ProviderDownError, NotVouchedError):
                    self._down_until = self._clock() + _DOWN_SECONDS
                    raise
                self._metadata_at = now
            return self._metadata

    def key(self, kid: str | None, algorithm: str) -> PublicKey:
        """Give the key that signed a token.

        Raises:
            NotVouchedError: the provider lists no such key, or several.
            ProviderDownError: it does not answer, or was asked for its keys less than a minute ago.
        """
        address = self.metadata().jwks_uri
        with self._lock:
            now = self._clock()
            age = now - self._keys_at
            found = [key for key in self._keys if key.signs(kid, algorithm)]
            if not found and age < _KEYS_EVERY_SECONDS:
                # It may be a new key. To refuse for good would end sessions at every change of keys.
                raise ProviderDownError("the token's key is not known, and the provider was asked a moment ago")
            if age > _FRESH_SECONDS or not found:
                # Set first: where the answer fails, the next attempt is soon, not at once.
                self._keys_at = now - _KEYS_EVERY_SECONDS + _DOWN_SECONDS
                self._keys = public_keys(self._read(self._fetch(address)))
                self._keys_at = now
                found = [key for key in self._keys if key.signs(kid, algorithm)]
        if len(found) != 1:
            raise NotVouchedError("the token is signed with a key that the provider does not list")
        return found[0]

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Redeem the code of a sign-in. Raises NotVouchedError, ProviderDownError."""
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """Ask whether the provider's session lives; gives new tokens. Raises NotVouchedError, ProviderDownError."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def userinfo(self, access_token: str) -> dict[str, object]:
        """Ask who an access token is for. Raises NotVouchedError, ProviderDownError."""
        address = self.metadata().userinfo_endpoint
        if address is None:
            raise NotVouchedError("the provider tells nothing about people: it has no userinfo endpoint")
        answer = self._fetch(address, headers={"authorization": f"Bearer {access_token}"})
        if answer.status in {401, 403}:
            raise NotVouchedError("the provider's session has ended")
        return self._read(answer)

    def _tokens(self, form: dict[str, str]) -> Tokens:
        metadata = self.metadata()
        headers: dict[str, str] = {}
        if self.config.secret is None or metadata.secret_in_form:
            form["client_id"] = self.config.client_id
        if self.config.secret is not None and metadata.secret_in_form:
            form["client_secret"] = self.config.secret
        elif self.config.secret is not None:
            # Each half is encoded as in a form before (RFC 6749, section 2.3.1).
            pair = f"{quote_plus(self.config.client_id)}:{quote_plus(self.config.secret)}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = self._fetch(metadata.token_endpoint, form=form, headers=headers)
        if answer.status in {400, 401, 403}:
            reason = _error_of(answer)
            if reason == "invalid_grant":
                raise NotVouchedError("the provider does not honour this code or token")
            # A wrong client secret says nothing about the person.
            raise ProviderDownError(f"the provider refuses the war room itself: {reason}")
        told = self._read(answer)
        return Tokens(*(_text(told, name) for name in ("id_token", "access_token", "refresh_token")))

    def _fetch(
        self, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Answer:
        try:
            return self._connector.call(url, form=form, headers={"accept": "application/json", **headers})
        except OutboundError as problem:
            raise ProviderDownError(f"the provider cannot be reached: {problem}") from problem

    def _discovered(self) -> Metadata:
        told = self._read(self._fetch(f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if told.get("issuer") != self.config.issuer:
            raise NotVouchedError("the provider calls itself otherwise than WARROOM_OIDC_ISSUER")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            authorization_endpoint=_needed(told, "authorization_endpoint"),
            token_endpoint=_needed(told, "token_endpoint"),
            jwks_uri=_needed(told, "jwks_uri"),
            userinfo_endpoint=_address(told, "userinfo_endpoint"),
            end_session_endpoint=_address(told, "end_session_endpoint"),
            secret_in_form=isinstance(methods, list)
            and "client_secret_basic" not in methods
            and "client_secret_post" in methods,
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        )

    @staticmethod
    def _read(answer: Answer) -> dict[str, object]:
        if answer.status != _OK:
            raise ProviderDownError(f"the provider answers with status {answer.status}")
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError as problem:
            raise ProviderDownError("the provider answers with something else than JSON") from problem
        if not isinstance(told, dict):
            raise ProviderDownError("the provider answers with something else than a JSON object")
        return told


def _error_of(answer: Answer) -> str:
    """Give the error's code, if it is one: it goes into our log."""
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return "no reason given"
    code = told.get("error") if isinstance(told, dict) else None
    plain = isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum()
    return code[:64] if isinstance(code, str) and plain else "no reason given"


def _text(told: Mapping[str, object], name: str) -> str | None:
    value = told.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _TOKEN_LIMIT or not value.isascii() or not value.isprintable():
        raise ProviderDownError(f"the provider's {name} cannot be one")
    return value


def _address(told: Mapping[str, object], name: str) -> str | None:
    value = told.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not is_safe_address(value):
        raise ProviderDownError(f"the provider's {name} is no https:// address")
    return value


def _needed(told: Mapping[str, object], name: str) -> str:
    value = _address(told, name)
    if value is None:
        raise ProviderDownError(f"the provider does not say what its {name} is")
    return value
