"""The HTTP receiver of a process: one server in a thread of its own, for all feeds that are delivered by HTTP."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

import uvicorn

from warroom.collect.push_access import Access, WrongTries
from warroom.collect.push_bodies import Shape
from warroom.collect.push_inbox import Budget, Inbox
from warroom.collect.push_protocol import DeliveryProtocol
from warroom.collect.push_routes import routes
from warroom.errors import UsageError

#: Bytes of deliveries that are held at once, for one feed and for all.
FEED_BYTES: Final = 64 << 20
ALL_BYTES: Final = 192 << 20
_HEADER_BYTES: Final = 16 << 10
_IDLE_SECONDS: Final = 30
_DRAIN_SECONDS: Final = 3
_START_SECONDS: Final = 10
_TOLD_SECONDS: Final = 60.0
#: After a start feeds open one by one, and before an end they close so. For so long who is not known is told to come
#: again: senders throw away what is refused to them for good.
SETTLING_SECONDS: Final = 120.0
_PORTS: Final = 65_536


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the receiver listens, and the PEM files by which it proves who it is and judges who its senders are."""

    address: str
    certificate: str | None = None
    key: str | None = None
    clients: str | None = None


@dataclass(slots=True, eq=False)
class Desk:
    """What the receiver knows of one feed: who may deliver, what comes in, and how it is read."""

    feed_id: str
    access: Access
    shape: Shape
    delivered: Callable[[str, Collection[str]], frozenset[str]]
    inbox: Inbox
    budget: Budget
    users: int = 0
    left_at: float = 0.0  # by the last one
    refused: dict[str, tuple[int, float]] = field(default_factory=dict)

    def refuse(self, peer: str) -> None:
        """Note that somebody may not deliver here."""
        count, _ = self.refused.get(peer, (0, 0.0))
        if len(self.refused) < 100 or peer in self.refused:  # noqa: PLR2004 - as many as anybody would look at
            self.refused[peer] = (count + 1, time.monotonic())

    def troubles(self) -> list[str]:
        """Say who was refused within the last minute."""
        now = time.monotonic()
        old = [peer for peer, (_, at) in list(self.refused.items()) if now - at > _TOLD_SECONDS]
        for peer in old:
            self.refused.pop(peer, None)
        if not self.refused:
            return []
        peers = ", ".join(sorted(self.refused)[:5])
        count = sum(count for count, _ in self.refused.values())
        return [
            f"{count} deliveries from {peers} were refused: their token, signature or certificate is not this feed's"
        ]


class Receiver:
    """A door: listens from when it is made until it is closed.

    Raises UsageError where the address cannot be listened at, or a certificate cannot be read.
    """

    def __init__(self, where: Listening) -> None:
        self._lock = threading.Lock()
        self._desks: dict[str, Desk] = {}
        self._budget = Budget(ALL_BYTES)
        self.opened_at = time.monotonic()
        link = _bound(where.address)
        self.port: int = link.getsockname()[1]
        try:
            tls = _tls(where)
        except UsageError:
            link.close()
            raise
        self._server = uvicorn.Server(
            uvicorn.Config(
                routes(self, WrongTries()),
                http=DeliveryProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=_HEADER_BYTES,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
                ssl_context_factory=None if tls is None else lambda _config, _make: tls,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([link],), name="receiver", daemon=True)
        self._thread.start()
        until = time.monotonic() + _START_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)

    def enter(
        self, feed_id: str, access: Access, shape: Shape, delivered: Callable[[str, Collection[str]], frozenset[str]]
    ) -> Desk:
        """Open the desk of a feed; where there is one, what has come in stays there."""
        with self._lock:
            desk = self._desks.get(feed_id)
            if desk is None or not desk.users:
                budget = Budget(FEED_BYTES, self._budget)
                desk = self._desks[feed_id] = Desk(feed_id, access, shape, delivered, Inbox(), budget)
            desk.access, desk.shape, desk.delivered = access, shape, delivered
            desk.users += 1
            return desk

    def leave(self, desk: Desk) -> None:
        """Close the desk of a feed when the last one leaves it: its senders are told to come again."""
        with self._lock:
            desk.users -= 1
            if desk.users:
                return
            desk.left_at = time.monotonic()
        desk.inbox.close()

    @property
    def is_settling(self) -> bool:
        """Whether feeds may be on their way that have no desk yet."""
        return time.monotonic() - self.opened_at < SETTLING_SECONDS

    def desk(self, feed_id: str) -> Desk | None:
        """Give the desk of a feed, also one that was closed just now."""
        with self._lock:
            self._forget_closed()
            return self._desks.get(feed_id)

    def desks_of(self, token: bytes) -> list[Desk]:
        """Give the desks of the feeds that have a token: the open ones, or else those closed just now."""
        with self._lock:
            self._forget_closed()
            found = [desk for desk in self._desks.values() if desk.access.has_token(token)]
        return [desk for desk in found if desk.users] or found

    def _forget_closed(self) -> None:
        now = time.monotonic()
        for desk in list(self._desks.values()):
            if not desk.users and now - desk.left_at >= SETTLING_SECONDS:
                del self._desks[desk.feed_id]

    def close(self) -> None:
        """Stop listening; who waits hears that nothing was taken."""
        with self._lock:
            desks = list(self._desks.values())
        for desk in desks:
            desk.inbox.close()
        self._server.should_exit = True
        self._thread.join(_DRAIN_SECONDS + 2)


def _bound(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) >= _PORTS:
        raise UsageError(f"WARROOM_RECEIVER is `{address}`: write host:port, such as 0.0.0.0:8514")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        link = socket.create_server(found[0][4][:2], family=found[0][0], backlog=512)
    except OSError as problem:
        raise UsageError(f"WARROOM_RECEIVER: {address} cannot be listened at: {problem.strerror}") from problem
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an answer's body must not wait for its head's ACK
    return link


def _tls(where: Listening) -> ssl.SSLContext | None:
    if where.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(where.certificate, where.key)
        if where.clients is not None:
            context.load_verify_locations(where.clients)
            context.verify_mode = ssl.CERT_OPTIONAL  # the feeds that name clients ask for one
    except (OSError, ssl.SSLError) as problem:
        reason = getattr(problem, "strerror", "") or type(problem).__name__
        raise UsageError(
            f"WARROOM_RECEIVER_CERTIFICATE, _KEY or _CLIENTS cannot be read: {reason}: give paths of PEM files"
        ) from problem
    return context
