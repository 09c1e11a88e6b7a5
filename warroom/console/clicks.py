"""A click is carried out once: what a part's timer sends does not carry it, too.

Streamlit's page keeps a click for a moment (``setTimeout``) before it sends it with the state of all widgets. A part
that renews itself (``run_every``) sends that state as well; where its timer fires within that moment, the click is in
both messages, its callback runs twice, and what it does is done twice. The click's own message always follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The values of a widget that mean "now", not "is": streamlit/proto/WidgetStates.proto.
_TRIGGERS: Final = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})


class ClicksOnce:
    """ASGI middleware: takes clicks out of what timers send over a WebSocket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return

        async def receive_once() -> Message:
            message = await receive()
            data = message.get("bytes")
            return {**message, "bytes": without_clicks(data)} if data else message

        await self._app(scope, receive_once, send)


def without_clicks(data: bytes) -> bytes:
    """Give a page's message (a serialised ``BackMsg``) without clicks where a timer sent it, else as it came."""
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return data  # Streamlit's to refuse
    if not message.rerun_script.is_auto_rerun:
        return data
    widgets = message.rerun_script.widget_states.widgets
    kept = [one for one in widgets if one.WhichOneof("value") not in _TRIGGERS]
    if len(kept) == len(widgets):
        return data
    del widgets[:]
    widgets.extend(kept)
    return bytes(message.SerializeToString())
