"""One try of an address: is it there, how fast, with which certificate. Bounded in time and size.

The name is looked up and judged by ``net.permitted``; the connection goes to one of the addresses that it gave, not to
the name again. Redirects are an answer, not a way.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from cryptography import x509

from warroom import net
from warroom.errors import OutboundError

if TYPE_CHECKING:
    from warroom.net import Address, Network

_READ: Final = 64 << 10
_AGENT: Final = "warroom-probe"
_LONGEST_FAULT: Final = 200


@dataclass(slots=True)
class Tried:
    """What a try found; times in milliseconds since its beginning, None: it did not come so far."""

    target: str
    addresses: tuple[str, ...] = ()
    address: str | None = None
    looked_up_ms: float | None = None
    connected_ms: float | None = None
    encrypted_ms: float | None = None
    answered_ms: float | None = None
    status: int | None = None
    body: bytes = b""
    certificate_until: datetime | None = None
    fault: str | None = None


def attempt(target: str, allowed: Iterable[Network], trust: ssl.SSLContext, seconds: float) -> Tried:
    """Ask for an address by GET; whatever goes wrong is told in ``fault``."""
    found = Tried(target)
    try:
        with _Link(found, tuple(allowed), seconds) as link:
            link.open(trust)
            link.ask()
    except ssl.SSLCertVerificationError as problem:
        found.fault = f"certificate: {problem.verify_message}"
        found.certificate_until = _shown(target, tuple(allowed), seconds)
    except (OSError, http.client.HTTPException, OutboundError) as problem:
        found.fault = _in_words(problem)
    if link.late:  # what was read until then is no answer
        found.fault, found.status = f"no answer within {seconds:g} s", None
    return found


def _shown(target: str, allowed: tuple[Network, ...], seconds: float) -> datetime | None:
    """Give when the certificate ends that nobody should trust: nothing is asked of who shows it."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    seen = Tried(target)
    with contextlib.suppress(OSError, OutboundError), _Link(seen, allowed, seconds) as link:
        link.open(anybody)
    return seen.certificate_until


def _in_words(problem: Exception) -> str:
    if isinstance(problem, OutboundError):
        return str(problem)
    return f"{type(problem).__name__}: {getattr(problem, 'strerror', None) or problem}"[:_LONGEST_FAULT]


class _Link:
    """A connection that is hung up when its time is over, whatever it waits for: a context manager."""

    def __init__(self, found: Tried, allowed: tuple[Network, ...], seconds: float) -> None:
        self._found, self._allowed, self._seconds = found, allowed, seconds
        self._parts = urlsplit(found.target)
        self._secure = self._parts.scheme == "https"
        self._began = time.monotonic()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self.late = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()

    def open(self, trust: ssl.SSLContext) -> None:
        """Connect, and agree on keys where the address asks for it."""
        host, found = self._parts.hostname or "", self._found
        port = self._parts.port or (443 if self._secure else 80)
        addresses = net.permitted(host, port, self._allowed, seconds=self._seconds)
        found.addresses, found.looked_up_ms = tuple(map(str, addresses)), self._since()
        link = self._socket = self._connected(addresses, port)
        found.connected_ms = self._since()
        if self._secure:
            safe = trust.wrap_socket(link, server_hostname=host, do_handshake_on_connect=False)
            self._socket = safe
            safe.do_handshake()
            found.encrypted_ms = self._since()
            shown = safe.getpeercert(binary_form=True)
            if shown is not None:
                found.certificate_until = x509.load_der_x509_certificate(shown).not_valid_after_utc

    def ask(self) -> None:
        """Ask, and read the beginning of the answer."""
        link, found = self._socket, self._found
        assert link is not None  # noqa: S101 — open() came before
        path = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        lines = (f"GET {path} HTTP/1.1", f"Host: {self._parts.netloc}", f"User-Agent: {_AGENT}", "Connection: close")
        link.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii", "replace"))
        answer = http.client.HTTPResponse(link)
        answer.begin()
        found.answered_ms = self._since()
        while len(found.body) < _READ and (data := answer.read1(_READ - len(found.body))):
            found.body += data
        found.status = answer.status

    def _connected(self, addresses: Iterable[Address], port: int) -> socket.socket:
        """Connect to the first address that takes it."""
        last = OSError("no address")
        for address in addresses:
            try:
                link = socket.create_connection((str(address), port), timeout=self._left())
            except OSError as problem:
                last = problem
                continue
            self._found.address = str(address)
            return link
        raise last

    def _hang_up(self) -> None:
        self.late = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _since(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 1)

    def _left(self) -> float:
        left = self._seconds - (time.monotonic() - self._began)
        if left <= 0:
            raise TimeoutError("the time is over")
        return left
