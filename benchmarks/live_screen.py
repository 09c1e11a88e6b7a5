"""Measures the live screen: sessions that stay on it while alerts arrive.

PYTHONPATH=.:tests python benchmarks/live_screen.py [--sessions 50] [--alerts 50] [--seconds 60]

The console runs as its own process over a store of a busy day; a second process stores alerts and lets the grouping
make incidents of them, the worker's way. Sessions are WebSockets that speak Streamlit's protocol and ask for every
fragment at its interval, as a browser does. A rerun's time is from asking to the end of its run, at the socket; a row's
is from its commit to the first message that holds it. CPU is of the console's process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import websockets
from console.conftest import console_over
from console.seeding import Attack, add_attack, fresh_state, seed
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from warroom import access
from warroom.console.cookie import COOKIE
from warroom.store.database import State

_SETTLE_SECONDS = 5
_MARK = re.compile(rb"Arrival ([a-p]{14}) ")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = bytes.maketrans(b"abcdefghijklmnop", b"0123456789abcdef")


@dataclass
class Figures:
    """What all sessions saw; seconds."""

    reruns: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)
    ready: int = 0
    failed: list[str] = field(default_factory=list)


def main(arguments: argparse.Namespace) -> None:
    """Run the console, the sessions and the alerts, and print what it took."""
    with tempfile.TemporaryDirectory(prefix="warroom-console-") as name:
        folder = Path(name) / "data"
        state = fresh_state(folder)
        seed(state, folder)
        with console_over(state, folder, Path(name) / "console.log") as running:
            token = signed_in(running.url, state)
            figures = Figures()
            writer = multiprocessing.get_context("spawn").Process(
                target=write, args=(folder, arguments.alerts, arguments.seconds + 600)
            )
            writer.start()
            cpu, wall = asyncio.run(stay(running.url, token, arguments, figures, running.pid))
            writer.terminate()
            writer.join()
        state.close()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {arguments.sessions} sessions, {arguments.alerts} alerts/s, {wall:.0f} s")
    print(f"reruns: {len(figures.reruns):,}, {told(figures.reruns, 1e3, 'ms')}")
    print(f"row to browser: {len(figures.rows):,} seen, {told(figures.rows, 1, 's')}")
    each = 1e3 * cpu / max(1, len(figures.reruns))
    print(f"CPU of the console: {100 * cpu / wall:.0f} % of one core, {each:.1f} ms a rerun")
    print(f"sockets that failed: {len(figures.failed)} {figures.failed[:1] or ''}")


def told(values: list[float], factor: float, unit: str) -> str:
    """Give the median and the 95th percentile."""
    if len(values) < 20:  # noqa: PLR2004 - of fewer there is no such percentile
        return "too few to tell"
    cuts = statistics.quantiles(values, n=20)
    return f"p50 {factor * cuts[9]:.2f} {unit}, p95 {factor * cuts[18]:.2f} {unit}"


def cpu_seconds(process: int) -> float:
    """Give the CPU time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def signed_in(url: str, state: State) -> str:
    """Sign in by a link; give the session's token."""
    token = access.create_signin_link(state, datetime.now(UTC))
    answer = httpx.post(
        f"{url}/signin", data={"token": token, "name": "bench", "language": "th"}, headers={"origin": url}
    )
    return answer.cookies[COOKIE]


def write(folder: Path, rate: int, seconds: float) -> None:
    """Store alerts at a rate, one incident a second among them, each named by the time of its commit."""
    state = State(f"sqlite:///{folder / 'state.db'}")
    end, number = time.time() + seconds, 0
    while time.time() < end:
        began = time.time()
        number += 1
        # In letters: sixteen digits could be a payment card's, and would be masked.
        title = f"Arrival {f'{int(time.time() * 1e6):014x}'.translate(_LETTERS)} is here"
        value = f"198.51.{number // 250 % 250}.{number % 250}"
        attack = Attack(
            title, title, "critical", "gdx", "tang_rat_api", "address", value, ("attack.t1190",), rate, 0.1, "x {n}"
        )
        add_attack(state, folder, attack, now=datetime.now(UTC), number=1000 + number)
        time.sleep(max(0.0, 1 - (time.time() - began)))


async def stay(
    url: str, token: str, arguments: argparse.Namespace, figures: Figures, process: int
) -> tuple[float, float]:
    """Keep the sessions on the live screen; the CPU and wall time of the measured stretch."""
    measuring = asyncio.Event()
    tasks = []
    for _ in range(arguments.sessions):
        tasks.append(asyncio.create_task(session(url, token, figures, measuring)))
        await asyncio.sleep(0.2)
    while figures.ready + len(figures.failed) < arguments.sessions:  # noqa: ASYNC110 - whichever comes last
        await asyncio.sleep(0.5)
    await asyncio.sleep(_SETTLE_SECONDS)
    measuring.set()
    cpu, wall = cpu_seconds(process), time.perf_counter()
    await asyncio.sleep(arguments.seconds)
    spent = cpu_seconds(process) - cpu, time.perf_counter() - wall
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return spent


async def session(url: str, token: str, figures: Figures, measuring: asyncio.Event) -> None:
    """Be one browser on the front page."""
    headers = {"Cookie": f"{COOKIE}={token}"}
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        async with websockets.connect(
            address,
            additional_headers=headers,
            origin=url,
            subprotocols=["streamlit"],
            max_size=None,  # type: ignore[arg-type, list-item]
        ) as line:
            await Browser(line, figures, measuring).stay()
    except Exception as problem:  # noqa: BLE001 - whatever it is, the figures would lie without it
        figures.failed.append(repr(problem))


class Browser:
    """One open page: asks for itself, then for each of its fragments at its interval, and notes how long it takes."""

    def __init__(self, line: websockets.ClientConnection, figures: Figures, measuring: asyncio.Event) -> None:
        self._line, self._figures, self._measuring = line, figures, measuring
        self._asked: dict[str, float] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._seen: set[bytes] = set()

    async def stay(self) -> None:
        """Read what the server sends until it ends."""
        await self._ask("")
        try:
            async for data in self._line:
                self._read(data if isinstance(data, bytes) else data.encode())
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _ask(self, fragment: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = ""
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        self._asked.setdefault(fragment, time.perf_counter())
        await self._line.send(message.SerializeToString())

    async def _again(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask(fragment)

    def _read(self, raw: bytes) -> None:
        fresh = set(_MARK.findall(raw)) - self._seen
        self._seen |= fresh
        if self._measuring.is_set():
            self._figures.rows += [time.time() - int(found.translate(_DIGITS), 16) / 1e6 for found in fresh]
        message = ForwardMsg()
        message.ParseFromString(raw)
        kind = message.WhichOneof("type")
        if kind == "auto_rerun" and message.auto_rerun.fragment_id not in self._timers:
            one = message.auto_rerun
            self._timers[one.fragment_id] = asyncio.create_task(self._again(one.fragment_id, one.interval))
        elif kind == "script_finished":
            for fragment in list(message.metadata.run.fragment_ids) or [""]:
                self._figures.ready += not fragment
                began = self._asked.pop(fragment, None)
                if began is not None and self._measuring.is_set():
                    self._figures.reruns.append(time.perf_counter() - began)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--alerts", type=int, default=50, help="a second")
    parser.add_argument("--seconds", type=float, default=60)
    sys.exit(main(parser.parse_args()))
