"""Who we are where we ask: a token, a password, a key in a header, or a token by OAuth 2 client credentials."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import orjson

from warroom.errors import OutboundError, Refusal

if TYPE_CHECKING:
    from warroom.catalog.transports.auth import Auth
    from warroom.net import Connector

_OK: Final = 200
#: A token that says nothing of its end is used for so long, and each ends a little before it would be refused.
_USUAL_SECONDS: Final = 300.0
_EARLIER_SECONDS: Final = 30.0
_LONGEST_TOKEN: Final = 16 << 10


class Identity:
    """Gives the headers of a request; a token that was fetched is kept until it ends."""

    def __init__(self, auth: Auth | None, connector: Connector) -> None:
        self._auth, self._connector = auth, connector
        self._token = ""
        self._until = 0.0

    def headers(self) -> dict[str, str]:
        """Give the headers that say who we are. Raises WarroomError where a secret or a token is not to be had."""
        auth = self._auth
        if auth is None:
            return {}
        if auth.kind == "oauth2":
            if time.monotonic() >= self._until:
                self._fetch(auth)
            return {"authorization": f"Bearer {self._token}"}
        secret = auth.secret.load()
        if auth.kind == "header":
            return {auth.name: secret}
        if auth.kind == "basic":
            return {"authorization": _basic(auth.name, secret)}
        return {"authorization": f"Bearer {secret}"}

    def renew(self) -> bool:
        """Forget a token that was refused; whether asking again may help."""
        held, self._until = bool(self._token), 0.0
        self._token = ""
        return held

    def _fetch(self, auth: Auth) -> None:
        """Fetch a token by client credentials (RFC 6749, section 4.4)."""
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        headers = {"accept": "application/json"}
        secret = auth.secret.load()
        if auth.in_body:
            form |= {"client_id": auth.name, "client_secret": secret}
        else:
            headers["authorization"] = _basic(quote(auth.name, safe=""), quote(secret, safe=""))
        answer = self._connector.call(auth.token_url, form=form, headers=headers)
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            told = None
        if answer.status != _OK or not isinstance(told, dict):
            why = told.get("error") if isinstance(told, dict) else None
            reason = f" ({str(why)[:60]!r})" if isinstance(why, str) else ""
            raise OutboundError(
                f"the token endpoint answers {answer.status}{reason}: is `client_id` and its secret right?",
                Refusal.STATUS,
            )
        token, seconds = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
            raise OutboundError("the token endpoint gives no access_token", Refusal.CONTENT)
        lasts = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else _USUAL_SECONDS
        self._token = token
        self._until = time.monotonic() + max(lasts - _EARLIER_SECONDS, lasts / 2)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
