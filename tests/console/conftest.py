"""A seeded store, and the real console over it with a real browser before it."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest
from console import warm_console
from console.admin_seeding import add_deeds, add_people, session_of
from console.entering import Enter, script
from console.seeding import fresh_state, seed
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from streamlit.testing.v1 import AppTest

from warroom import access
from warroom.access.session_policy import Proof
from warroom.console.cookie import COOKIE
from warroom.store.database import State

CHROMIUM = "/usr/bin/chromium"
#: The smallest window that the console is made for: who draws half as much does more tests in a minute.
SMALL: Final[ViewportSize] = {"width": 1366, "height": 768}
#: How old the store may be that tests get a copy of.
FRESH_SECONDS = 300


#: Two cores may be shared by many: a page that comes late is not one that fails.
expect.set_options(timeout=60_000)


def kept_fresh(make: Callable[[], Path]) -> Callable[[], Path]:
    """Give what was made a few minutes ago at most, or make it anew: what "now" is grows old in a store."""
    made: list[tuple[float, Path]] = []

    def newest() -> Path:
        if not made or time.monotonic() - made[-1][0] > FRESH_SECONDS:
            made.append((time.monotonic(), make()))
        return made[-1][1]

    return newest


@pytest.fixture(scope="session")
def busy_days(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Give the folder of a store that was seeded a few minutes ago at most."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("busy") / "data"
        with fresh_state(folder) as state:
            seed(state, folder)
        return folder

    return kept_fresh(make)


@pytest.fixture
def busy_day(busy_days: Callable[[], Path]) -> Path:
    return busy_days()


@pytest.fixture
def seeded(busy_day: Path, data_dir: Path) -> Iterator[State]:
    shutil.copytree(busy_day, data_dir)
    state = State(f"sqlite:///{data_dir / 'state.db'}")
    yield state
    state.close()


@pytest.fixture(scope="session")
def staffed(busy_days: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Give the folder of a store with people, and with an audit that tells of them."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("staffed") / "data"
        shutil.copytree(busy_days(), folder)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            add_people(state)
            add_deeds(state)
        return folder

    return kept_fresh(make)


@pytest.fixture
def staff(staffed: Callable[[], Path], data_dir: Path) -> Iterator[State]:
    shutil.copytree(staffed(), data_dir)
    with State(f"sqlite:///{data_dir / 'state.db'}") as state:
        yield state


@pytest.fixture
def enter(staff: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Open a screen as somebody: ``enter("boss", screen="accounts")``."""
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_LANGUAGE", "en")

    def opened(name: str, *, proof: Proof = Proof.TWO_FACTORS, **query: str) -> AppTest:
        token = session_of(staff, name, proof=proof)
        app = AppTest.from_function(script, kwargs={"token": token}, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return opened


@dataclass
class Console:
    """The console as a process, its store, and what its pages complained about or asked of others."""

    url: str
    data_dir: Path
    state: State
    log: Path
    complaints: list[str] = field(default_factory=list)
    pid: int | None = None

    def link(self) -> str:
        return f"{self.url}/signin?token={access.create_signin_link(self.state, datetime.now(UTC))}"

    def watch(self, page: Page) -> None:
        """Note script errors, refusals of the Content-Security-Policy and requests that leave the machine."""
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        own = (self.url, self.url.replace("http", "ws", 1), "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else self.complaints.append(asked.url))

    def sign_in(self, page: Page, *, name: str = "วิภา", language: str = "en") -> None:
        self.watch(page)
        page.goto(self.link())
        page.fill("input[name=name]", name)
        page.click(f"button[value={language}]")
        page.wait_for_selector(".live")

    def session(self, *, name: str = "วิภา", language: str = "en") -> str:
        """Open a session by a link whose page nobody sees; gives its token."""
        now = datetime.now(UTC)
        link = access.create_signin_link(self.state, now)
        token = access.sign_in(self.state, link, name=name, language=language, now=now)
        assert token is not None
        return token

    def enter(self, page: Page, at: str = "", *, name: str = "วิภา", language: str = "en") -> None:
        """Go straight to a screen, signed in: the pages on the way there would take seconds of work each."""
        self.watch(page)
        token = self.session(name=name, language=language)
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        page.goto(f"{self.url}/{at}")
        page.wait_for_selector(".live")


@pytest.fixture(scope="module")
def day_console(busy_days: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with console_over_copy(busy_days(), tmp_path_factory.mktemp("day")) as running:
        yield running


@pytest.fixture
def console(day_console: Console) -> Console:
    """One console over a busy day for all tests of a module: each acts on incidents that no other looks at."""
    day_console.complaints.clear()
    return day_console


@pytest.fixture
def lone_console(seeded: State, data_dir: Path, tmp_path: Path) -> Iterator[Console]:
    """A console for one test alone, which changes what others look at."""
    with console_over(seeded, data_dir, tmp_path / "console.log") as running:
        yield running


@pytest.fixture(scope="module")
def office_console(staffed: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with console_over_copy(staffed(), tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture
def office(office_console: Console) -> Console:
    """One console with people for all tests of a module: for those that leave accounts and incidents as they were."""
    office_console.complaints.clear()
    return office_console


#: Where consoles of this test process listened, and where one may again: what a browser keeps of one serves the next.
_GIVEN: Final[set[str]] = set()
_ADDRESSES: Final[list[str]] = []


@contextmanager
def console_over_copy(store: Path, folder: Path) -> Iterator[Console]:
    """Run the console over a copy of a store, in an empty folder."""
    shutil.copytree(store, folder / "data")
    with (
        State(f"sqlite:///{folder / 'data' / 'state.db'}") as state,
        console_over(state, folder / "data", folder / "console.log") as running,
    ):
        yield running


@contextmanager
def console_over(state: State, data_dir: Path, log: Path, **told: str) -> Iterator[Console]:
    """Run the console over a store; ``told``: further settings, as its environment has them."""
    own = _ADDRESSES.pop() if _ADDRESSES else free_address()
    address = told.get("WARROOM_ADDRESS", own)
    environment = os.environ | {"WARROOM_DATA": str(data_dir), "WARROOM_ADDRESS": address}
    process = warm_console.start(environment | told, log)
    try:
        wait_until_healthy(f"http://{address}/healthz", process.is_alive, log)
        yield Console(f"http://{address}", data_dir, state, log, pid=process.pid)
    finally:
        # One that a busy machine keeps from stopping is killed: nothing outlives its test.
        process.terminate()
        process.join(60)
        process.kill()
        process.join(20)
        _ADDRESSES.append(own)


def free_address() -> str:
    """Give an address that nothing listens on: of those that no program gets by chance, nor another test process."""
    first = 20_000 + 500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(first, first + 500):
        if f"127.0.0.1:{port}" in _GIVEN:
            continue
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            _GIVEN.add(f"127.0.0.1:{port}")
            return f"127.0.0.1:{port}"
    pytest.fail("no port is free")


def wait_until_healthy(address: str, is_alive: Callable[[], bool], log: Path) -> None:
    """Wait until a console answers; fail with its log when it has ended, or after a minute."""
    for _ in range(600):
        assert is_alive(), log.read_text()
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.fixture(scope="session")
def browser_path() -> str:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: install Debian's package chromium")
    return CHROMIUM


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    """One Chromium for the tests of a module; each has a context, which is a person's own browser, of its own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser_path,
            # No machine of the tests has a graphics card: drawing as if on one is slower than drawing.
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-gpu-rasterization",
                "--process-per-site",
            ],
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def lasting(chromium: Browser) -> Iterator[BrowserContext]:
    """Open a context whose first page stays.

    It keeps Chromium's process for pages of 127.0.0.1, and with it the console's scripts, compiled: the next page is
    there in a third of the time.
    """
    with chromium.new_context(viewport=SMALL, reduced_motion="reduce") as opened:
        stays = opened.new_page()
        stays.route("**/*", lambda route: route.fulfill(body=""))
        stays.goto("http://127.0.0.1/")
        yield opened


@pytest.fixture
def context(lasting: BrowserContext) -> Iterator[BrowserContext]:
    """Somebody's own browser: pages, cookies and what is kept go with the test."""
    yield lasting
    stays, *others = lasting.pages
    for page in others:
        page.close()
    lasting.unroute_all(behavior="ignoreErrors")
    lasting.clear_cookies()
    devtools = lasting.new_cdp_session(stays)
    devtools.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    devtools.detach()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    return opened


@pytest.fixture
def other_page(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Open a page in the browser of somebody else; it is closed with the test, or it would go on asking the console."""
    with ExitStack() as opened:

        def another() -> Page:
            page = opened.enter_context(chromium.new_context(viewport=SMALL, reduced_motion="reduce")).new_page()
            page.set_default_timeout(60_000)
            return page

        yield another
