"""Where a request comes from and whom it believes to reach."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

# A name or an address in brackets, and a port: nothing that parsers could read in two ways.
_HOST: Final = re.compile(r"(?P<name>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def own_names(host: str, further: str = "") -> frozenset[str]:
    """Give the names under which the console may be called.

    Args:
        host: the one it listens on; this machine's own and ``localhost`` are always among them.
        further: what people call it by behind a reverse proxy, separated by commas.
    """
    named = {"localhost", host, socket.gethostname(), socket.getfqdn(), *further.split(",")}
    return frozenset(name.strip().rstrip(".").lower() for name in named) - {""}


def is_host_allowed(host: str | None, allowed: frozenset[str]) -> bool:
    """Whether a Host header names us: an address, or one of our names.

    DNS rebinding needs a name, so plain addresses are safe.
    """
    read = _HOST.fullmatch(host or "")
    if read is None:
        return False
    name = read["name"].lower()
    if name.rstrip(".") in allowed:
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def is_same_origin(request: HTTPConnection) -> bool:
    """Whether a request comes from our own page: a browser always sends Origin on WebSockets and posts.

    Behind TLS a page that came without it is not ours, even from the same name: anybody on the way can have made it.
    """
    origin = request.headers.get("origin", "")
    if request.url.scheme in {"https", "wss"} and not origin.startswith("https://"):
        return False
    return origin.partition("://")[2] == request.headers.get("host")


def comes_from_elsewhere(request: HTTPConnection) -> bool:
    """Whether a request says that another page than ours sent it."""
    return "origin" in request.headers and not is_same_origin(request)
