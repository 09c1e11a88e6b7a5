"""The console's server: Streamlit behind the gate, in this process."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from warroom.access import oidc
from warroom.access.keys import load_key
from warroom.access.session_policy import policy_from
from warroom.console import document_route, evidence_route, healthz, metrics, signin
from warroom.console.bounds import BodyLimit, PatientProtocol
from warroom.console.clicks import ClicksOnce
from warroom.console.gate import Gate
from warroom.console.headers import SecurityHeaders
from warroom.console.oidc_routes import ByProvider
from warroom.console.origin import own_names
from warroom.errors import UsageError
from warroom.net import Connector, networks, proxy_from
from warroom.settings import ROOT
from warroom.store.database import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from warroom.settings import Settings

_COLLECT_SECONDS: Final = 30
_DRAIN_SECONDS: Final = 3
_PORTS: Final = 65_536


def serve(settings: Settings) -> None:
    """Serve the console on ``settings.address`` until the process is told to end.

    Raises UsageError where the address is not host:port; ends with SystemExit where it cannot be bound.
    """
    server(settings).run()


def server(settings: Settings) -> uvicorn.Server:
    """Give the server, not started: `up` and `demo` run it beside the worker."""
    host, port = listen_address(settings.address)
    return uvicorn.Server(
        uvicorn.Config(
            app(settings, host),
            host=host,
            port=port,
            http=PatientProtocol,
            access_log=False,
            server_header=False,
            log_level="warning",
            lifespan="on",
            ws_ping_interval=20.0,
            ws_max_size=1 << 20,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )


def app(settings: Settings, host: str) -> st.App:
    """Give the ASGI application: Streamlit's routes, ours, the gate and the headers around both."""
    state, key = State(settings.db_url), load_key(settings.data_dir)
    oidc_config = oidc.config_from(settings)
    connector = Connector(networks(settings.outbound), proxy=proxy_from(settings))
    provider = None if oidc_config is None else oidc.Provider(oidc_config, connector)
    policy = policy_from(settings)
    by_provider = ByProvider(state, key, provider, drill=settings.drill)

    return st.App(
        ROOT / "dashboard.py",
        routes=[
            healthz.route(state, settings),
            metrics.route(state, settings.data_dir),
            evidence_route.route(state, settings.data_dir, policy),
            document_route.route(state, settings.data_dir, policy),
            *signin.routes(state, key, drill=settings.drill, elsewhere=by_provider, policy=policy),
            *by_provider.routes(),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(BodyLimit),
            Middleware(
                Gate,
                state=state,
                hosts=own_names(host, settings.hosts),
                drill=settings.drill,
                elsewhere=by_provider,
                policy=policy,
            ),
            Middleware(ClicksOnce),
        ],
        lifespan=partial(_lifespan, by_provider),
        on_script_error=_log_script_error,
    )


def listen_address(address: str) -> tuple[str, int]:
    """Split ``host:port``; the host of ``[::1]:8501`` comes without brackets. Raises UsageError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) >= _PORTS:
        raise UsageError(f"WARROOM_ADDRESS is `{address}`: write host:port, such as 127.0.0.1:8501")
    return host.removeprefix("[").removesuffix("]"), int(port)


@asynccontextmanager
async def _lifespan(by_provider: ByProvider, _app: st.App) -> AsyncIterator[None]:
    """Keep the garbage collector out of the way of people.

    What is loaded now stays loaded: frozen, no collection looks at it again. Streamlit's own collection after every
    run is off (``runner.postScriptGC``); one a half-minute takes its place.
    """
    # The screens' imports: in the frozen part, and not in the first visitor's way.
    importlib.import_module("warroom.console.frame")
    # Streamlit's start has given uvicorn's access log its handlers back: its lines would hold the tokens of links.
    logging.getLogger("uvicorn.access").disabled = True
    gc.collect()
    gc.freeze()
    collector = asyncio.create_task(_collect_for_ever())
    watcher = asyncio.create_task(by_provider.watch())
    yield
    collector.cancel()
    watcher.cancel()


async def _collect_for_ever() -> None:
    while True:
        await asyncio.sleep(_COLLECT_SECONDS)
        await run_in_threadpool(gc.collect)


def _log_script_error(problem: Exception) -> None:
    """Put a screen's failure in our log: the browser only learns its type."""
    logging.getLogger("warroom.console").error("a screen failed", exc_info=problem)
