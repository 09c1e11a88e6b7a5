"""`./run drill run`: a whole scenario at full speed through the ordinary worker, in its own folder, and its score."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.drill_score import tell_score
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.drill.scenario import Scenario
    from warroom.drill.score import Score


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="As `./run drill list` names it.")],
    *,
    seed: Annotated[int, typer.Option(help="The same seed gives the same lines.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Play only so many minutes of it.", min=0.05)] = None,
    every: Annotated[
        float, typer.Option(help="Seconds of the play between two looks: times to detect are as fine.", min=1)
    ] = 300.0,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the state in this new folder; default: it is removed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Play a scenario without waiting, in a state folder of its own, and score what was found; exit 1 as `score`.

    The play begins at the scenario's own hour of the last day. Nothing of the ordinary state is read or written but
    the cache of compiled rules.
    """
    from warroom.drill.scenario import load_scenario

    told = load_scenario(scenario)
    longest = told.day.minutes
    if minutes is not None and minutes > longest:
        raise UsageError(f"--minutes {minutes:g}: the day is over after {longest:g}")
    if keep is not None and keep.exists():
        raise UsageError(f"{keep} is there already: name a folder that is not")
    with tempfile.TemporaryDirectory(prefix="warroom-drill-") as temporary:
        score, lines = play_and_score(
            scenario, told, seed, 60 * (minutes or longest), keep or Path(temporary), every=every
        )
    tell_score(score, as_json=as_json, scenario=scenario, seed=seed, minutes=minutes or longest, lines=lines)
    raise typer.Exit(0 if score.passed else 1)


def play_and_score(
    name: str, scenario: Scenario, seed: int, seconds: float, data_dir: Path, *, every: float
) -> tuple[Score, int]:
    """Play into a new state folder, with a pass of the worker after each slice; the score and the lines written.

    The time of an incident's opening is the end of the slice after which it was first seen.
    """
    from warroom.commands.output import log_to_stderr
    from warroom.drill.scenario import DRILLS
    from warroom.drill.score import compare
    from warroom.drill.stage import latest_opening, perform_in_slices
    from warroom.drill.truth import TRUTH, read_truth
    from warroom.settings import Settings
    from warroom.store.database import State
    from warroom.store.drill import played_incidents
    from warroom.worker import Worker

    log_to_stderr()
    # The database is told: an operator's own, if one is configured here, must never see a drill.
    settings = Settings(
        data=data_dir,
        db=f"sqlite:///{data_dir.resolve() / 'state.db'}",
        feeds=DRILLS / name / "feeds",
        cache=Settings().cache_dir,
        drill=True,
    )
    opened: dict[int, datetime] = {}
    work = Worker(settings, threading.Event())
    work.start()
    try:
        with State(settings.db_url) as state:

            def look(moment: datetime) -> None:
                work.read_once()
                for found in played_incidents(state):
                    opened.setdefault(found.id, moment)

            first = latest_opening(scenario, seconds, datetime.now(UTC))
            done = perform_in_slices(scenario, seed, seconds, settings.data_dir, first=first, every=every, look=look)
            found = [replace(one, opened_at=opened[one.id]) for one in played_incidents(state)]
    finally:
        work.stop()
    lines = sum(done.lines.values())
    sys.stderr.write(f"{name}, seed {seed}: {lines:,} lines played from {first:%Y-%m-%d %H:%M %Z}\n")
    return compare(read_truth(settings.data_dir / TRUTH), found), lines
