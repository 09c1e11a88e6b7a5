"""The cookie that holds a session's token: one name behind TLS, which no other host can set, and one without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom import access

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

#: Without TLS, on this machine.
COOKIE: Final = "warroom_session"
#: Behind TLS: browsers take this prefix from this very host over TLS only, for all of its paths and no other host, so
#: that no neighbouring name and nobody on the way can plant one (RFC 6265bis, section 4.1.3.2).
SECURE_COOKIE: Final = "__Host-warroom_session"


def cookie_name(request: HTTPConnection) -> str:
    """Give the name that counts for a request; the other one is not looked at."""
    return SECURE_COOKIE if _is_secure(request) else COOKIE


def session_token(request: HTTPConnection) -> str:
    """Give what a request brings as its session's token; empty where it brings none."""
    return request.cookies.get(cookie_name(request), "")


def set_session(answer: Response, request: HTTPConnection, token: str) -> None:
    """Let the browser keep a session's token."""
    answer.set_cookie(
        cookie_name(request),
        token,
        max_age=access.ABSOLUTE_HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=_is_secure(request),
    )


def forget_session(answer: Response, request: HTTPConnection) -> None:
    """Let the browser forget it."""
    answer.delete_cookie(cookie_name(request), httponly=True, samesite="strict", secure=_is_secure(request))


def _is_secure(request: HTTPConnection) -> bool:
    return request.url.scheme in {"https", "wss"}
