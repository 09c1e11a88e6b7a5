"""Printed documents are given out by a route of our own: to who prepares reports, as attachments that run nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from warroom.access.refusals import refusals_recorded
from warroom.console.cookie import session_token
from warroom.console.evidence_route import HEADERS, LONGEST_NUMBER
from warroom.console.person import person_of
from warroom.errors import ForbiddenError, NotFoundError, StoreError
from warroom.report.documents import open_printed
from warroom.store.printed import DOCX, PDF

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from warroom.access.session_policy import SessionPolicy
    from warroom.store.database import State

PATH: Final = "/document/{number}/{kind}"
_MEDIA: Final = {"pdf": PDF, "docx": DOCX}


def route(state: State, data_dir: Path, policy: SessionPolicy) -> Route:
    """Give the route; it looks for the session itself, as of this moment."""

    def answer(request: Request) -> Response:
        person = person_of(state, session_token(request), present=True, policy=policy)
        if person is None:
            return PlainTextResponse("401 sign in first\n", 401)
        number, kind = str(request.path_params["number"]), str(request.path_params["kind"])
        if not (number.isascii() and number.isdecimal()) or len(number) > LONGEST_NUMBER or kind not in _MEDIA:
            return PlainTextResponse("404 no such document\n", 404)
        try:
            with refusals_recorded(state, person.actor):
                data = open_printed(state, data_dir, person.actor, int(number), _MEDIA[kind])
        except ForbiddenError as refusal:
            return PlainTextResponse(f"403 {refusal}\n", 403)
        except NotFoundError:
            return PlainTextResponse("404 no such document\n", 404)
        except StoreError as problem:
            return PlainTextResponse(f"503 {problem}\n", 503)
        told = {"content-disposition": f'attachment; filename="document-{int(number)}.{kind}"'}
        return Response(data, media_type=_MEDIA[kind], headers=HEADERS | told)

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return Route(PATH, endpoint, methods=["GET"])
