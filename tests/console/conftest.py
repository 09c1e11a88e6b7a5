"""A seeded store, and the real console over it with a real browser before it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from console.seeding import fresh_state, seed
from playwright.sync_api import BrowserContext, Page, sync_playwright

from warroom import access
from warroom.settings import ROOT
from warroom.store.database import State

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def busy_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("busy") / "data"
    state = fresh_state(folder)
    seed(state, folder)
    state.close()
    return folder


@pytest.fixture
def seeded(busy_day: Path, data_dir: Path) -> Iterator[State]:
    shutil.copytree(busy_day, data_dir)
    state = State(f"sqlite:///{data_dir / 'state.db'}")
    yield state
    state.close()


@dataclass
class Console:
    """The console as a process, its store, and what its pages complained about or asked of others."""

    url: str
    data_dir: Path
    state: State
    log: Path
    complaints: list[str] = field(default_factory=list)

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


@pytest.fixture
def console(seeded: State, data_dir: Path, tmp_path: Path) -> Iterator[Console]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = tmp_path / "console.log"
    environment = os.environ | {"WARROOM_DATA": str(data_dir), "WARROOM_ADDRESS": address}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "warroom", "console"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_healthy(f"http://{address}/healthz", process, log)
        yield Console(f"http://{address}", data_dir, seeded, log)
    finally:
        process.terminate()
        process.wait(20)


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    pytest.fail(log.read_text())


@pytest.fixture(scope="session")
def browser_path() -> str:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: install Debian's package chromium")
    return CHROMIUM


@pytest.fixture
def context(browser_path: str) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield browser.new_context(viewport={"width": 1920, "height": 1080})
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    return opened
