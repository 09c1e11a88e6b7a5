"""`./run drill`: list the scenarios, play one, compare what was found with the ground truth."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from warroom.commands.drill_record import record
from warroom.commands.drill_run import run
from warroom.commands.drill_score import tell_score
from warroom.commands.output import print_json, print_table
from warroom.commands.stopping import asked_to_stop
from warroom.drill.scenario import DRILLS, load_scenario, names
from warroom.drill.score import compare
from warroom.drill.stage import Pace, Performance, perform
from warroom.drill.truth import TRUTH, read_truth
from warroom.errors import UsageError
from warroom.settings import Settings
from warroom.store.database import State
from warroom.store.drill import played_incidents

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Drills with a ground truth."
)

app.command()(run)
app.command()(record)

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command(name="list")
def list_scenarios(*, as_json: _AsJson = False) -> None:
    """List the scenarios."""
    rows: list[dict[str, Any]] = []
    for name in names():
        scenario = load_scenario(name)
        rows.append(
            {
                "scenario": name,
                "title_th": scenario.title.th,
                "title_en": scenario.title.en,
                "minutes": scenario.day.minutes,
                "attacks": len(scenario.attacks),
                "platforms": sorted({log.platform for log in scenario.logs}),
                "feeds": str(DRILLS / name / "feeds"),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ["scenario", "title", "minutes", "attacks", "platforms"],
        [
            [row["scenario"], row["title_en"], row["minutes"], row["attacks"], ", ".join(row["platforms"])]
            for row in rows
        ],
        empty=f"There is no scenario: add a folder with scenario.yml to {DRILLS}.",
    )


@app.command()
def start(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="As `./run drill list` names it.")],
    *,
    minutes: Annotated[float | None, typer.Option(help="Play only so many minutes of it.", min=0.05)] = None,
    speed: Annotated[float, typer.Option(help="Seconds of the play in a second.", min=0.1, max=1000)] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same lines.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="Write everything at once, ending now.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Write the scenario's log files into the state folder, with the ground truth beside them."""
    if once and speed != 1.0:
        raise UsageError("--once has no speed: leave --speed out")
    settings = Settings()
    played = load_scenario(scenario)
    longest = played.day.minutes
    if minutes is not None and minutes > longest:
        raise UsageError(f"--minutes {minutes:g}: the day is over after {longest:g}")
    pace = Pace(60 * (minutes or longest), math.inf if once else speed)
    sys.stderr.write(
        f"playing {scenario} into {settings.data_dir / 'logs'}; its feeds: {DRILLS / scenario / 'feeds'}\n"
    )
    with asked_to_stop() as stop:
        done = perform(played, seed, pace, settings.data_dir, clock=lambda: datetime.now(UTC), wait=stop.wait)
    _tell(done, as_json=as_json)


@app.command()
def score(*, as_json: _AsJson = False) -> None:
    """Compare the incidents with the ground truth; exit 1 where an attack was missed or split."""
    settings = Settings()
    attacks = read_truth(settings.data_dir / TRUTH)
    with State(settings.db_url) as state:
        result = compare(attacks, played_incidents(state))
    tell_score(result, as_json=as_json)
    raise typer.Exit(0 if result.passed else 1)


def _tell(done: Performance, *, as_json: bool) -> None:
    if as_json:
        print_json({"lines": done.lines, "attack_lines": done.attack_lines})
        return
    rows: list[list[object]] = [[log, count] for log, count in done.lines.items()]
    rows.append(["of attacks", done.attack_lines])
    print_table(["log", "lines"], rows, empty="")
