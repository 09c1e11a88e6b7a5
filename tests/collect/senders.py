"""Senders of syslog, for tests: free ports, plain sockets, and what to wait for."""

from __future__ import annotations

import socket
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collect.keeping import Keeper

from warroom.collect.collector import Finishing

WAIT_SECONDS = 30.0
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how many datagrams it dropped")
#: Opens a feed of syslog: see the fixture ``opened``.
Opening = Callable[..., Keeper]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object], what: str = "it") -> None:
    """Wait for something to become true."""
    until = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < until, f"{what} did not happen"
        time.sleep(0.02)


def poll_until(keepers: Keeper | Sequence[Keeper], true: Callable[[], object], what: str = "it") -> None:
    """Poll until something becomes true."""

    def look() -> object:
        for keeper in [keepers] if isinstance(keepers, Keeper) else keepers:
            keeper.poll()
        return true()

    wait_until(look, what)


def connect(port: int) -> socket.socket:
    """A connection to a port of 127.0.0.1."""
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)


def connect_tls(port: int, ca: Path, own: Path | None = None) -> ssl.SSLSocket:
    """A TLS connection that shows a certificate, or none."""
    context = ssl.create_default_context(cafile=str(ca))
    if own is not None:
        context.load_cert_chain(own)
    return context.wrap_socket(connect(port), server_hostname="127.0.0.1")


def gone(link: socket.socket) -> bool:
    """Whether the other side has ended a connection."""
    link.settimeout(WAIT_SECONDS)
    try:
        return link.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def finish(keeper: Keeper) -> None:
    """Let the collector take nothing new, as when the worker stops."""
    assert isinstance(keeper.collector, Finishing)
    keeper.collector.finish()


def there(keeper: Keeper) -> int:
    """How many records a pass would give first."""
    return next((chunk.received for chunk in keeper.collector.poll(datetime.now(UTC))), 0)
