"""What the receiver answers: 2xx only when what was sent is committed, and otherwise why not, and whether to try again.

Who may not deliver hears nothing but that. Before a body is read it is known that there is room for it.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, NoReturn

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from warroom.collect.otlp_values import Told
from warroom.collect.push_access import Shown, WrongTries, shown
from warroom.collect.push_bodies import Records
from warroom.collect.push_dialects import DIALECTS, LINES, OTLP_TYPES, Dialect
from warroom.collect.push_inbox import Delivery
from warroom.collect.push_taking import DeliveryError, Share, busy, drain, read_body, read_id
from warroom.collect.unpacking import PackedError, unpack
from warroom.errors import WarroomError

if TYPE_CHECKING:
    from warroom.collect.receiver import Desk, Receiver

#: How long a sender is kept waiting for the commit; then what nobody has begun to commit is given back to it.
COMMIT_SECONDS: Final = 25.0
#: Bodies that are unpacked and cut into records at once: parsing and matching need the processor, too.
_AT_ONCE: Final = 2
#: Most bytes that a body may unpack to.
UNPACKED_BYTES: Final = 32 << 20
_REFUSED: Final = 401

log = structlog.get_logger()


def routes(receiver: Receiver, tries: WrongTries) -> Starlette:
    """Give the application of a receiver."""
    counter = _Counter(receiver, tries)
    return Starlette(
        routes=[
            Route("/v1/feeds/{feed_id}", counter.of(LINES), methods=["POST"]),
            Route("/v1/logs", counter.export, methods=["POST"]),
            *(Route(path, counter.of(dialect), methods=["POST"]) for path, dialect in DIALECTS.items()),
            Route("/services/collector/health", _healthy, methods=["GET"]),
            Route("/services/collector/health/1.0", _healthy, methods=["GET"]),
        ]
    )


async def _healthy(_request: Request) -> Response:
    return Response(b'{"text":"HEC is healthy","code":17}', media_type="application/json")


class _Counter:
    """Takes deliveries in, whatever their dialect."""

    def __init__(self, receiver: Receiver, tries: WrongTries) -> None:
        self._receiver, self._tries = receiver, tries
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    def of(self, dialect: Dialect) -> Callable[[Request], Awaitable[Response]]:
        """Give what answers in a dialect."""

        async def answer(request: Request) -> Response:
            try:
                kept, told = await self._delivered(request, dialect)
            except DeliveryError as problem:
                await drain(request)
                return _refusal(problem, dialect)
            except ClientDisconnect:  # in the middle of a body: nothing was taken, and nobody is there to hear it
                return Response(status_code=400)
            except Exception as problem:  # noqa: BLE001 — whatever fails here, what was sent must not be thrown away
                last = traceback.extract_tb(problem.__traceback__)[-1]  # its text could hold a log line's bytes
                log.error("delivery failed", kind=type(problem).__name__, place=f"{last.filename}:{last.lineno}")
                return _refusal(busy("this could not be taken"), dialect)
            return Response(dialect.taken(kept, told), media_type=dialect.content_type)

        return answer

    async def export(self, request: Request) -> Response:
        """Answer OTLP, in protobuf or JSON as it was asked."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if (dialect := OTLP_TYPES.get(kind)) is None:
            return PlainTextResponse(f"Content-Type is {' or '.join(OTLP_TYPES)}\n", 415, {"connection": "close"})
        return await self.of(dialect)(request)

    async def _delivered(self, request: Request, dialect: Dialect) -> tuple[int, Told]:
        """Take a delivery in and wait for its commit: how many records were kept, and what of the others is told."""
        peer = request.client.host if request.client else "?"
        what = shown(request.headers, request.state.names)
        desk = self._desk(request, what, peer)
        delivery_id = read_id(request.headers)
        share = Share(desk.budget)
        try:
            body = await read_body(request, share)
            if not desk.access.is_signed(what, delivery_id, body):
                self._refuse(peer, desk)
            # a signature is a name, too: who sends the same again, under another id, adds nothing
            signature = f"signature {what.signature.lower()}" if desk.access.signs else ""
            names = tuple(name for name in (delivery_id, signature) if name)
            outcome: Future[bool] = Future()
            first = desk.inbox.claim(names, outcome)
            if first is not outcome:  # the same is on its way
                if not await _settled(first):
                    raise busy("the same delivery was sent before, and has not been stored yet")
                return 0, Told()
            try:
                if names:
                    before = await run_in_threadpool(desk.delivered, desk.feed_id, frozenset(names))
                    if before:
                        return 0, Told()
                async with self._at_once:
                    records, told = await run_in_threadpool(_read, request, dialect, desk, body, share)
                del body
                delivery = Delivery(peer, names, records.lines, records.rejects, outcome)
                if len(records):
                    await _committed(desk, delivery)
            finally:
                desk.inbox.release(names, outcome)
            return len(records.lines), told
        except WarroomError as problem:  # the store is not to be asked now
            raise busy("the store is busy") from problem
        finally:
            share.give_back()

    def _desk(self, request: Request, what: Shown, peer: str) -> Desk:
        """Give the desk of the feed that a request is for, which its sender may deliver to."""
        named = request.path_params.get("feed_id") or request.headers.get("x-feed")
        if named is not None:
            desk = self._receiver.desk(named)
        else:
            found = self._receiver.desks_of(what.token)
            if len(found) > 1:
                raise DeliveryError(400, "several feeds have this token: name one in the header X-Feed")
            desk = found[0] if found else None
        if desk is None and self._receiver.is_settling:
            raise busy("not all feeds are open yet")
        if desk is None or not desk.access.opens(what):
            self._refuse(peer, desk)
        if not desk.users:
            raise busy("the feed is closed")
        return desk

    def _refuse(self, peer: str, desk: Desk | None) -> NoReturn:
        if desk is not None:
            desk.refuse(peer)
        if self._tries.is_over(peer):
            raise DeliveryError(429, "too many wrong tries", after=60)
        raise DeliveryError(_REFUSED, "not allowed")


def _read(request: Request, dialect: Dialect, desk: Desk, body: bytes, share: Share) -> tuple[Records, Told]:
    """Unpack a body and cut it into records: work for a thread."""
    try:
        plain = unpack(body, request.headers.get("content-encoding", ""), UNPACKED_BYTES)
    except PackedError as problem:
        raise DeliveryError(413 if problem.too_large else 400, str(problem)) from problem
    share.take(len(plain))
    return dialect.read(plain, request.headers.get("content-type", ""), desk.shape)


async def _committed(desk: Desk, delivery: Delivery) -> None:
    """Hand a delivery over and wait until it is committed. Raises DeliveryError where it will not be."""
    if not desk.inbox.put(delivery):
        raise busy("the feed is being changed")
    if not await _settled(delivery.outcome):
        if desk.inbox.withdraw(delivery):
            raise busy("nothing can be stored now")
        # it is being committed: only that says what becomes of it
        if not await asyncio.wrap_future(delivery.outcome):
            raise busy("nothing could be stored")


async def _settled(outcome: Future[bool]) -> bool:
    """Wait for an outcome, within bounds; whether it came, and is good."""
    done, _ = await asyncio.wait({asyncio.wrap_future(outcome)}, timeout=COMMIT_SECONDS)
    return any(one.result() for one in done)


def _refusal(problem: DeliveryError, dialect: Dialect) -> Response:
    # the connection ends: what was not read of the body would be taken for the next request
    headers = {"connection": "close"}
    if problem.after:
        headers["retry-after"] = str(problem.after)
    if problem.status == _REFUSED:
        headers["www-authenticate"] = "Bearer"
    body = dialect.failed(problem.status, str(problem))
    return Response(body, problem.status, headers, dialect.content_type)
