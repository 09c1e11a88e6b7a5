"""The connector: the one way out of the war room.

Where a name leads is whoever answers the look-up's choice. So the address that is really connected to is judged, not
the name: this machine, its neighbours and what is only special are refused, unless the operator allows them
(``WARROOM_OUTBOUND``). Size, time and redirects are bounded, and nothing is unpacked.

Errors name the host only: the rest of an address may be a secret.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpcore
import httpx

from warroom.errors import OutboundError, UsageError

_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_REDIRECTS: Final = 3
_DATAGRAM_BYTES: Final = 2048
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

    def call(self, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer:
        """Ask one address and no other, by POST where there is a form; the answer of whatever status.

        Redirects are not followed: what is sent along may be a secret for this peer.

        Raises:
            OutboundError: as ``get``.
        """
        return self._exchange(url, form, headers, redirects=0)

    def _exchange(
        self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str], *, redirects: int
    ) -> Answer:
        deadline = time.monotonic() + self._seconds
        backend = _Backend(self._allowed, deadline)
        trust = self._trust or _usual_trust()
        with httpcore.ConnectionPool(ssl_context=trust, network_backend=backend) as pool:
            client = httpx.Client(
                transport=_Transport(pool),
                trust_env=False,  # no proxy and no passwords from the environment
                headers={"user-agent": _AGENT, "accept-encoding": "identity"},
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
                        return Answer(answer.status_code, self._body(answer))
                    answer.close()
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
            link.settimeout(_left(deadline))
            try:
                link.connect((str(address), port))  # from now on only this peer's datagrams come in
                link.send(datagram)
                return link.recv(_DATAGRAM_BYTES)
            except OSError as problem:
                raise OutboundError(f"{host}: {type(problem).__name__}: no answer on UDP port {port}") from problem

    def _body(self, answer: httpx.Response) -> bytes:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise OutboundError(f"{answer.url.host} sends a packed answer, though none was asked for")
        body = bytearray()
        for piece in answer.iter_raw():
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
                    str(address), port, _left(self._deadline), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failed = problem
                continue
            peer = ip_address(stream.get_extra_info("server_addr")[0])
            if not is_allowed(peer, self._allowed):
                stream.close()
                raise OutboundError(f"{host} is at {peer}, which may not be reached")
            return _Stream(stream, self._deadline)
        raise failed or OutboundError(f"{host}: no address")


class _Stream(httpcore.NetworkStream):
    """A connection whose every step has only the time that is left: a server that drips does not hold us."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as in connect_tcp
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - likewise
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> typing.Any:  # noqa: ANN401 - what httpcore says
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """Lets httpx speak through our connections."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Pieces(answer))


class _Pieces(httpx.SyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


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
        found = answers.get(timeout=_left(deadline))
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


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole exchange is over")
    return left
