"""`./run demo`: a simulated registration day under attack, with nothing to configure."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.commands.opening import free_place, opened, signin_url, way_in
from warroom.commands.supervise import Processes
from warroom.drill.scenario import DRILLS, load_scenario
from warroom.errors import ConflictError, UsageError
from warroom.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

#: In a demo's state folder: only a folder with this file is ever emptied.
MARK: Final = ".warroom-demo"


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="As `./run drill list` names it.")] = "registration_day",
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
) -> None:
    """Play a day under attack: worker, console and the drill, until Ctrl-C. Every start begins a new day."""
    load_scenario(scenario)
    data = Path(os.environ.get("WARROOM_DATA") or ROOT / "data" / "demo").expanduser().absolute()
    environment = demo_environment(data, scenario)
    os.environ.update(environment)
    settings = Settings()
    place = free_place(settings.address)
    with only_one(data) as lock:
        begin_anew(data)
        link = signin_url(settings)
        with Processes(data / "processes", environment, held=(lock,)) as processes:
            processes.start("worker", "worker")
            processes.start("console", "console")
            processes.start("drill", "drill", "start", scenario, "--seed", str(seed))
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()} {' '.join(map(str, processes.ids()))}".encode(), 0)
            if opened(processes, place):
                sys.stdout.write(
                    f"The war room is open. This is a drill: nothing in it is real.\n\n"
                    f"  http://{settings.address}\n\n"
                    f"{way_in(link)}\n"
                    f"Ctrl-C ends it. The processes' logs: {data / 'processes'}\n"
                )
                sys.stdout.flush()
                processes.watch()
            sys.stderr.write("ending …\n")


def demo_environment(data: Path, scenario: str) -> dict[str, str]:
    """Give the settings of a demo, as environment variables; whatever else is set stays out of its way."""
    return {
        "WARROOM_DATA": str(data),
        # An operator's own database, if one is configured here, must never see a drill.
        "WARROOM_DB": f"sqlite:///{data / 'state.db'}",
        "WARROOM_FEEDS": str(DRILLS / scenario / "feeds"),
        "WARROOM_DRILL": "true",
        # Outside the state folder, which every start empties: compiled rules are ready the next time.
        "WARROOM_CACHE": os.environ.get("WARROOM_CACHE") or str(ROOT / "data" / "cache"),
    }


@contextmanager
def only_one(data: Path) -> Iterator[int]:
    """Hold the demo's lock, beside its folder, so that no two demos share one; gives its file descriptor.

    The demo's processes inherit it: as long as one of them lives, nobody empties the folder under it.
    Raises ConflictError.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data.with_name(f".{data.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            holders = os.pread(descriptor, 200, 0).decode(errors="replace")
            message = (
                f"a demo already runs in {data} (processes {holders}): end it, or set WARROOM_DATA to another folder"
            )
            raise ConflictError(message) from problem
        yield descriptor
    finally:
        os.close(descriptor)


def begin_anew(data: Path) -> None:
    """Remove the last demo's state and make an empty, marked folder (mode 700).

    Raises UsageError where the folder holds something that no demo put there.
    """
    if data.is_symlink():
        raise UsageError(f"{data} is a link: the demo only empties a folder of its own")
    if data.exists():
        if any(data.iterdir()) and not (data / MARK).is_file():
            raise UsageError(f"{data} holds something that is no demo's: set WARROOM_DATA to an empty or a new folder")
        # First out of the way, in one step: an interrupted removal never leaves half a state behind.
        aside = data.with_name(f".{data.name}.old-demo")
        shutil.rmtree(aside, ignore_errors=True)
        data.rename(aside)
        shutil.rmtree(aside)
    data.mkdir(mode=0o700)
    (data / MARK).touch()
