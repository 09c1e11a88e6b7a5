"""Evidence files are given out by a route of our own: to who may export, as an attachment, written down each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from warroom.access.refusals import refusals_recorded
from warroom.console.cookie import session_token
from warroom.console.person import person_of
from warroom.errors import ForbiddenError, NotFoundError, StoreError
from warroom.incidents import evidence

if TYPE_CHECKING:
    from starlette.requests import Request

    from warroom.access.session_policy import SessionPolicy
    from warroom.store.database import State

PATH: Final = "/evidence/{number}"
LONGEST_NUMBER: Final = 18
#: Whatever the bytes are: no browser shows them as a page, runs them or guesses what they are.
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def route(state: State, data_dir: Path, policy: SessionPolicy) -> Route:
    """Give the route; it looks for the session itself, as of this moment."""

    def answer(request: Request) -> Response:
        person = person_of(state, session_token(request), present=True, policy=policy)
        if person is None:
            return PlainTextResponse("401 sign in first\n", 401)
        actor = person.actor
        number = str(request.path_params["number"])
        if not (number.isascii() and number.isdecimal()) or len(number) > LONGEST_NUMBER:
            return PlainTextResponse("404 no such file\n", 404)
        try:
            with refusals_recorded(state, actor):
                told, data = evidence.export(state, data_dir, int(number), actor)
        except ForbiddenError as refusal:
            return PlainTextResponse(f"403 {refusal}\n", 403)
        except NotFoundError:
            return PlainTextResponse("404 no such file\n", 404)
        except StoreError as problem:
            return PlainTextResponse(f"503 {problem}\n", 503)
        disposition = f"attachment; filename=\"evidence-{told.id}\"; filename*=UTF-8''{quote(told.name, safe='')}"
        return Response(
            data, media_type="application/octet-stream", headers=HEADERS | {"content-disposition": disposition}
        )

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return Route(PATH, endpoint, methods=["GET"])
