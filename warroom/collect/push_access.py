"""Who may deliver: tokens, signatures and client certificates of a feed, and how often somebody may be wrong.

A secret of at least 16 characters is not guessed by asking. So who is right is let in at any time, and only who is
wrong too often is told to wait: behind a proxy many senders have one address, and a stranger must not lock them out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.catalog.transports.push import Push
    from warroom.catalog.transports.secrets import SecretRef

SHORTEST_SECRET: Final = 16
#: How far a signed delivery's time may be from ours. Within it the signature itself is remembered.
WINDOW_SECONDS: Final = 300
_SIGNED: Final = "sha256="
_TIME_DIGITS: Final = 12
#: Wrong tries that an address has at once, and in how many seconds it gets another one.
_TRIES: Final = 20
_SECONDS_A_TRY: Final = 3.0
_MOST_PEERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sender shows: its token, its signature with its time, and the names in its certificate."""

    token: bytes
    signature: str
    at: str
    names: frozenset[str]


def shown(headers: Mapping[str, str], names: frozenset[str]) -> Shown:
    """Read what a request shows; what it does not is empty."""
    kind, _, given = headers.get("authorization", "").strip().partition(" ")
    token = b""
    if kind.lower() in {"bearer", "splunk"}:
        token = given.strip().encode()
    elif kind.lower() == "basic":  # the password is the token: some senders know nothing else
        try:
            token = base64.b64decode(given.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            token = b""
    return Shown(token, headers.get("x-signature", ""), headers.get("x-timestamp", ""), names)


class Access:
    """The secrets of one feed, loaded. A secret may be two, separated by blanks, while it is being changed.

    Raises WarroomError where one cannot be loaded or is too short; the message says what to do.
    """

    def __init__(self, collect: Push) -> None:
        self._tokens = [_digest(one) for one in _loaded(collect.token)]
        self._keys = _loaded(collect.hmac)
        self._clients = frozenset(collect.clients)
        self.signs = collect.hmac is not None

    def has_token(self, token: bytes) -> bool:
        """Whether a token is one of the feed's; every one is compared, in the same time whatever it is."""
        given = _digest(token)
        found = False
        for known in self._tokens:
            found |= hmac.compare_digest(known, given)
        return found

    def opens(self, what: Shown) -> bool:
        """Whether all that can be judged before a body is read is right."""
        if self._clients and not self._clients & what.names:
            return False
        if self._tokens and not self.has_token(what.token):
            return False
        return not self.signs or (what.signature.startswith(_SIGNED) and _is_near(what.at))

    def is_signed(self, what: Shown, delivery_id: str, body: bytes) -> bool:
        """Whether a delivery is signed as it has to be: time, id and body, as they were sent."""
        if not self.signs:
            return True
        text = f"{what.at}\n{delivery_id}\n".encode() + body
        given = what.signature.removeprefix(_SIGNED).lower().encode()
        found = False
        for key in self._keys:
            found |= hmac.compare_digest(hmac.new(key, text, hashlib.sha256).hexdigest().encode(), given)
        return found


class WrongTries:
    """How many wrong tries each address still has; of addresses that were wrong the latest are remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def is_over(self, peer: str) -> bool:
        """Note a wrong try of an address; whether it has had too many."""
        now = self._clock()
        left, at = self._wrong.pop(peer, (float(_TRIES), now))
        left = min(_TRIES, left + (now - at) / _SECONDS_A_TRY)
        over = left < 1
        self._wrong[peer] = (left if over else left - 1, now)
        if len(self._wrong) > _MOST_PEERS:
            self._wrong.popitem(last=False)
        return over


def _loaded(secret: SecretRef | None) -> list[bytes]:
    if secret is None:
        return []
    found = [one.encode() for one in secret.load().split()]
    if any(len(one) < SHORTEST_SECRET for one in found):
        where = secret.env or secret.file
        raise UsageError(f"{where} holds a secret of under {SHORTEST_SECRET} characters: take `openssl rand -hex 32`")
    return found


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _is_near(at: str) -> bool:
    if not at.isascii() or not at.isdecimal() or len(at) > _TIME_DIGITS:
        return False
    return abs(time.time() - int(at)) <= WINDOW_SECONDS
