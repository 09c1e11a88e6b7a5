"""Signing in through a provider: the way there and back, the provider's logout notices, and the link to it all."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from warroom import access
from warroom.access import oidc
from warroom.console import drills, entrance
from warroom.console.cookie import session_token, set_session
from warroom.console.markup import Markup, join, tag
from warroom.console.signin import address_of, asked_of, origin_of_request
from warroom.console.texts import words
from warroom.errors import WarroomError
from warroom.machine.log import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from warroom.access.keys import SecretKey
    from warroom.store.database import State

_T = TypeVar("_T")

START_PATH: Final = "/oidc/start"
CALLBACK_PATH: Final = "/oidc/callback"
NOTICE_PATH: Final = "/oidc/signed-out"
#: Holds a sign-in between the way there and the way back. Lax: the way back begins on the provider's page.
ERRAND_COOKIE: Final = "warroom_oidc"
_COOKIE_PATH: Final = "/oidc/"
_NOTICE_LIMIT: Final = 1 << 15
#: Calls to the provider at a time, and how many wait.
_AT_ONCE: Final = 8
_WAITING: Final = 40


class ByProvider:
    """Signing in through the provider; without one every address of it answers 404."""

    def __init__(self, state: State, key: SecretKey, provider: oidc.Provider | None, *, drill: bool = False) -> None:
        self._state = state
        self._key = key
        self._provider = provider
        self._drill = drill
        self._refused = access.AttemptLimit()
        self._few = anyio.CapacityLimiter(_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """Give the routes; all of them open without a session."""
        return [
            Route(START_PATH, self._start, methods=["GET"]),
            Route(CALLBACK_PATH, self._callback, methods=["GET"]),
            Route(NOTICE_PATH, self._notice, methods=["POST"]),
        ]

    def link(self, asked: Mapping[str, str]) -> Markup:
        """Give the sign-in page's links to the provider; nothing where none is set."""
        if self._provider is None:
            return Markup("")
        return tag("div", *(_button(language, asked) for language in ("th", "en")), cls="buttons provider")

    def farewell(self, request: Request, token: str) -> Markup | None:
        """Give what is shown to who leaves and is still signed in at the provider; asked before the session ends."""
        if self._provider is None:
            return None
        address = oidc.farewell(self._state, self._provider, token, f"{_own_address(request)}/", datetime.now(UTC))
        if address is None:
            return None
        return join((_both("oidc.left"), _both_links("oidc.leave_too", address), _both_links("oidc.back", "/")))

    async def watch(self) -> None:
        """Ask the provider about sessions that are due, for as long as the console runs."""
        if self._provider is None:
            await run_in_threadpool(oidc.end_all, self._state, datetime.now(UTC))
            return
        while True:
            try:
                await run_in_threadpool(oidc.recheck, self._state, self._key, self._provider, datetime.now(UTC))
            except WarroomError as problem:  # the store is busy or full: the next look tries again
                log().warning("sessions could not be confirmed", reason=str(problem))
            await asyncio.sleep(oidc.LOOK_SECONDS)

    async def _start(self, request: Request) -> Response:
        provider = self._provider
        if provider is None:
            return _not_here()
        language = "en" if request.query_params.get("language") == "en" else "th"
        # Where it leads in the end is ours alone: digits out of the query, no address.
        errand = oidc.Errand(f"{_own_address(request)}{CALLBACK_PATH}", language, asked_of(request.query_params))
        try:
            address, cookie = await self._called(partial(oidc.begin, provider, self._key, errand, datetime.now(UTC)))
        except (oidc.NotVouchedError, oidc.ProviderDownError) as problem:
            log().warning("nobody can sign in by the provider", reason=str(problem))
            return await self._page(_both("oidc.down"), HTTPStatus.BAD_GATEWAY)
        answer = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            ERRAND_COOKIE,
            cookie,
            max_age=oidc.LIFETIME_SECONDS,
            path=_COOKIE_PATH,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    async def _callback(self, request: Request) -> Response:
        provider, now = self._provider, datetime.now(UTC)
        if provider is None:
            return _not_here()
        address = request.client.host if request.client else ""
        if self._refused.is_full(address, time.monotonic()):
            return await self._page(_both("oidc.down"), HTTPStatus.TOO_MANY_REQUESTS)
        cookie, query = request.cookies.get(ERRAND_COOKIE, ""), dict(request.query_params)
        try:
            identity, errand = await self._called(partial(oidc.finish, provider, self._key, cookie, query, now))
        except oidc.NotVouchedError as problem:
            if self._refused.allow(address, time.monotonic()):
                await run_in_threadpool(oidc.note_refused, self._state, str(problem), now)
            log().warning("a sign-in by the provider was refused", reason=str(problem))
            return await self._page(_both("oidc.refused"), HTTPStatus.UNAUTHORIZED)
        except oidc.ProviderDownError as problem:
            log().warning("a sign-in by the provider failed", reason=str(problem))
            return await self._page(_both("oidc.down"), HTTPStatus.BAD_GATEWAY)
        token = await run_in_threadpool(
            partial(
                oidc.sign_in,
                self._state,
                self._key,
                provider.config,
                identity,
                now,
                language=errand.language,
                origin=origin_of_request(request),
            )
        )
        if isinstance(token, oidc.Refused):
            return await self._page(_both(_REFUSALS[token]), HTTPStatus.FORBIDDEN)
        # Who signs in anew leaves no older session behind, where the browser sends its cookie along.
        await run_in_threadpool(access.sign_out, self._state, session_token(request), now)
        target = address_of(errand.asked)
        answer = await self._page(join((_both("oidc.welcome"), _both_links("signin.again", target))), HTTPStatus.OK)
        # Not a redirect: it would count as the provider's, and the session's cookie, being Strict, would stay behind.
        answer.headers["refresh"] = f"0; url={target}"
        set_session(answer, request, token)
        return answer

    async def _notice(self, request: Request) -> Response:
        """Take a logout notice: from the provider's server, not from a browser; its signature is the proof."""
        provider = self._provider
        if provider is None:
            return _not_here()
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or len(length) > len(str(_NOTICE_LIMIT)) or int(length) > _NOTICE_LIMIT:
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "form too large")
        async with request.form(max_files=0, max_fields=4, max_part_size=_NOTICE_LIMIT) as form:
            token = form.get("logout_token", "")
        try:
            step = partial(oidc.end_noticed, self._state, provider, str(token), datetime.now(UTC))
            await self._called(step)
        except oidc.NotVouchedError:
            return _plain(HTTPStatus.BAD_REQUEST, "not a logout token of ours")
        except oidc.ProviderDownError:
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, "the provider's keys cannot be had")
        return _plain(HTTPStatus.OK, "signed out")

    async def _called(self, step: Callable[[], _T]) -> _T:
        """Run what may call the provider, a few at a time: one that hangs takes no more threads than that."""
        if self._few.statistics().tasks_waiting >= _WAITING:
            raise oidc.ProviderDownError("too many wait for the provider")
        return await anyio.to_thread.run_sync(step, limiter=self._few)

    async def _page(self, content: Markup, status: HTTPStatus) -> Response:
        drill = await run_in_threadpool(drills.is_drill, self._state, declared=self._drill)
        if status is not HTTPStatus.OK:
            content = join((content, _both_links("oidc.back", "/")))
        answer = entrance.page(content, status, drill=drill)
        answer.delete_cookie(ERRAND_COOKIE, path=_COOKIE_PATH, httponly=True, samesite="lax")
        return answer


_REFUSALS: Final = {oidc.Refused.NO_ROLE: "oidc.no_role", oidc.Refused.DISABLED: "oidc.disabled"}


def _button(language: str, asked: Mapping[str, str]) -> Markup:
    query = urlencode({"language": language, **asked})
    return tag("a", words(language)("oidc.enter"), href=f"{START_PATH}?{query}", cls="provider", lang=language)


def _both(key: str) -> Markup:
    thai, english = words("th"), words("en")
    return tag("div", tag("p", thai(key), cls="lead"), tag("p", english(key), cls="lead english", lang="en"))


def _both_links(key: str, address: str) -> Markup:
    thai, english = (tag("a", words(one)(key), href=address, lang=one) for one in ("th", "en"))
    return tag("p", thai, " · ", english, cls="again")


def _own_address(request: Request) -> str:
    """Give the console's address as the browser wrote it; the gate has let only our names and addresses through."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _not_here() -> Response:
    return _plain(HTTPStatus.NOT_FOUND, "no provider is set")


def _plain(status: HTTPStatus, reason: str) -> Response:
    return PlainTextResponse(f"{status.value} {reason}\n", status_code=status)
