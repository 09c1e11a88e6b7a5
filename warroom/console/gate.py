"""The gate before Streamlit: without a session there is only the sign-in page.

It stands outside everything else, WebSockets included: Streamlit would accept one without an Origin header, and its
XSRF protection does not cover them.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from warroom import access
from warroom.access.session_policy import STANDARD
from warroom.console import drills, entrance
from warroom.console.cookie import cookie_name, session_token
from warroom.console.entrance import PASSWORD_PATH, SIGNIN_PATH
from warroom.console.oidc_routes import CALLBACK_PATH, NOTICE_PATH, START_PATH
from warroom.console.origin import comes_from_elsewhere, is_host_allowed, is_same_origin
from warroom.console.signin import SIGNOUT_PATH, signin_page

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from warroom.access.session_policy import SessionPolicy
    from warroom.console.signin import Elsewhere
    from warroom.store.database import State

#: Set by the gate on what it lets through: behind it the scripts insist on a session, in the cookie that this names.
GATED_HEADER: Final = "x-warroom-gated"
#: WebSocket close code of a session that ended (4000 to 4999 are for applications).
SESSION_ENDED: Final = 4401

#: How long an answer of the session table is believed, and how often an open WebSocket is checked.
_FRESH_SECONDS: Final = 1.0
_WATCH_SECONDS: Final = 2.0
_REMEMBERED: Final = 10_000
_OPEN: Final = {
    "/healthz": frozenset({"GET", "HEAD"}),
    SIGNIN_PATH: frozenset({"GET", "HEAD", "POST"}),
    SIGNOUT_PATH: frozenset({"POST"}),  # a GET would fall through to Streamlit
    PASSWORD_PATH: frozenset({"POST"}),  # looks for the session itself
    START_PATH: frozenset({"GET"}),
    CALLBACK_PATH: frozenset({"GET"}),
    NOTICE_PATH: frozenset({"POST"}),  # from the provider's server, signed
}


#: Asked by machines with an API token, which the route itself looks at.
_BY_TOKEN: Final = frozenset({"/metrics"})


class _Standing(Enum):
    """What a cookie is worth."""

    NOBODY = auto()
    MUST_CHANGE = auto()  # signed in by a password that somebody else chose
    INSIDE = auto()


class Gate:
    """ASGI middleware: lets through who has a session, shows everybody else the sign-in page."""

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        hosts: frozenset[str],
        *,
        drill: bool = False,
        elsewhere: Elsewhere | None = None,
        policy: SessionPolicy = STANDARD,
    ) -> None:
        self._app = app
        self._state = state
        self._hosts = hosts
        self._drill = drill
        self._elsewhere = elsewhere
        self._policy = policy
        # By fingerprint: what a cookie holds is the sender's choice, up to a header's length.
        self._known: dict[bytes, tuple[float, _Standing]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        if not is_host_allowed(request.headers.get("host"), self._hosts):
            await _refuse(scope, receive, send, 421, "unknown host name")
            return
        if scope["type"] == "http" and _needs_no_session(scope, request):
            await self._app(scope, receive, send)
            return
        token = session_token(request)
        # A page is looked up anew: who has just signed out shall not see the next one.
        standing = await self._standing(token, anew=scope["path"] == "/")
        if standing is not _Standing.INSIDE:
            if scope["type"] == "http" and scope["path"] == "/" and scope["method"] in {"GET", "HEAD"}:
                answer = await run_in_threadpool(self._door, request, standing)
                await answer(scope, receive, send)
                return
            await _refuse(scope, receive, send, 401, "sign in first")
            return
        if comes_from_elsewhere(request) or (scope["type"] == "websocket" and not is_same_origin(request)):
            await _refuse(scope, receive, send, 403, "wrong origin")
            return
        MutableHeaders(scope=scope)[GATED_HEADER] = cookie_name(request)
        if scope["type"] == "websocket":
            await self._watched(token, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _door(self, request: HTTPConnection, standing: _Standing) -> Response:
        """Give the page before the gate; reads the store."""
        drill = drills.is_drill(self._state, declared=self._drill)
        if standing is _Standing.MUST_CHANGE:
            return entrance.page(entrance.change(), HTTPStatus.OK, drill=drill)
        return signin_page(request, self._state, drill=drill, elsewhere=self._elsewhere)

    async def _standing(self, token: str, *, anew: bool = False) -> _Standing:
        if not token:
            return _Standing.NOBODY
        key = access.fingerprint(token)
        seen = self._known.get(key)
        if not anew and seen is not None and time.monotonic() - seen[0] < _FRESH_SECONDS:
            return seen[1]
        now = datetime.now(UTC)
        session = await run_in_threadpool(access.find_session, self._state, token, now, policy=self._policy)
        if session is None:
            standing = _Standing.NOBODY
        else:
            standing = _Standing.MUST_CHANGE if session.must_change_password else _Standing.INSIDE
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = (time.monotonic(), standing)
        return standing

    async def _watched(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a WebSocket until it ends by itself or its session does."""
        ended = asyncio.Event()

        async def watch() -> None:
            while True:
                await asyncio.sleep(_WATCH_SECONDS)
                if await self._standing(token) is not _Standing.INSIDE:
                    break
            ended.set()
            await send({"type": "websocket.close", "code": SESSION_ENDED, "reason": "session ended"})

        async def receive_until_ended() -> Message:
            if ended.is_set():
                return {"type": "websocket.disconnect", "code": SESSION_ENDED}
            incoming = asyncio.ensure_future(receive())
            over = asyncio.ensure_future(ended.wait())
            done, waiting = await asyncio.wait({incoming, over}, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            return incoming.result() if incoming in done else {"type": "websocket.disconnect", "code": SESSION_ENDED}

        async def send_until_ended(message: Message) -> None:
            if not ended.is_set():
                await send(message)

        watcher = asyncio.ensure_future(watch())
        try:
            await self._app(scope, receive_until_ended, send_until_ended)
        finally:
            watcher.cancel()


def _needs_no_session(scope: Scope, request: HTTPConnection) -> bool:
    """Whether a route looks for itself who asks."""
    by_token = scope["path"] in _BY_TOKEN and "authorization" in request.headers
    return by_token or scope["method"] in _OPEN.get(scope["path"], ())


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 4000 + status, "reason": reason})
        return
    # On a WebSocket, starlette sends this as the denial of the handshake.
    await PlainTextResponse(f"{status} {reason}\n", status_code=status)(scope, receive, send)
