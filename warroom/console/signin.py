"""Signing in and out: by account, by a one-time link, and what a link or a first password asks for before that.

A link opens a page with a button; only the button burns the link, so previews in chats and mail scanners do not.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from urllib.parse import urlencode

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from warroom import access
from warroom.access import accounts, first_run
from warroom.access.first_run import Chosen
from warroom.access.links import LinkPurpose
from warroom.access.origins import Origin, origin_of
from warroom.access.passwords import PasswordError, strong
from warroom.access.session_policy import STANDARD
from warroom.access.signing_in import Credentials, Refusal, sign_in_with_password
from warroom.console import drills, entrance
from warroom.console.cookie import forget_session, session_token, set_session
from warroom.console.entrance import PASSWORD_PATH, SIGNIN_PATH, said
from warroom.console.markup import Markup, join
from warroom.console.origin import is_same_origin
from warroom.errors import ConflictError, ForbiddenError, StoreError, UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import HTTPConnection, Request
    from starlette.routing import BaseRoute

    from warroom.access.keys import SecretKey
    from warroom.access.passwords import Hashing
    from warroom.access.session_policy import SessionPolicy
    from warroom.console.entrance import Problem
    from warroom.store.database import State

_T = TypeVar("_T")

SIGNOUT_PATH: Final = "/signout"

#: Bytes: the longest password in Thai, three bytes a letter and each written as %E0, takes 2,304 of them, twice.
_FORM_LIMIT: Final = 8192
#: What an address may ask the console for, and how it is written.
_ASKED: Final = {
    "incident": re.compile(r"[0-9]{1,18}"),
    "wall": re.compile("1"),
    "screen": re.compile("audit|accounts|me"),
}
#: Passwords are checked two at a time, and so many wait: a flood of guesses takes neither the threads nor the memory.
_CHECKED_AT_ONCE: Final = 2
_WAITING: Final = 40


class Elsewhere(Protocol):
    """Another way in than ours: a provider's."""

    def link(self, asked: Mapping[str, str]) -> Markup:
        """Give what leads to it from the sign-in page."""
        ...

    def farewell(self, request: Request, token: str) -> Markup | None:
        """Give what is shown to who leaves and is still signed in there; asked before the session ends."""
        ...


def routes(
    state: State,
    key: SecretKey,
    *,
    drill: bool = False,
    hashing: Hashing | None = None,
    elsewhere: Elsewhere | None = None,
    policy: SessionPolicy = STANDARD,
) -> list[BaseRoute]:
    """Give the routes of signing in and out.

    Args:
        state: where accounts and sessions are.
        key: opens the seeds of authenticators.
        drill: the store is declared one.
        hashing: of passwords; default: the strong one.
        elsewhere: another way in; default: none.
        policy: what the settings ask of sessions.
    """
    door = _Door(state, key, hashing or strong(), drill=drill, elsewhere=elsewhere, policy=policy)
    return [
        Route(SIGNIN_PATH, door.show, methods=["GET"]),
        Route(SIGNIN_PATH, door.enter, methods=["POST"]),
        Route(PASSWORD_PATH, door.change, methods=["POST"]),
        Route(SIGNOUT_PATH, door.leave, methods=["POST"]),
    ]


def signin_page(request: HTTPConnection, state: State, *, drill: bool, elsewhere: Elsewhere | None = None) -> Response:
    """Give the page for who has no session: with a link's token its form, without one how to sign in."""
    try:
        content = _content(request, state)
    except StoreError:  # nothing was started here yet
        content = entrance.message("signin.where")
    if elsewhere is not None and not request.query_params.get("token"):
        content = join((elsewhere.link(asked_of(request.query_params)), content))
    return entrance.page(content, HTTPStatus.OK, drill=drill)


def _content(request: HTTPConnection, state: State) -> Markup:
    token = request.query_params.get("token", "")
    if token:
        # A link that opens nothing looks like one that does: its button says so.
        purpose = access.purpose_of(state, token, datetime.now(UTC))
        return _LINK_FORMS.get(purpose, entrance.open_link)(token)
    if first_run.has_accounts(state):
        return entrance.account(asked=asked_of(request.query_params))
    return entrance.message("signin.where", address_of(request.query_params))


def address_of(query: Mapping[str, str]) -> str:
    """Give the console's address with what a link may ask for, and nothing else of what its query holds.

    The session's cookie is not sent along when a link in a chat is clicked: the page behind it is this one, and its own
    link goes on to where the first one led.
    """
    kept = asked_of(query)
    return f"/?{urlencode(kept)}" if kept else "/"


def asked_of(query: Mapping[str, str]) -> dict[str, str]:
    """Give what a query may ask the console for, and nothing else of it."""
    return {name: query[name] for name, allowed in _ASKED.items() if allowed.fullmatch(query.get(name, ""))}


_LINK_FORMS: Final[dict[LinkPurpose | None, Callable[[str], Markup]]] = {
    LinkPurpose.OPEN: entrance.open_link,
    LinkPurpose.SET_UP: entrance.set_up,
    LinkPurpose.PASSWORD: entrance.choose,
}


@dataclass(slots=True)
class _Refused(Exception):  # noqa: N818  an answer, not an error
    """What is answered instead of a session."""

    content: Markup
    status: HTTPStatus
    wait_seconds: int = 0


class _Door:
    """The routes' functions, and what they share."""

    def __init__(
        self,
        state: State,
        key: SecretKey,
        hashing: Hashing,
        *,
        drill: bool,
        elsewhere: Elsewhere | None,
        policy: SessionPolicy,
    ) -> None:
        self._state = state
        self._key = key
        self._hashing = hashing
        self._drill = drill
        self._elsewhere = elsewhere
        self._policy = policy
        self._links = access.AttemptLimit()
        self._passwords = access.AttemptLimit()
        self._few = anyio.CapacityLimiter(_CHECKED_AT_ONCE)

    def show(self, request: Request) -> Response:
        return signin_page(request, self._state, drill=self._is_drill(), elsewhere=self._elsewhere)

    async def enter(self, request: Request) -> Response:
        if not is_same_origin(request):
            return _plain(HTTPStatus.FORBIDDEN, "wrong origin")
        if not _is_small(request):
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "form too large")
        given = await _form_of(request)
        origin = origin_of_request(request)
        try:
            token = await (self._by_link(given, origin) if given.get("token") else self._by_account(given, origin))
        except _Refused as refused:
            return await self._answer(refused)
        # Who signs in anew leaves no older session of this browser behind.
        await run_in_threadpool(access.sign_out, self._state, session_token(request), datetime.now(UTC))
        answer = RedirectResponse(address_of(given), status_code=HTTPStatus.SEE_OTHER)
        set_session(answer, request, token)
        return answer

    async def change(self, request: Request) -> Response:
        """Change the password of who is signed in; all sessions end, the new one is for the new password."""
        if not is_same_origin(request):
            return _plain(HTTPStatus.FORBIDDEN, "wrong origin")
        if not _is_small(request):
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "form too large")
        given, now = await _form_of(request), datetime.now(UTC)
        token = session_token(request)
        session = await run_in_threadpool(access.find_session, self._state, token, now, policy=self._policy)
        if session is None:
            return _plain(HTTPStatus.UNAUTHORIZED, "sign in first")
        old, new = given.get("old", ""), given.get("password", "")
        address = _address(request)
        try:
            self._must_be_few(address, entrance.change)
            await self._slowly(
                partial(accounts.change_password, self._state, session.actor, old, new, now, hashing=self._hashing)
            )
        except (UsageError, ForbiddenError, ConflictError) as problem:
            if isinstance(problem, ForbiddenError):  # the old password was wrong
                self._passwords.allow(address, time.monotonic())
            told = entrance.change(_problem_of(problem))
            return await self._answer(_Refused(told, HTTPStatus.BAD_REQUEST))
        except _Refused as refused:
            return await self._answer(refused)
        return RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)

    async def leave(self, request: Request) -> Response:
        if not is_same_origin(request):
            return _plain(HTTPStatus.FORBIDDEN, "wrong origin")
        token = session_token(request)
        told = None if self._elsewhere is None else await run_in_threadpool(self._elsewhere.farewell, request, token)
        await run_in_threadpool(access.sign_out, self._state, token, datetime.now(UTC))
        answer: Response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        if told is not None:
            answer = await self._answer(_Refused(told, HTTPStatus.OK))
        forget_session(answer, request)
        return answer

    async def _by_link(self, given: Mapping[str, str], origin: Origin) -> str:
        """Use a link; gives the session's token. Only links that open nothing count as attempts."""
        link, now, language = given["token"], datetime.now(UTC), given.get("language", "")
        name, password = given.get("name", ""), given.get("password", "")
        purpose = await run_in_threadpool(access.purpose_of, self._state, link, now)
        token = None
        if purpose is LinkPurpose.OPEN:
            opening = partial(access.sign_in, self._state, link, name=name, language=language, now=now, origin=origin)
            token = await run_in_threadpool(opening)
        elif purpose is not None:
            chosen = Chosen(password, name, given.get("display_name", ""), language, origin)
            step = (
                partial(first_run.set_up, self._state, link, chosen, now, hashing=self._hashing)
                if purpose is LinkPurpose.SET_UP
                else partial(
                    first_run.choose_password,
                    self._state,
                    self._key,
                    link,
                    chosen,
                    now,
                    code=_code(given),
                    hashing=self._hashing,
                )
            )
            try:
                token = await self._slowly(step)
            except (UsageError, ConflictError) as problem:
                form = entrance.set_up if purpose is LinkPurpose.SET_UP else entrance.choose
                told = form(link, _problem_of(problem))
                raise _Refused(told, HTTPStatus.BAD_REQUEST) from problem
        if token is not None:
            return token
        if self._links.allow(origin.address, time.monotonic()):
            raise _Refused(entrance.message("signin.refused"), HTTPStatus.UNAUTHORIZED)
        raise _Refused(entrance.message("signin.too_many"), HTTPStatus.TOO_MANY_REQUESTS)

    async def _by_account(self, given: Mapping[str, str], origin: Origin) -> str:
        """Check name, password and code; gives the session's token."""
        credentials = Credentials(
            given.get("name", ""),
            given.get("password", ""),
            origin.address,
            _code(given),
            given.get("language", ""),
            origin.browser,
        )
        form = partial(entrance.account, asked=asked_of(given))
        self._must_be_few(origin.address, form)
        answer = await self._slowly(
            partial(
                sign_in_with_password, self._state, self._key, credentials, datetime.now(UTC), hashing=self._hashing
            )
        )
        if not isinstance(answer, Refusal):
            return answer
        self._passwords.allow(origin.address, time.monotonic())
        if answer.wait_seconds:
            told = form(said("signin.wait", seconds=answer.wait_seconds))
            raise _Refused(told, HTTPStatus.TOO_MANY_REQUESTS, answer.wait_seconds)
        raise _Refused(form(said("signin.wrong")), HTTPStatus.UNAUTHORIZED)

    def _must_be_few(self, address: str, form: Callable[[Problem], Markup]) -> None:
        """Refuse an address that was wrong too often within a minute, whatever the names it tried."""
        if self._passwords.is_full(address, time.monotonic()):
            raise _Refused(form(said("signin.wait", seconds=60)), HTTPStatus.TOO_MANY_REQUESTS, 60)

    async def _slowly(self, step: Callable[[], _T]) -> _T:
        """Run what computes a password's hash, a few at a time."""
        if self._few.statistics().tasks_waiting >= _WAITING:
            raise _Refused(entrance.account(said("signin.wait", seconds=10)), HTTPStatus.SERVICE_UNAVAILABLE, 10)
        return await anyio.to_thread.run_sync(step, limiter=self._few)

    async def _answer(self, refused: _Refused) -> Response:
        drill = await run_in_threadpool(self._is_drill)
        answer = entrance.page(refused.content, refused.status, drill=drill)
        if refused.wait_seconds:
            answer.headers["retry-after"] = str(refused.wait_seconds)
        return answer

    def _is_drill(self) -> bool:
        return drills.is_drill(self._state, declared=self._drill)


def origin_of_request(request: HTTPConnection) -> Origin:
    """Give from where a request comes, as a session's list shows it."""
    return origin_of(_address(request), request.headers.get("user-agent", ""))


def _address(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""


def _plain(status: HTTPStatus, reason: str) -> Response:
    return PlainTextResponse(f"{status.value} {reason}\n", status_code=status)


def _is_small(request: Request) -> bool:
    """Whether a form says its length and is no longer than ours: it is read into memory."""
    length = request.headers.get("content-length", "")
    return length.isdecimal() and len(length) <= len(str(_FORM_LIMIT)) and int(length) <= _FORM_LIMIT


async def _form_of(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=8, max_part_size=_FORM_LIMIT) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _problem_of(problem: WarroomError) -> Problem:
    """Give what was wrong with a choice, in both languages."""
    if isinstance(problem, PasswordError):
        return said(f"password.{problem.fault}")
    if isinstance(problem, ForbiddenError):
        return said("signin.old_wrong")
    return said("signin.name_refused")


def _code(given: Mapping[str, str]) -> str:
    return given.get("code", "")
