"""What goes wrong outside, told in one line, without anything of an address but its host."""

from __future__ import annotations

import ssl
from typing import Final

import h11
import httpcore
import httpx

from warroom.errors import OutboundError, Refusal
from warroom.net_streams import Pace

_LARGE_HEADERS: Final = 431
#: What the libraries raise when something goes wrong outside.
FAILURES: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
    OSError,
)


def refused(url: str, problem: Exception, pace: Pace) -> OutboundError:
    """Say what went wrong outside, without anything of the address but its host."""
    kind = type(problem).__name__
    cause = problem.args[0] if problem.args else None  # httpcore keeps there what it translates
    why, reason = Refusal.UNREACHABLE, f"{kind}: {_printable(str(problem)[:200])}"
    if isinstance(problem, httpcore.TimeoutException):
        why, reason = Refusal.TIME, f"{kind}: {pace.told()}"
    elif isinstance(problem, httpx.RemoteProtocolError):  # the only one of httpx's own: where a redirect leads
        why, reason = Refusal.REDIRECT, "it leads to what is no address"
    elif isinstance(problem, (httpx.HTTPError, httpx.InvalidURL, httpcore.UnsupportedProtocol)):
        why, reason = Refusal.SCHEME, f"{kind}: write http:// or https:// and a host"
    elif isinstance(problem, httpcore.ProxyError):
        why, reason = Refusal.PROXY, f"the proxy does not let us through: {str(problem)[:100]!r}"
    elif isinstance(cause, h11.RemoteProtocolError) and cause.error_status_hint == _LARGE_HEADERS:
        why, reason = Refusal.TOO_LARGE, "it sends headers without end"
    elif isinstance(problem, httpcore.ProtocolError):
        why = Refusal.PROTOCOL
    elif isinstance(problem, ssl.SSLError) or isinstance(cause, ssl.SSLError):
        why = Refusal.TLS
    return OutboundError(f"{host_of(url)}: {reason}", why)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def host_of(url: str) -> str:
    """Give the host of an address; what else stands in it may be a secret."""
    try:
        return httpx.URL(url).host or "no host"
    except httpx.InvalidURL:
        return "an address that is none"
