"""What one sender may take of the receiver: so many connections, so long for the head of a request."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Connections at once: below the 1,024 files that a process may have open by default.
MOST_CONNECTIONS: Final = 512
#: A head that has not come in one to two of these spans does not come.
HEAD_SECONDS: Final = 10.0


class DeliveryProtocol(H11Protocol):
    """HTTP/1.1 whose patience ends, and that says by which names a sender's certificate knows it."""

    _looking: asyncio.TimerHandle | None = None
    _before: tuple[object, object] = (None, None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take a connection, or drop it at once."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        link = transport.get_extra_info("ssl_object")
        self.app_state = {**self.app_state, "names": frozenset() if link is None else _names(link)}
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """End a connection on which a head has been on its way since the last look; bodies have their own time."""
        if self.transport.is_closing():
            return
        begun = self.conn.their_state is h11.IDLE and (self.cycle is None or bool(self.conn.trailing_data[0]))
        now = (self.cycle, begun)
        if begun and now == self._before:
            self.transport.abort()
            return
        self._before = now
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)


def _names(link: ssl.SSLObject) -> frozenset[str]:
    """Give the names in a certificate that was checked: its subject's common names, its DNS names and its URIs."""
    told: dict[str, Any] = dict(link.getpeercert() or {})
    common = [value for part in told.get("subject", ()) for name, value in part if name == "commonName"]
    others = [value for kind, value in told.get("subjectAltName", ()) if kind in {"DNS", "URI"}]
    return frozenset(str(name) for name in (*common, *others))
