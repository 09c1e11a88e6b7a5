"""`./run rules coverage`: what the detectors cover of MITRE ATT&CK."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from warroom.bench.catalogue import entries_of
from warroom.bench.coverage import covered, layer
from warroom.catalog.world import attack_version, load_attack
from warroom.commands.output import print_json, print_table
from warroom.commands.rules_places import AsJson
from warroom.detect import RuleFiles
from warroom.detect.staging import stages_of
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.bench.coverage import Covered


class _Origin(StrEnum):
    BOTH = "both"
    OWN = "own"
    UPSTREAM = "upstream"


_Whose = Annotated[_Origin, typer.Option("--origin", help="Whose rules count.")]
_Navigator = Annotated[Path | None, typer.Option("--navigator", help="Write a layer for ATT&CK Navigator here.")]


def coverage(*, origin: _Whose = _Origin.BOTH, navigator: _Navigator = None, as_json: AsJson = False) -> None:
    """Show for every technique the rules, those with samples, and the alerts that name it."""
    settings = Settings()
    ruleset = RuleFiles([settings.detectors], settings.cache_dir).load()
    stages, seen = _stored(settings)
    entries = [entry for entry in entries_of(ruleset, settings.detectors) if origin in (_Origin.BOTH, entry.origin)]
    stage = stages_of([*ruleset.rules, *ruleset.correlations], stages, settings.detectors)
    found = covered(entries, stage, seen)
    if navigator:
        navigator.write_bytes(orjson.dumps(layer(found, "Detectors"), option=orjson.OPT_INDENT_2))
    if as_json:
        print_json(_told(found))
        return
    tactics, techniques = load_attack()
    rows = [
        [tactic.name_en, key, techniques[key].name, one.rules, one.shadow, one.own, one.tested, one.alerts]
        for tactic in tactics
        for key, one in sorted(found.items())
        if key in techniques and tactic.key in techniques[key].tactics
    ]
    headings = ["tactic", "technique", "name", "rules", "in shadow", "own", "tested", "alerts"]
    print_table(headings, rows, empty="No rule names a technique: add a tag such as attack.t1110.004.")
    for tactic in _told(found)["tactics"]:
        typer.echo(f"{tactic['name']}: {tactic['covered']} of {tactic['techniques']} techniques")


def _told(found: Mapping[str, Covered]) -> dict[str, Any]:
    """Give coverage for machines: each technique, how much of each tactic, and tags that ATT&CK does not know."""
    tactics, techniques = load_attack()
    active = {key.partition(".")[0] for key, one in found.items() if one.score}
    wholes = [one for one in techniques.values() if "." not in one.id]
    return {
        "attack": attack_version(),
        "techniques": [
            {"id": key, "name": techniques[key].name, "tactics": list(techniques[key].tactics)} | asdict(one)
            for key, one in sorted(found.items())
            if key in techniques
        ],
        "tactics": [
            {
                "id": tactic.id,
                "name": tactic.name_en,
                "techniques": sum(tactic.key in one.tactics for one in wholes),
                "covered": sum(tactic.key in one.tactics and one.id in active for one in wholes),
            }
            for tactic in tactics
        ],
        "unknown": sorted(found.keys() - techniques.keys()),
    }


def _stored(settings: Settings) -> tuple[Mapping[str, str], Mapping[str, int]]:
    """Give the stages that were set and all alerts by tag; nothing where no worker ever ran."""
    from warroom.store.database import State
    from warroom.store.rules import stages
    from warroom.store.views import seen

    if settings.db is None and not (settings.data_dir / "state.db").exists():
        return {}, {}
    with State(settings.db_url) as state:
        with state.read() as connection:
            known = stages.read(connection)
        return known, {one.tag: one.alerts for one in seen.tags(state, 0)}
