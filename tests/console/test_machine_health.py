"""What is wrong with the machine and the worker is said, on the screen and by `/healthz`, with what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from access.people import ADMIN, make
from console.conftest import console_over
from playwright.sync_api import Page
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.middleware import Middleware

from warroom.access import Permission, Role
from warroom.access.api_tokens import create_token
from warroom.console import healthz
from warroom.console.gate import Gate
from warroom.console.machine_health import Machine, Trouble, judge
from warroom.console.texts import LANGUAGES
from warroom.settings import Settings
from warroom.store import left_out, pulse
from warroom.store.database import State, now_us
from warroom.store.forecast import Forecast
from warroom.store.lease import Lease
from warroom.store.left_out import LeftOut
from warroom.store.pulse import Durations, Pulse
from warroom.store.tables import segments

SECOND = 1_000_000
NOW = 1_795_332_605 * SECOND
WELL = Pulse(NOW, NOW - 9_000 * SECOND, "1", Durations(), 1.0, 0.01, NOW - 60 * SECOND)
ROOMY = Forecast(0, 1 << 40, 1, None)
SOUND = Machine(WELL, LeftOut(0, {}), ROOMY, ntp=True)


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert judge(SOUND, NOW) == []
    assert judge(Machine(None, LeftOut(0, {}), None, ntp=False), NOW) == []


@pytest.mark.parametrize(
    ("machine", "kind", "red"),
    [
        (SOUND._replace(worker=replace(WELL, clock_offset=1.5)), "clock", False),
        (SOUND._replace(worker=replace(WELL, clock_offset=-90.0)), "clock", True),
        (
            SOUND._replace(worker=replace(WELL, clock_offset=90.0, clock_checked_at=NOW - 4000 * SECOND)),
            "clock_unknown",
            False,
        ),
        (SOUND._replace(worker=replace(WELL, clock_offset=None, clock_checked_at=None)), "clock_unknown", False),
        (SOUND._replace(disk=replace(ROOMY, full_in_days=12)), "disk", False),
        (SOUND._replace(disk=replace(ROOMY, full_in_days=2)), "disk", True),
        (SOUND._replace(left_out=LeftOut(7, {})), "late", False),
        (SOUND._replace(left_out=LeftOut(0, {"rule": 7})), "dropped", True),
        (SOUND._replace(worker=replace(WELL, unwell="the store takes no commits")), "unwell", True),
    ],
)
def test_each_trouble_is_told_with_what_to_do(machine: Machine, kind: str, red: bool) -> None:  # noqa: FBT001
    (trouble,) = judge(machine, NOW)
    assert (trouble.kind, trouble.red) == (kind, red)
    for language in LANGUAGES:
        assert " · " in healthz.said(trouble, language)  # what is wrong · what to do


@pytest.mark.parametrize(
    "machine",
    [
        SOUND._replace(worker=replace(WELL, clock_offset=0.9)),
        SOUND._replace(disk=replace(ROOMY, full_in_days=30)),
        SOUND._replace(worker=replace(WELL, clock_checked_at=None), ntp=False),
        SOUND._replace(worker=replace(WELL, clock_checked_at=None, started_at=NOW - 60 * SECOND)),
    ],
)
def test_what_is_no_trouble_yet(machine: Machine) -> None:
    assert judge(machine, NOW) == []


def test_the_worst_comes_first() -> None:
    worst = SOUND._replace(worker=replace(WELL, clock_offset=2.0), left_out=LeftOut(1, {"rule": 7}))
    assert [trouble.kind for trouble in judge(worst, NOW)] == ["dropped", "clock", "late"]
    assert judge(worst, NOW)[0] == Trouble("dropped", red=True, values={"count": "7"}, detail="rule")


# -- /healthz --------------------------------------------------------------------------------------------------


@pytest.fixture
def client(state: State, data_dir: Path) -> Iterator[httpx.Client]:
    """A client of a real server: the gate around `/healthz`."""
    gate = Middleware(Gate, state=state, hosts=frozenset({"localhost"}))
    app = Starlette(routes=[healthz.route(state, Settings(data=data_dir))], middleware=[gate])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20) as opened:
                yield opened
        finally:
            server.should_exit = True
            thread.join()


def token(state: State, scope: Permission) -> dict[str, str]:
    make(state, f"robot-{scope}", Role.ADMINISTRATOR)
    now = datetime.now(UTC)
    secret = create_token(state, ADMIN, f"robot-{scope}", "probe", scopes=[scope], lifetime=timedelta(days=1), now=now)
    return {"authorization": f"Bearer {secret}"}


def wrong_clock(state: State) -> None:
    pulse.write(state, replace(WELL, at=now_us(), clock_offset=90.0, clock_checked_at=now_us()))


@pytest.mark.usefixtures("lease")
def test_a_stranger_hears_one_word_and_who_has_a_token_what_to_do(state: State, client: httpx.Client) -> None:
    wrong_clock(state)
    left_out.add(state, LeftOut(0, {"rule-1": 3}))
    stranger = client.get("/healthz")
    assert (stranger.status_code, stranger.text) == (200, "degraded\n")
    other = client.get("/healthz", headers=token(state, Permission.MANAGE_ACCOUNTS))
    assert other.text == "degraded\n"
    told = client.get("/healthz", headers=token(state, Permission.READ_METRICS)).text.splitlines()
    assert told[0] == "degraded"
    assert {line.partition(":")[0] for line in told[1:]} == {"clock", "dropped"}
    assert "90.0 s behind" in "".join(told)
    assert "timedatectl" in "".join(told)
    assert "rule-1" in "".join(told)


def test_a_worker_that_is_gone_knows_no_clock(state: State, client: httpx.Client) -> None:
    wrong_clock(state)
    assert client.get("/healthz").text == "ok\n"


# -- the screen ------------------------------------------------------------------------------------------------


def huge(state: State, room: Callable[[], Forecast]) -> None:
    """Yesterday's logs were so many that the disk is full in twelve days."""
    day = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    row = {
        column.name: 0 if column.type.python_type is int else "x" for column in segments.c if not column.nullable
    } | {"path": "x", "day": day, "bytes": room().free // 12 - 1}
    with state.write() as connection:
        connection.execute(insert(segments), row)


@pytest.mark.slow
def test_the_war_room_says_it(
    seeded: State, data_dir: Path, tmp_path: Path, page: Page, other_page: Callable[[], Page]
) -> None:
    said = {
        "en": ("90.0 s behind", "Disk full in", "41 events"),
        "th": ("ช้าไป 90.0 วินาที", "ดิสก์จะเต็มใน", "41 เหตุการณ์"),
    }
    huge(seeded, lambda: healthz.look(seeded, Settings(data=data_dir)).disk or ROOMY)
    left_out.add(seeded, LeftOut(41, {}))
    lease = Lease(seeded, data_dir)
    with console_over(seeded, data_dir, tmp_path / "console.log") as console:
        lease.take()
        seen = {"en": page, "th": other_page()}
        for language, opened in seen.items():
            console.enter(opened, language=language)
        for language, opened in seen.items():
            banners = opened.locator(".wr-banners")
            for text in said[language]:
                for _ in range(60):  # a worker that is not heard of knows no clock, and a busy machine takes its time
                    lease.renew()
                    wrong_clock(seeded)
                    if text in (banners.text_content() or ""):
                        break
                    opened.wait_for_timeout(500)
                else:
                    pytest.fail(f"{text!r} is not said")
            opened.screenshot(path=tmp_path / f"banners_{language}.png")
        assert httpx.get(f"{console.url}/healthz").text == "degraded\n"
        assert console.complaints == []
