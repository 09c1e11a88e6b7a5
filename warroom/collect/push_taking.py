"""A request's body, taken in within bounds of size, time and memory, and the id that its sender gave it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect, Request

if TYPE_CHECKING:
    from warroom.collect.push_inbox import Budget

#: Most bytes of a body as it is sent.
BODY_BYTES: Final = 16 << 20
#: In this time a body has come; it is one Mbit/s for the largest with some to spare.
BODY_SECONDS: Final = 150.0
#: A small body is read though it is refused: so its sender hears why before the connection ends.
_SMALL_BYTES: Final = 1 << 20
_SMALL_SECONDS: Final = 2.0
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_ID_HEADERS: Final = ("x-delivery-id", "idempotency-key")


class DeliveryError(Exception):
    """A delivery is not taken: the status that says so, and why. ``after`` is when to try again, in seconds."""

    def __init__(self, status: int, reason: str, after: int = 0) -> None:
        super().__init__(reason)
        self.status, self.after = status, after


class Share:
    """What one request holds of a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._size = 0

    def take(self, size: int) -> None:
        """Take so many bytes more. Raises DeliveryError where there is no room: then nothing was taken."""
        if not self._budget.take(size):
            raise busy("too much waits to be stored")
        self._size += size

    def give_back(self) -> None:
        """Give everything back."""
        self._budget.give_back(self._size)
        self._size = 0


def busy(reason: str) -> DeliveryError:
    """Give the refusal of what may be sent again soon."""
    return DeliveryError(503, reason, after=5)


def read_id(headers: Mapping[str, str]) -> str:
    """Read the delivery's id; empty where it has none. Raises DeliveryError for one that is no name."""
    for name in _ID_HEADERS:
        if (found := headers.get(name)) is not None:
            if not _ID.fullmatch(found):
                raise DeliveryError(400, f"{name} is of 1 to 200 printable ASCII characters, without blanks")
            return found
    return ""


async def read_body(request: Request, share: Share) -> bytes:
    """Read the whole body, having made sure that there is room for it.

    Raises:
        DeliveryError: it is too large, too slow, or there is no room.
        ClientDisconnect: its sender went away before its end.
    """
    told = request.headers.get("content-length")
    length = int(told) if told is not None else 0  # h11 has refused what is no number
    if length > BODY_BYTES:
        raise DeliveryError(413, f"a delivery has at most {BODY_BYTES} bytes: send less at once")
    share.take(length)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                if told is None:
                    share.take(len(piece))
                body += piece
                if len(body) > BODY_BYTES:
                    raise DeliveryError(413, f"a delivery has at most {BODY_BYTES} bytes: send less at once")
    except TimeoutError as problem:
        raise DeliveryError(408, "the body did not come in time") from problem
    return bytes(body)


async def drain(request: Request) -> None:
    """Read the rest of a small body that is not wanted; who asks first whether to send it is told not to."""
    told = request.headers.get("content-length", "")
    if not told or int(told) > _SMALL_BYTES or "expect" in request.headers:
        return
    try:
        async with asyncio.timeout(_SMALL_SECONDS):
            async for _ in request.stream():
                pass
    except (TimeoutError, ClientDisconnect, RuntimeError):  # the last: it was read already
        return
