"""How far our clock is off, by what a time server says (SNTP, RFC 4330 and RFC 5905)."""

from __future__ import annotations

import secrets
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.errors import OutboundError, UsageError

if TYPE_CHECKING:
    from warroom.net import Connector

#: Logs of several machines cannot be put in order, and one-time codes fail, when a clock is off by more.
WARN_SECONDS: Final = 1.0
_PORT: Final = 123
_PORTS: Final = 65_536
_PACKET: Final = struct.Struct(">BBBb11I")
_REQUEST: Final = 0b00_100_011  # no warning, version 4, client
_SERVER: Final = 4
_UNSYNCHRONISED: Final = 3
_FARTHEST: Final = 15  # strata
_FROM_1900_TO_1970: Final = 2_208_988_800
_ERA_SECONDS: Final = 1 << 32
_FRACTION: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Reading:
    """What a time server said; ``offset`` is how many seconds our clock has to be put forward."""

    offset: float
    round_trip: float

    @property
    def is_off(self) -> bool:
        """Whether our clock is certainly off: by more than what the way there and back may hide."""
        return abs(self.offset) - self.round_trip / 2 > WARN_SECONDS


def place(text: str) -> tuple[str, int]:
    """Split ``host`` or ``host:port`` (``[…]`` around an IPv6 address). Raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(_PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < _PORTS:
        raise UsageError(f"WARROOM_NTP is `{text}`: write a host, or host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)


def read(connector: Connector, server: str) -> Reading:
    """Ask a time server.

    The request carries a random number in place of our time, which the answer must repeat: who does not see the
    request cannot answer it.

    Raises:
        OutboundError: it may not be reached, does not answer, or its answer is worth nothing.
    """
    nonce = secrets.randbits(64)
    host, port = place(server)
    packet = _PACKET.pack(_REQUEST, *[0] * 12, nonce >> 32, nonce & 0xFFFF_FFFF)
    sent, began = time.time(), time.monotonic()
    answer = connector.ask(host, port, packet)
    took = time.monotonic() - began
    return judged(answer, nonce, sent, took, host)


def judged(answer: bytes, nonce: int, sent: float, took: float, host: str) -> Reading:
    """Give the reading of an answer.

    Args:
        answer: the datagram.
        nonce: of the request.
        sent: our time then, in seconds since 1970.
        took: seconds until the answer was there.
        host: for the error's text.

    Raises:
        OutboundError: it is no answer to this request, or the server does not know the time itself.
    """
    if len(answer) < _PACKET.size:
        raise OutboundError(f"{host}: not an answer of a time server")
    told = _PACKET.unpack(answer[: _PACKET.size])
    first, stratum = told[0], told[1]
    received, transmitted = (_seconds(told[at], told[at + 1], sent) for at in (11, 13))
    if first & 0b111 != _SERVER or (told[9] << 32 | told[10]) != nonce:
        raise OutboundError(f"{host}: not an answer to what was asked")
    if first >> 6 == _UNSYNCHRONISED or not 1 <= stratum <= _FARTHEST or not (told[13] or told[14]):
        raise OutboundError(f"{host}: the time server does not know the time itself, or does not want to be asked")
    there = max(0.0, transmitted - received)  # how long it took over the answer
    offset = ((received - sent) + (transmitted - (sent + took))) / 2
    return Reading(offset, max(0.0, took - there))


def _seconds(whole: int, fraction: int, near: float) -> float:
    """Give a time of the protocol, which begins anew every 136 years: the one nearest to ours."""
    plain = whole - _FROM_1900_TO_1970
    return plain + _ERA_SECONDS * round((near - plain) / _ERA_SECONDS) + fraction / _FRACTION
