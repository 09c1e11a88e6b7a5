"""Where a request comes from and whom it believes to reach."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


def own_names(host: str) -> frozenset[str]:
    """Give the names under which the console may be called: this machine's and the one it listens on."""
    return frozenset({"localhost", host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()})


def is_host_allowed(host: str | None, allowed: frozenset[str]) -> bool:
    """Whether a Host header names us: an address, or one of our names.

    DNS rebinding needs a name, so plain addresses are safe.
    """
    try:
        name = urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return False
    if not name:
        return False
    if name.rstrip(".") in allowed:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_same_origin(request: HTTPConnection) -> bool:
    """Whether a request comes from our own page: a browser always sends Origin on WebSockets and posts."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
