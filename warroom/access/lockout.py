"""How long to wait before the next attempt to sign in: guessing gets slow, the real person does not get locked out.

Two brakes, both in the store, so that a restart or a second process does not release them:

- Each name from each address: three attempts are free, then the wait doubles with every failure, up to a quarter of
  an hour.
- Each name from all *strange* addresses together (those it never signed in from): 25 attempts, then one every 144
  seconds. Many machines guessing together stay under 50 an hour; with the few known addresses that is less than the
  100 an hour of OWASP ASVS 2.2.1. The person's usual addresses are not held back by it: who wants to keep somebody
  out by failing in their name does not reach that.

An attempt counts as failed from its beginning until it succeeds: of many sent at once none slips through. Names that
no account has are treated alike: the wait does not tell them apart.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from warroom.store import attempts as rows
from warroom.store.attempts import Attempts
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.store.database import Transaction

_SECOND: Final = 1_000_000
_FREE: Final = 3
_LONGEST_SECONDS: Final = 900
#: After so long without an attempt the failures from an address are forgotten.
_QUIET_US: Final = 24 * 3600 * _SECOND

_STRANGERS: Final = "*"
_STRANGERS_AT_ONCE: Final = 25
_STRANGERS_EVERY_US: Final = 144 * _SECOND

#: An address stays known for so long after a sign-in, the newest three of a name.
_KNOWN_US: Final = 30 * 24 * 3600 * _SECOND
_KNOWN_MOST: Final = 3
_ADDRESS_LIMIT: Final = 64
_IPV6_NETWORK: Final = 64


def name_hash(key: str) -> bytes:
    """Give a name's key as the attempts are stored under it: what strangers type is not kept as text."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def wait_seconds(connection: Transaction, name: bytes, address: str, now: datetime) -> int:
    """Give how long the next attempt has to wait; 0: it may be made now."""
    place, now_us = _place(address), to_us(now)
    wait = rows.find(connection, name, place).free_at - now_us
    strangers = _leaked(rows.find(connection, name, _STRANGERS), now_us)
    if strangers.failures >= _STRANGERS_AT_ONCE and not _is_known(connection, name, place, now_us):
        wait = max(wait, strangers.tried_at + _STRANGERS_EVERY_US - now_us)
    return max(0, -(-wait // _SECOND))


def claim(connection: Transaction, name: bytes, address: str, now: datetime) -> int:
    """Begin an attempt, counted as failed at once; gives 0, or the seconds to wait where it is not allowed yet."""
    if wait := wait_seconds(connection, name, address, now):
        return wait
    place, now_us = _place(address), to_us(now)
    mine = rows.find(connection, name, place)
    if not mine.tried_at:
        rows.forget(connection, before=now_us - _KNOWN_US)
    failures = (mine.failures if now_us - mine.tried_at < _QUIET_US else 0) + 1
    tried = replace(mine, failures=failures, free_at=now_us + _wait_after(failures) * _SECOND, tried_at=now_us)
    rows.put(connection, name, place, tried)
    if not _is_known(connection, name, place, now_us):
        strangers = _leaked(rows.find(connection, name, _STRANGERS), now_us)
        rows.put(connection, name, _STRANGERS, replace(strangers, failures=strangers.failures + 1))
    return 0


def succeeded(connection: Transaction, name: bytes, address: str, now: datetime) -> None:
    """End an attempt well: its address is known from now on and starts afresh."""
    place, now_us = _place(address), to_us(now)
    mine = rows.find(connection, name, place)
    strangers = rows.find(connection, name, _STRANGERS)
    if mine.succeeded_at is None and strangers.failures:
        left = max(0, strangers.failures - mine.failures)
        rows.put(connection, name, _STRANGERS, replace(strangers, failures=left))
    rows.put(connection, name, place, Attempts(0, 0, now_us, now_us))


def release(connection: Transaction, name: bytes) -> None:
    """Forget every failure of a name, and its known addresses."""
    rows.clear(connection, name)


def _is_known(connection: Transaction, name: bytes, place: str, now_us: int) -> bool:
    return place in rows.addresses_known(connection, name, since=now_us - _KNOWN_US, most=_KNOWN_MOST)


def _wait_after(failures: int) -> int:
    if failures < _FREE:
        return 0
    return min(1 << min(failures - _FREE, 20), _LONGEST_SECONDS)


def _leaked(strangers: Attempts, now_us: int) -> Attempts:
    """Let the strangers' failures run out with time, one every ``_STRANGERS_EVERY_US``."""
    if not strangers.failures:
        return Attempts(tried_at=now_us)
    steps = (now_us - strangers.tried_at) // _STRANGERS_EVERY_US
    if steps >= strangers.failures:
        return Attempts(tried_at=now_us)
    return Attempts(strangers.failures - steps, 0, strangers.tried_at + steps * _STRANGERS_EVERY_US)


def _place(address: str) -> str:
    """Give what counts as one address: of IPv6 the network, whose addresses one machine may change at will."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_ADDRESS_LIMIT]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False).network_address)
