"""The connector: the one way out of the war room.

Where a name leads is whoever answers the look-up's choice. So the address that is really connected to is judged, not
the name: this machine, its neighbours and what is only special are refused, unless the operator allows them
(``WARROOM_OUTBOUND``). Size, time and redirects are bounded, and only who asks for packed answers gets them unpacked.

Errors name the host only: the rest of an address may be a secret.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpcore
import httpx

from warroom.errors import OutboundError, UsageError
from warroom.net_streams import TimedStream, Transport, left

_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_REDIRECTS: Final = 3
_DATAGRAM_BYTES: Final = 2048
_UNPACKED_BYTES: Final = 1 << 18
_AGENT: Final = "warroom"

_GLOBAL_V6: Final = IPv6Network("2000::/3")
#: In the global range, and yet a way to somewhere else: Teredo and 6to4 carry an IPv4 address; protocol assignments.
_NOT_GLOBAL: Final = (IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv4Network("192.0.0.0/24"))

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever its status."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # their names in small letters
    following: str = ""  # the address that the Link header calls the next page (RFC 8288)


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks separated by commas, such as ``10.1.2.3, 192.168.7.0/24``. Raises UsageError."""
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as problem:
        raise UsageError(f"WARROOM_OUTBOUND: {problem}: write addresses and networks, separated by commas") from problem


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
        return _permitted(host, port, known, deadline)
    found = _looked_up(host, port, deadline)
    for address in found:
        if not is_allowed(address, known):
            raise OutboundError(
                f"{host} is at {address}, which may not be reached: WARROOM_OUTBOUND allows what is meant to"
            )
    return found


def trust(ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Give by which certificates servers are known, and with which one we say who we are; all are PEM files.

    Args:
        ca: of the authorities that are believed; "" for the usual ones.
        certificate: ours; "" for none.
        key: of our certificate; "" where it is in the same file.

    Raises:
        UsageError: one cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca) if ca else httpx.create_ssl_context()
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as problem:
        names = ", ".join(name for name in (ca, certificate, key) if name)
        reason = problem.strerror or type(problem).__name__
        raise UsageError(f"{names}: {reason}: give paths of PEM files that the worker may read") from problem
    return context


class Connector:
    """Connects to the outside within bounds.

    Args:
        allowed: networks that may be reached though they are not public.
        seconds: for a whole exchange, from the look-up of the name to the last byte.
        most_bytes: of an answer's body.
        trust: by which certificates servers are known; default: the usual ones (certifi), or SSL_CERT_FILE's.
    """

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        *,
        seconds: float = _SECONDS,
        most_bytes: int = _MOST_BYTES,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._seconds, self._most_bytes = seconds, most_bytes
        self._trust = trust

    def get(self, url: str) -> Answer:
        """Ask for an address by HTTP or HTTPS; the answer of whatever status, after at most three redirects.

        Raises:
            OutboundError: the peer may not be reached, does not answer in time, or answers with too much.
        """
        return self._exchange(url, None, {}, redirects=_REDIRECTS)

    def fetch(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        """Ask for an address as ``get`` does, with headers of our own and for a packed answer, which is unpacked.

        Redirects are followed on the same host and port only: the headers may be a secret for it.

        Raises:
            OutboundError: as ``get``; or it leads elsewhere, or the answer is cut.
        """
        return self._exchange(url, None, headers, redirects=_REDIRECTS, packed=True)

    def call(self, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer:
        """Ask one address and no other, by POST where there is a form; the answer of whatever status.

        Redirects are not followed: what is sent along may be a secret for this peer.

        Raises:
            OutboundError: as ``get``.
        """
        return self._exchange(url, form, headers, redirects=0)

    def _exchange(
        self,
        url: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        *,
        redirects: int,
        packed: bool = False,
    ) -> Answer:
        deadline = time.monotonic() + self._seconds
        backend = _Backend(self._allowed, deadline)
        trust = self._trust or _usual_trust()
        with httpcore.ConnectionPool(ssl_context=trust, network_backend=backend) as pool:
            client = httpx.Client(
                transport=Transport(pool),
                trust_env=False,  # no proxy and no passwords from the environment
                headers={"user-agent": _AGENT, "accept-encoding": "gzip" if packed else "identity"},
                timeout=self._seconds,
            )
            try:
                method, data = ("GET", None) if form is None else ("POST", dict(form))
                request = client.build_request(method, url, data=data, headers=dict(headers))
                for _ in range(redirects + 1):
                    _check_scheme(request.url)
                    answer = client.send(request, stream=True)
                    following = answer.next_request if redirects else None
                    if following is None:
                        body = self._body(answer, packed=packed)
                        return Answer(answer.status_code, body, _lowered(answer.headers), _following(answer))
                    answer.close()
                    if packed and _origin(request.url) != _origin(following.url):
                        raise OutboundError(
                            f"{request.url.host} leads elsewhere: not followed with what is meant for it"
                        )
                    if request.url.scheme == "https" and following.url.scheme != "https":
                        raise OutboundError(f"{request.url.host} leads from https to http: not followed")
                    request = following
            except (httpx.HTTPError, httpx.InvalidURL, httpcore.TimeoutException) as problem:
                raise OutboundError(f"{_host(url)}: {type(problem).__name__}") from problem
            except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as problem:
                raise OutboundError(f"{_host(url)}: {type(problem).__name__}: {str(problem)[:200]}") from problem
        raise OutboundError(f"{_host(url)} leads on and on: more than {_REDIRECTS} redirects")

    def ask(self, host: str, port: int, datagram: bytes) -> bytes:
        """Send a datagram and give the first one that its receiver sends back, at most 2,048 bytes of it.

        Raises:
            OutboundError: the peer may not be reached, or does not answer in time.
        """
        deadline = time.monotonic() + self._seconds
        address = _permitted(host, port, self._allowed, deadline)[0]
        with socket.socket(_family(address), socket.SOCK_DGRAM) as link:
            link.settimeout(left(deadline))
            try:
                link.connect((str(address), port))  # from now on only this peer's datagrams come in
                link.send(datagram)
                return link.recv(_DATAGRAM_BYTES)
            except OSError as problem:
                raise OutboundError(f"{host}: {type(problem).__name__}: no answer on UDP port {port}") from problem

    def _body(self, answer: httpx.Response, *, packed: bool) -> bytes:
        encoding = answer.headers.get("content-encoding", "identity").lower()
        if encoding not in {"identity", "gzip" if packed else "identity"}:
            raise OutboundError(f"{answer.url.host} sends a packed answer, though none was asked for")
        body = bytearray()
        for piece in _unpacked(answer) if encoding == "gzip" else answer.iter_raw():
            body += piece
            if len(body) > self._most_bytes:
                raise OutboundError(f"{answer.url.host} answers with more than {self._most_bytes} bytes")
        return bytes(body)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to permitted addresses only, each with the time that is left."""

    def __init__(self, allowed: tuple[Network, ...], deadline: float) -> None:
        self._allowed, self._deadline = allowed, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is for the whole exchange
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first permitted address that answers."""
        failed: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in _permitted(host, port, self._allowed, self._deadline):
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, left(self._deadline), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failed = problem
                continue
            peer = ip_address(stream.get_extra_info("server_addr")[0])
            if not is_allowed(peer, self._allowed):
                stream.close()
                raise OutboundError(f"{host} is at {peer}, which may not be reached")
            return TimedStream(stream, self._deadline)
        raise failed or OutboundError(f"{host}: no address")


def _unpacked(answer: httpx.Response) -> Iterator[bytes]:
    """Unpack a body of gzip piece by piece, so that no few bytes become many at once."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for piece in answer.iter_raw():
            rest = piece
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _UNPACKED_BYTES)
                rest = unpacker.unconsumed_tail
    except zlib.error as problem:
        raise OutboundError(f"{answer.url.host} sends a damaged answer") from problem
    if not unpacker.eof:
        raise OutboundError(f"{answer.url.host} sends half an answer")


def _lowered(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _following(answer: httpx.Response) -> str:
    told = answer.links.get("next", {}).get("url")
    return str(answer.url.join(told)) if told else ""


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _permitted(host: str, port: int, allowed: tuple[Network, ...], deadline: float) -> list[Address]:
    """Look a name up and give those of its addresses that may be reached.

    Raises:
        OutboundError: there is none.
    """
    found = _looked_up(host, port, deadline)
    permitted = [address for address in found if is_allowed(address, allowed)]
    if not permitted:
        where = ", ".join(map(str, found[:4]))
        raise OutboundError(f"{host} is at {where}, which may not be reached: WARROOM_OUTBOUND allows what is meant to")
    return permitted


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
        found = answers.get(timeout=left(deadline))
    except queue.Empty as problem:
        raise OutboundError(f"{host}: nobody says in time where it is") from problem
    if isinstance(found, OSError):
        raise OutboundError(f"{host}: {found.strerror or found}") from found
    return found


@cache
def _usual_trust() -> ssl.SSLContext:
    """Read some hundred certificates: once."""
    return httpx.create_ssl_context()


def _check_scheme(url: httpx.URL) -> None:
    if url.scheme not in {"http", "https"} or not url.host:
        raise OutboundError(f"`{url.scheme}` is not an address of the web: write http:// or https://")


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "no host"
    except httpx.InvalidURL:
        return "an address that is none"


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
