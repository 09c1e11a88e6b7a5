"""`./run drill record`: play every platform's attacks, and write down which rules found them."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from warroom.drill.found import RECORD

_SCENARIO = "all_platforms"


def record(
    *,
    seed: Annotated[int, typer.Option(help="The same seed gives the same lines.")] = 1,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the record is written.")] = RECORD,
) -> None:
    """Play the scenario of all platforms without waiting, and record which rules found which attacks.

    `./run platforms` tells from it which detectors fire on a platform's drill. Takes some minutes.
    """
    from warroom.bench.drilled import rule_files
    from warroom.commands.drill_run import play_and_score
    from warroom.detect import load_rules
    from warroom.drill.found import recorded, rules_by_attack
    from warroom.drill.scenario import load_scenario
    from warroom.drill.truth import TRUTH, read_truth
    from warroom.settings import Settings
    from warroom.store.database import State
    from warroom.store.drill import played_alerts

    settings = Settings()
    rules = load_rules([settings.detectors], settings.cache_dir)
    told = load_scenario(_SCENARIO)
    with tempfile.TemporaryDirectory(prefix="warroom-drill-") as temporary:
        folder = Path(temporary)
        play_and_score(_SCENARIO, told, seed, told.day.seconds, folder, every=300.0)
        with State(f"sqlite:///{folder.resolve() / 'state.db'}") as state:
            found = rules_by_attack(read_truth(folder / TRUTH), played_alerts(state))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    fired: set[str] = set().union(*found.values())
    to.write_text(recorded((_SCENARIO, told, seed), at, found, rule_files(rules, fired)).text(), "utf-8")
    many = sum(map(bool, found.values()))
    sys.stdout.write(f"{many} of {len(told.attacks)} attacks found by {len(fired)} rules: written to {to}\n")
