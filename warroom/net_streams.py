"""HTTP over connections to permitted addresses, whose every step has only the time that is left: for the connector."""

from __future__ import annotations

import ssl
import time
import typing
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final

import httpcore
import httpx

from warroom.errors import OutboundError, Refusal
from warroom.net_addresses import Network, is_allowed, reachable

#: Once a body comes, each stretch of so many seconds brings at least so many bytes.
_STRETCH_SECONDS: Final = 20.0
_STRETCH_BYTES: Final = 20 << 10


class Pace:
    """How long an exchange may last, and how slowly its body may come."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self._stretch_until = float("inf")
        self._came = 0

    def begin(self) -> None:
        """From now on bytes have to come at a least speed."""
        self._stretch_until = time.monotonic() + _STRETCH_SECONDS
        self._came = 0

    def came(self, count: int) -> None:
        """Note that so many bytes came."""
        self._came += count
        if self._came >= _STRETCH_BYTES and self._stretch_until <= time.monotonic():
            self.begin()

    def left(self) -> float:
        """Give the seconds that the next step may take. Raises httpcore.ReadTimeout where there are none."""
        now = time.monotonic()
        if self._came >= _STRETCH_BYTES and self._stretch_until <= now:
            self.begin()
        left = min(self.deadline, self._stretch_until) - now
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def told(self) -> str:
        """Say why there is no time left."""
        if time.monotonic() < self.deadline:
            return f"it sends less than {_STRETCH_BYTES // _STRETCH_SECONDS:.0f} bytes a second"
        return f"not done within {self.seconds:g} seconds"


class Backend(httpcore.NetworkBackend):
    """Opens connections to permitted addresses only, each with the time that is left."""

    def __init__(self, allowed: tuple[Network, ...], pace: Pace) -> None:
        self._allowed, self._pace = allowed, pace
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the time is for the whole exchange
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first permitted address that answers."""
        failed: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in reachable(host, port, self._allowed, self._pace.deadline):
            try:
                stream = self._plain.connect_tcp(str(address), port, self._pace.left(), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failed = problem
                continue
            peer = ip_address(stream.get_extra_info("server_addr")[0])
            if not is_allowed(peer, self._allowed):
                stream.close()
                raise OutboundError(f"{host} is at {peer}, which may not be reached", Refusal.ADDRESS)
            if is_allowed(peer):
                self._allowed = ()  # who is outside does not lead us inside, whatever the operator allows
            return TimedStream(stream, self._pace)
        raise failed or OutboundError(f"{host}: no address", Refusal.NAME)


class TimedStream(httpcore.NetworkStream):
    """A connection whose every step has only the time that is left: a server that drips does not hold us."""

    def __init__(self, stream: httpcore.NetworkStream, pace: Pace) -> None:
        self._stream, self._pace = stream, pace

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as in the backend
        """Read what comes next."""
        data = self._stream.read(max_bytes, self._pace.left())
        self._pace.came(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - likewise
        """Write all of it."""
        self._stream.write(buffer, self._pace.left())

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.NetworkStream:
        """Go on by TLS."""
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._pace.left()), self._pace)

    def get_extra_info(self, info: str) -> typing.Any:  # noqa: ANN401 - what httpcore says
        """Tell of the connection."""
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """Lets httpx speak through our connections: ``direct``, or by a proxy to the hosts that it serves."""

    def __init__(
        self,
        direct: httpcore.ConnectionPool,
        proxied: httpcore.ConnectionPool | None,
        serves: typing.Callable[[str], bool],
    ) -> None:
        self._direct, self._proxied, self._serves = direct, proxied, serves

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and give the answer before its body has come."""
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        pool = self._proxied if self._proxied is not None and self._serves(url.host) else self._direct
        answer = pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Pieces(answer))


class _Pieces(httpx.SyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
