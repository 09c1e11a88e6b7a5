"""`/healthz`: whether the console reaches its store, and whether something is wrong with the machine or the worker.

Without a session it says no more than ``ok``, ``degraded`` or ``unavailable``: which of them misses what is nobody's
business. Who has an API token with the scope ``read_metrics`` is told what it is and what to do, one line each.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from warroom.access import Permission
from warroom.access.api_tokens import actor_of_token
from warroom.console import machine_health
from warroom.console.health import stale_seconds
from warroom.console.machine_health import Machine, Trouble
from warroom.console.texts import words
from warroom.errors import StoreError
from warroom.store import left_out, pulse
from warroom.store.database import State, now_us
from warroom.store.forecast import forecast
from warroom.store.views import worker_seen_at

if TYPE_CHECKING:
    from starlette.requests import Request

    from warroom.settings import Settings

PATH: Final = "/healthz"
_BEARER: Final = "bearer "
_SECOND: Final = 1_000_000
#: Whoever asks more often hears the same again: the answer is everybody's.
_FRESH_SECONDS: Final = 5


def route(state: State, settings: Settings) -> Route:
    """Give the route; it looks for a token itself, and needs none."""
    kept: list[tuple[int, list[Trouble]]] = []

    def troubles() -> list[Trouble]:
        now = now_us()
        if not kept or not 0 <= now - kept[0][0] < _FRESH_SECONDS * _SECOND:
            kept[:] = [(now, machine_health.judge(look(state, settings), now))]
        return kept[0][1]

    def answer(request: Request) -> Response:
        try:
            state.versions()
            found = troubles()
            full = found and _may_know(state, request)
        except (StoreError, OSError):
            return PlainTextResponse("unavailable\n", status_code=503)
        lines = [_line(trouble) for trouble in found] if full else []
        return PlainTextResponse("\n".join(["degraded" if found else "ok", *lines, ""]))

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return Route(PATH, endpoint)


def look(state: State, settings: Settings) -> Machine:
    """Give what is known of the machine and the worker; of a worker that is gone only its clock is old news."""
    now = now_us()
    told = pulse.read(state) if stale_seconds(worker_seen_at(state), now) == 0 else None
    disk = forecast(state, settings.data_dir, datetime.now(UTC), settings.retention_days)
    return Machine(told, left_out.recent(state, now), disk, settings.ntp is not None)


def _may_know(state: State, request: Request) -> bool:
    header = request.headers.get("authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        return False
    actor = actor_of_token(state, header[len(_BEARER) :].strip(), datetime.now(UTC))
    return actor is not None and actor.can(Permission.READ_METRICS)


def _line(trouble: Trouble) -> str:
    """Say it in English: programs read it."""
    text = said(trouble, "en")
    return f"{trouble.kind}: {text} ({trouble.detail})" if trouble.detail else f"{trouble.kind}: {text}"


def said(trouble: Trouble, language: str) -> str:
    """Say what is wrong and what to do."""
    spoken = words(language)
    values = dict(trouble.values)
    if "way" in values:
        values["way"] = spoken(f"banner.clock_{values['way']}")
    return spoken(f"banner.{trouble.kind}", **values) if values else spoken(f"banner.{trouble.kind}")
