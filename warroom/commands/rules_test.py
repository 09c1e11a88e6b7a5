"""`./run rules test`: the samples through the parser and the engine."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from warroom.bench.trials import junit, try_all
from warroom.commands.output import print_json
from warroom.commands.progress import Progress
from warroom.commands.rules_places import AsJson, Paths, files_of, places_of, tell, told
from warroom.commands.rules_told import counted
from warroom.settings import Settings

_Junit = Annotated[Path | None, typer.Option("--junit", help="Write what came of each sample here, as JUnit's XML.")]


def run_samples(paths: Paths = None, *, junit_file: _Junit = None, as_json: AsJson = False) -> None:
    """Run each detector's samples through the parser and the engine; exit 1 where one does not hold."""
    files = files_of(places_of(paths))
    begun = time.monotonic()
    line = Progress(sys.stderr, 0)
    trials = try_all(
        files,
        Settings().detectors,
        lambda done, total: line.say(f"{done} of {total} detectors  {files[done - 1].stem}"),
    )
    line.clear()
    seconds = time.monotonic() - begun
    faults = [fault for trial in trials for fault in trial.failures]
    cases = sum(len(trial.cases) for trial in trials)
    if junit_file:
        junit(trials, junit_file)
    if as_json:
        print_json(
            {
                "detectors": len(files),
                "cases": cases,
                "failures": told(faults),
                "seconds": round(seconds, 3),
                "cpu_seconds": {trial.file.stem: round(trial.seconds, 4) for trial in trials},
            }
        )
    else:
        holds = "holds" if cases == 1 else "hold"
        tell(faults, f"{counted(cases, 'sample')} of {counted(len(files), 'detector')} {holds}.")
    raise typer.Exit(1 if faults else 0)
