"""Measures a backup under load and what brings it back: seconds, CPU-seconds, sizes, and that nothing is missing.

PYTHONPATH=.:tests python benchmarks/backup.py [--events 10000000] [--folder FOLDER]

The events are stored through the worker's commit. Then `./run backup` runs while a writer goes on committing a thousand
lines at a time and signing; `./run restore` brings the copy to another folder, where `./run ledger --deep` and
`./run verify` have to be clean. What was acknowledged before the backup began has to be there. Ten million events need
about 2 GB of disk in the folder, which is left empty.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from search_store import PLATFORMS, fill_events, lines_of
from sqlalchemy import func, select

from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import UTC_MICROSECONDS
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.feedstate import Registration, register
from warroom.store.lease import Lease
from warroom.store.prover import Places, Prover
from warroom.store.tables import segments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

#: Lines that the writer commits at a time, and seconds from one time to the next.
PACE = (1_000, 0.1)


@dataclass(frozen=True)
class Folders:
    """Where everything is: the store, its copy, the other machine."""

    base: Path

    @property
    def data(self) -> Path:
        """The store."""
        return self.base / "data"

    @property
    def copy(self) -> Path:
        """What the backup makes."""
        return self.base / "copy"

    @property
    def other(self) -> Path:
        """The other machine's store."""
        return self.base / "other"

    @property
    def key(self) -> Path:
        """What signs, and is apart from both."""
        return self.base / "signing.key"


def main(arguments: argparse.Namespace) -> None:
    """Fill a store, back it up while it is written to, bring it back, check it."""
    with tempfile.TemporaryDirectory(prefix="warroom-backup-", dir=arguments.folder) as name:
        at = Folders(Path(name))
        cpu = time.process_time()
        fill(at, arguments.events)
        told(f"{arguments.events:,} events stored", 0.0, time.process_time() - cpu, size_of(at.data))
        with writing(at) as acknowledged:
            before = arguments.events + acknowledged.value
            copied = command(at.data, at, "backup", at.copy)
            meanwhile = arguments.events + acknowledged.value - before
        told(f"`./run backup`, {meanwhile:,} events committed meanwhile", *copied, size_of(at.copy))
        told("`./run restore`", *command(at.other, at, "restore", at.copy), size_of(at.other))
        there = events_in(at.other)
        if there < before:
            sys.exit(f"{before - there:,} acknowledged events are missing")
        told("`./run ledger --deep` there", *command(at.other, at, "ledger", "--deep"), 0)
        told("`./run verify` there", *command(at.other, at, "verify"), 0)
        sys.stdout.write(
            f"\nOf {before:,} events acknowledged before the backup began all are there, {there:,} in all.\n"
        )


def fill(at: Folders, count: int) -> None:
    """Make a store with its chains begun and so many events, signed."""
    at.data.mkdir(mode=0o700)
    with State(f"sqlite:///{at.data / 'state.db'}") as state:
        state.migrate()
        register(
            state,
            [Registration(f"feed_{number}", name, name, name, False, 900) for number, name in enumerate(PLATFORMS)],
        )
        sign(at, state)
        fill_events(state, at.data, count)
        sign(at, state)


def sign(at: Folders, state: State) -> None:
    """Begin the chains, or sign where they stand."""
    lease = Lease(state, at.data)
    lease.take()
    prover = Prover(state, at.data, lease, Places(at.key, None, None))
    prover.begin()
    prover.run()
    lease.release()


@contextmanager
def writing(at: Folders) -> Iterator[Synchronized[int]]:
    """Let a process commit and sign all the time; gives how many events it has committed."""
    start = multiprocessing.get_context("spawn")
    done: Synchronized[int] = start.Value("q", 0)
    stop = start.Event()
    writer = start.Process(target=write, args=(at.base, done, stop))
    writer.start()
    try:
        while not done.value and writer.is_alive():
            time.sleep(0.05)
        yield done
    finally:
        stop.set()
        writer.join()
    if writer.exitcode:
        sys.exit("the writer failed")


def write(base: Path, done: Synchronized[int], stop: Event) -> None:
    """Commit lines of one feed until it is told to stop; sign every second."""
    at = Folders(base)
    count, pause = PACE
    with State(f"sqlite:///{at.data / 'state.db'}") as state:
        lease, ids, pool = Lease(state, at.data), EventIds(state), lines_of(0)
        lease.take()
        prover = Prover(state, at.data, lease, Places(at.key, None, None))
        prover.begin()
        origin = Origin("feed_0", PLATFORMS[0], "nginx", "webserver", None, "now", "/var/log/now.log")
        signed, position = time.monotonic(), None
        while not stop.is_set():
            times = pa.array(np.full(count, now_us())).cast(UTC_MICROSECONDS)
            made = pool.slice(0, count).add_column(0, "ts", times)
            offsets = pa.array((np.arange(count) + done.value) * 100)
            events = add_envelope(made, origin, offsets, ids.take(count), datetime.now(UTC), timedelta(minutes=10))
            following = str(done.value + count)
            commit(state, at.data, Batch("feed_0", "now.log", position, following, count, events, count), ids, lease)
            position = following
            with done.get_lock():
                done.value += count
            if time.monotonic() - signed > 1:
                prover.run()
                signed = time.monotonic()
            stop.wait(pause)
        prover.run()
        lease.release()


def command(data: Path, at: Folders, *words: str | Path) -> tuple[float, float]:
    """Run a command of the war room, which has to succeed; wall and CPU seconds."""
    environment = os.environ | {
        "WARROOM_DATA": str(data),
        "WARROOM_SIGNING_KEY": str(at.key),
        "WARROOM_CACHE": str(at.base / "cache"),
    }
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        asked = [sys.executable, "-m", "warroom", *map(str, words)]
        process = subprocess.Popen(asked, env=environment, stdout=said, stderr=said)  # noqa: S603 - of this project
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read()[-4000:].decode(errors="replace"))
            sys.exit(f"./run {words[0]} failed")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime


def events_in(folder: Path) -> int:
    """Count the events that a store's manifest names."""
    with State(f"sqlite:///{folder / 'state.db'}") as state, state.read() as connection:
        return connection.scalar(select(func.sum(segments.c.rows)).where(segments.c.kind == "events")) or 0


def size_of(folder: Path) -> int:
    """Give the bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def told(what: str, wall: float, cpu: float, size: int) -> None:
    """Print a line of the table."""
    cells = (f"{wall:,.1f}" if wall else "", f"{cpu:,.1f}", f"{size / 1e6:,.0f}" if size else "")
    sys.stdout.write(f"| {what} | {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help="where the stores are made; default: the system's temporary folder")
    sys.stdout.write("| what | wall s | CPU s | MB |\n| --- | ---: | ---: | ---: |\n")
    main(parser.parse_args())
