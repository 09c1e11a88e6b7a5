"""What one caller may take of the console: so many connections, so long for a request, so large a body.

uvicorn has no time limit for a request that arrives byte by byte, and Starlette none for a body's size.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import h11
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from uvicorn._types import HTTPScope

#: Bytes: the largest of our own forms is 8 KiB.
BODY_LIMIT: Final = 65_536
#: Where Streamlit takes files, which have to come with a session (the gate) and in this time; its own limit is
#: ``server.maxUploadSize``, and what frames the file in the body is beside it.
UPLOADS: Final = "/_stcore/upload_file/"
UPLOAD_LIMIT: Final = (25 << 20) + 65_536
#: Connections at once, WebSockets among them: below the 1,024 files that a process may have open by default.
MOST_CONNECTIONS: Final = 768
#: How long a request may take to arrive.
REQUEST_SECONDS: Final = 15

#: How long a file may take that somebody with a session uploads: 25 MB over a line of 1 Mbit/s.
UPLOAD_SECONDS: Final = 240

_LOOK_SECONDS: Final = 3
_LOOKS: Final = REQUEST_SECONDS // _LOOK_SECONDS
_UPLOAD_LOOKS: Final = UPLOAD_SECONDS // _LOOK_SECONDS


class BodyLimit:
    """ASGI middleware: refuses large bodies; who goes away in the middle of one is no fault of ours to log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on whose body is small."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = UPLOAD_LIMIT if is_upload(scope) else BODY_LIMIT
        if _told_length(scope) > limit:
            await _refuse(scope, receive, send)
            return
        taken, answered = 0, False

        async def receive_little() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLargeError
            return message

        async def send_noting(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive_little, send_noting)
        except _TooLargeError:
            if not answered:
                await _refuse(scope, receive, send)
        except ClientDisconnect:
            return


class PatientProtocol(H11Protocol):
    """HTTP/1.1 whose patience ends: with too many connections, and with a request that does not arrive."""

    _looking: asyncio.TimerHandle | None = None
    _looks = 0
    _last: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take a connection, or drop it at once."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # it is a WebSocket by now
            return
        arriving = self.conn.their_state in {h11.IDLE, h11.SEND_BODY} and self.cycle is self._last
        self._looks = self._looks + 1 if arriving else 0
        self._last = self.cycle
        # Who is refused has been answered by now: that ends the patience with the rest of the body.
        uploading = arriving and self._is_upload()
        if self._looks >= (_UPLOAD_LOOKS if uploading else _LOOKS):
            self.transport.abort()
            return
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)

    def _is_upload(self) -> bool:
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and is_upload(cycle.scope)


class _TooLargeError(Exception):
    """The body is larger than we read."""


def is_upload(scope: Scope | HTTPScope) -> bool:
    """Whether a request brings a file."""
    return bool(scope["method"] == "PUT" and scope["path"].startswith(UPLOADS))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    # The connection ends: what was not read would be taken for the next request.
    await PlainTextResponse("413 too large\n", status_code=413, headers={"connection": "close"})(scope, receive, send)


def _told_length(scope: Scope) -> int:
    """Give the length that a request says its body has; h11 has refused what is no number."""
    return max((int(value) for name, value in scope["headers"] if name == b"content-length"), default=0)
