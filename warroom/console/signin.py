"""Signing in by a one-time link, and out again: plain pages, before Streamlit and without script.

A link opens a page with a button; only the button burns the link, so previews in chats and mail scanners do not.
"""

from __future__ import annotations

import base64
import re
import time
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from warroom import access
from warroom.console import drills
from warroom.console.markup import Markup, join, tag
from warroom.console.origin import is_same_origin
from warroom.console.texts import words
from warroom.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import HTTPConnection, Request
    from starlette.routing import BaseRoute

    from warroom.store.database import State

COOKIE: Final = "warroom_session"
SIGNIN_PATH: Final = "/signin"
SIGNOUT_PATH: Final = "/signout"

_FORM_LIMIT: Final = 4096
#: What an address may ask the console for, and how it is written.
_ASKED: Final = {"incident": re.compile(r"[0-9]{1,18}"), "wall": re.compile("1")}
# Stricter than the console's: these pages run no script at all.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STYLE: Final = Path(__file__).parent / "signin.css"
_FONTS: Final = {"thai": "U+0E01-0E5B, U+200C-200D, U+25CC", "latin": "U+0000-00FF, U+2000-206F, U+2190-21FF"}


def routes(state: State, *, drill: bool = False) -> list[BaseRoute]:
    """Give the routes of signing in and out; ``drill``: the store is declared one."""
    limit = access.AttemptLimit()

    def is_drill() -> bool:
        return drills.is_drill(state, declared=drill)

    def signin(request: Request) -> Response:
        return signin_page(request, drill=is_drill())

    async def refused(status: HTTPStatus) -> Response:
        key = "signin.refused" if status is HTTPStatus.UNAUTHORIZED else "signin.too_many"
        return _page(_message(key), status, drill=await run_in_threadpool(is_drill))

    async def enter(request: Request) -> Response:
        if not is_same_origin(request):
            return PlainTextResponse("403 wrong origin\n", status_code=HTTPStatus.FORBIDDEN)
        async with request.form(max_files=0, max_fields=8, max_part_size=_FORM_LIMIT) as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        link, now = given.get("token", ""), datetime.now(UTC)
        token = None
        if await run_in_threadpool(access.opens, state, link, now):
            name, language = given.get("name", ""), given.get("language", "")
            token = await run_in_threadpool(access.sign_in, state, link, name=name, language=language, now=now)
        if token is None:
            allowed = limit.allow(request.client.host if request.client else "", time.monotonic())
            return await (refused(HTTPStatus.UNAUTHORIZED) if allowed else refused(HTTPStatus.TOO_MANY_REQUESTS))
        # Who signs in anew leaves no older session of this browser behind.
        await run_in_threadpool(access.sign_out, state, request.cookies.get(COOKIE, ""), now)
        answer = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=access.ABSOLUTE_HOURS * 3600,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def leave(request: Request) -> Response:
        if not is_same_origin(request):
            return PlainTextResponse("403 wrong origin\n", status_code=HTTPStatus.FORBIDDEN)
        await run_in_threadpool(access.sign_out, state, request.cookies.get(COOKIE, ""), datetime.now(UTC))
        answer = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [
        Route(SIGNIN_PATH, signin, methods=["GET"]),
        Route(SIGNIN_PATH, enter, methods=["POST"]),
        Route(SIGNOUT_PATH, leave, methods=["POST"]),
    ]


def signin_page(request: HTTPConnection, *, drill: bool) -> Response:
    """Give the page for who has no session: with a link's token a button, without one where to find the link."""
    token = request.query_params.get("token", "")
    content = _form(token) if token else _message("signin.where", address_of(request.query_params))
    return _page(content, HTTPStatus.OK, drill=drill)


def _form(token: str) -> Markup:
    return tag(
        "form",
        _both("p", "signin.ready", "lead"),
        tag("input", type="hidden", name="token", value=token),
        tag(
            "label",
            _both("span", "signin.name", "name"),
            tag("input", name="name", maxlength="40", autocomplete="name", autofocus=""),
        ),
        tag(
            "div",
            tag("button", words("th")("signin.enter"), name="language", value="th"),
            tag("button", words("en")("signin.enter"), name="language", value="en", cls="second", lang="en"),
            cls="buttons",
        ),
        method="post",
        action=SIGNIN_PATH,
    )


def address_of(query: Mapping[str, str]) -> str:
    """Give the console's address with what a link may ask for, and nothing else of what its query holds.

    The session's cookie is not sent along when a link in a chat is clicked: the page behind it is this one, and its own
    link goes on to where the first one led.
    """
    kept = {name: query[name] for name, allowed in _ASKED.items() if allowed.fullmatch(query.get(name, ""))}
    return f"/?{urlencode(kept)}" if kept else "/"


def _message(key: str, address: str = "/") -> Markup:
    return join(
        (
            _both("p", key, "lead"),
            tag("pre", "./run console --link"),
            tag(
                "p",
                tag("a", words("th")("signin.again"), href=address),
                " · ",
                tag("a", words("en")("signin.again"), href=address, lang="en"),
                cls="again",
            ),
        )
    )


def _both(name: str, key: str, cls: str) -> Markup:
    return tag(
        "div", tag(name, words("th")(key), cls=cls), tag(name, words("en")(key), cls=f"{cls} english", lang="en")
    )


def _page(content: Markup, status: HTTPStatus, *, drill: bool) -> Response:
    thai, english = words("th"), words("en")
    head = (
        Markup('<!DOCTYPE html><html lang="th"><head><meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<link rel="icon" href="data:,">'),
        tag("title", thai("app.title")),
        Markup(f"<style>{_style()}</style></head>"),
    )
    body = tag(
        "main",
        tag("h1", thai("app.title")),
        tag("h2", english("app.title"), lang="en"),
        content,
    )
    page = join((*head, tag("body", *([drills.band()] if drill else []), body), Markup("</html>"))).html
    return HTMLResponse(page, status_code=status, headers={"content-security-policy": _POLICY})


@cache
def _style() -> str:
    """The pages' style with the fonts inside: there is nothing else to fetch before the gate."""
    faces = []
    for script, reach in _FONTS.items():
        for weight in (400, 600):
            path = ROOT / "static" / "fonts" / f"ibm-plex-sans-thai-{script}-{weight}-normal.woff2"
            font = base64.b64encode(path.read_bytes()).decode()
            faces.append(
                f"@font-face{{font-family:Plex;font-weight:{weight};unicode-range:{reach};"
                f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
            )
    return "".join(faces) + _STYLE.read_text(encoding="utf-8")
