"""Which addresses may be connected to: public ones, and those that the operator allows.

A name is whoever's choice who answers the look-up. So addresses are judged, and what was judged is connected to.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from warroom.errors import OutboundError, Refusal, UsageError

_SECONDS: Final = 10.0
_GLOBAL_V6: Final = IPv6Network("2000::/3")
#: In the global range, and yet a way to somewhere else: Teredo and 6to4 carry an IPv4 address; protocol assignments.
_NOT_GLOBAL: Final = (IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv4Network("192.0.0.0/24"))
_LOOPBACK: Final = IPv4Address("127.0.0.1")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Every address: for what the operator names himself.
ANYWHERE: Final[tuple[Network, ...]] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def networks(text: str, variable: str = "WARROOM_OUTBOUND") -> tuple[Network, ...]:
    """Read addresses and networks separated by commas, such as ``10.1.2.3, 192.168.7.0/24``. Raises UsageError."""
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as problem:
        raise UsageError(f"{variable}: {problem}: write addresses and networks, separated by commas") from problem


def is_allowed(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether an address may be connected to: a public one, or one in a network that the operator allows."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_V6 or address.scope_id):
        return False
    special = any(address in network for network in _NOT_GLOBAL if network.version == address.version)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


def check_host(host: str, allowed: tuple[Network, ...]) -> None:
    """Judge a host as it is written, before anybody is asked where it is.

    Where a proxy looks names up, this is all that we can judge. An address in another form than its usual one
    (``0x7f.1``, ``017700000001``) is refused whatever it means: programs read such forms differently.

    Raises:
        OutboundError: it is an address, or a name of this machine, that may not be reached.
    """
    name = host.rstrip(".").lower()
    try:
        address: Address | None = ip_address(name.partition("%")[0])
    except ValueError:
        address = None
    if address is None:
        try:
            other = IPv4Address(socket.inet_aton(name))
        except (OSError, UnicodeError, ValueError):  # a name, as it should be
            other = None
        if other is not None:
            raise OutboundError(f"{host} may not be reached: it is {other} in disguise", Refusal.ADDRESS)
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
            address = _LOOPBACK
    if address is not None and not is_allowed(address, allowed):
        raise _not_allowed(host, [address])


def permitted(
    host: str, port: int, allowed: Iterable[Network] = (), *, seconds: float = _SECONDS, every: bool = False
) -> list[Address]:
    """Give the addresses of a name that may be connected to: for a library that connects by itself.

    Where it may choose among them, ``every`` one has to be permitted.

    Raises:
        OutboundError: there is none, one of them is not, or nobody says in time.
    """
    known, deadline = tuple(allowed), time.monotonic() + seconds
    if not every:
        return reachable(host, port, known, deadline)
    found = _looked_up(host, port, deadline)
    for address in found:
        if not is_allowed(address, known):
            raise _not_allowed(host, [address])
    return found


def reachable(host: str, port: int, allowed: tuple[Network, ...], deadline: float) -> list[Address]:
    """Look a name up and give those of its addresses that may be reached.

    Args:
        host: a name or an address.
        port: of the service that is meant.
        allowed: networks that may be reached though they are not public.
        deadline: of the monotonic clock.

    Raises:
        OutboundError: there is none, or nobody says in time.
    """
    found = _looked_up(host, port, deadline)
    permitted = [address for address in found if is_allowed(address, allowed)]
    if not permitted:
        raise _not_allowed(host, found)
    return permitted


def _not_allowed(host: str, found: list[Address]) -> OutboundError:
    where = ", ".join(map(str, found[:4]))
    return OutboundError(
        f"{host} is at {where}, which may not be reached: WARROOM_OUTBOUND allows what is meant to", Refusal.ADDRESS
    )


def _looked_up(host: str, port: int, deadline: float) -> list[Address]:
    """Give the addresses of a name. The system's look-up knows no deadline: it goes on in a thread of its own."""
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(ip_address(one[4][0]) for one in told)))
        except (OSError, UnicodeError) as problem:
            answers.put(problem if isinstance(problem, OSError) else OSError("not a host name"))

    threading.Thread(target=look, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty as problem:
        raise OutboundError(f"{host}: nobody says in time where it is", Refusal.TIME) from problem
    if isinstance(found, OSError):
        raise OutboundError(f"{host}: {found.strerror or found}", Refusal.NAME) from found
    return found
