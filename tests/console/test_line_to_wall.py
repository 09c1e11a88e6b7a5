"""The main job end to end: a line appended to a watched log is an incident before the analyst's eyes."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.choosing import choose
from console.conftest import Console, wait_until_healthy
from faults.conftest import Place
from making import web_line
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from warroom.store.database import State

pytestmark = pytest.mark.slow

#: The promise, in milliseconds. On a busy machine one of three lines has to keep it.
SOON = 5_000


@pytest.fixture
def war_room(tmp_path: Path) -> Iterator[tuple[Place, Console]]:
    """Worker and console on an empty store, with one web feed and one detector."""
    place = Place(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    place.environment["WARROOM_ADDRESS"] = address
    place.log.write_bytes(web_line(0))
    state = State(f"sqlite:///{place.data / 'state.db'}")
    state.migrate()
    running = [place.start("worker"), place.start("console")]
    try:
        wait_until_healthy(f"http://{address}/healthz", lambda: running[1].poll() is None, place.folder / "worker.log")
        yield place, Console(f"http://{address}", place.data, state, place.folder / "worker.log")
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(30)
        state.close()


def test_a_line_is_an_incident_within_seconds_and_its_life_is_kept(war_room: tuple[Place, Console], page: Page) -> None:
    place, console = war_room
    console.sign_in(page, name="Anong")
    incident = append_until_seen_soon(place, page)
    row = page.locator(f"tr[data-incident='{incident}']")
    expect(row).to_contain_text("SQL injection in a query")
    expect(row).to_contain_text(f"198.51.100.{incident}")
    row.click()
    expect(page.locator("body")).to_contain_text(f"GET /item/{incident}?id=1+union+select")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".wr-head .status")).to_have_text("Acknowledged")
    choose(page.get_by_role("combobox", name="Disposition"), "True positive")
    page.locator(".st-key-panel_act textarea").fill("Blocked at the edge.")
    page.get_by_role("button", name="Close with this note").click()
    expect(page.locator(".wr-head .status")).to_have_text("Closed")
    page.reload()
    expect(page.locator(".wr-head .status")).to_have_text("Closed")
    expect(page.locator(".wr-timeline")).to_contain_text("Blocked at the edge.")
    assert console.complaints == []


def append_until_seen_soon(place: Place, page: Page) -> int:
    """Append attack lines, one after the other, until one is on the screen soon enough; its incident's number."""
    for number in (1, 2, 3):
        with place.log.open("ab") as log:
            log.write(web_line(number, "id=1+union+select", f"198.51.100.{number}"))
        try:
            page.wait_for_selector(f"tr[data-incident='{number}']", timeout=SOON)
        except Late:
            page.wait_for_selector(f"tr[data-incident='{number}']")
        else:
            return number
    told = f"no line became a row within {SOON} ms by {datetime.now(UTC)}"
    pytest.fail(told)
