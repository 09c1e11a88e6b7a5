"""`./run rules`: check, test and list the detectors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warroom.commands.feed_gaps import feed_gaps, tell_gaps
from warroom.commands.output import print_json, print_table
from warroom.detect import Correlation, Rule, RuleSet, load_rules
from warroom.detect.content import UPSTREAM, detector_files, faults_of, read_detectors, upstream_faults
from warroom.detect.filters import excepts
from warroom.detect.samples import failures, read_samples, rules_under_test, samples_of
from warroom.errors import ContentError, Fault, UsageError
from warroom.settings import Settings

if TYPE_CHECKING:
    from warroom.detect.content import Detector

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Detectors.")

_Paths = Annotated[list[Path] | None, typer.Argument(help="Detector files or folders; default: all of detectors/.")]
_Feed = Annotated[str, typer.Option("--feed", help="Also list the rules that ask what this feed does not carry.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def check(paths: _Paths = None, *, feed: _Feed = "", as_json: _AsJson = False) -> None:
    """Report every fault of the detectors with file, line and what to do; exit 1 where there is one."""
    places = _places(paths)
    ruleset = load_rules(places)
    detectors, unreadable = read_detectors(_files(places))
    # The engine has read the same files: what it could not read it has refused already.
    faults = list(dict.fromkeys([*ruleset.refused, *unreadable, *faults_of(detectors)]))
    for place in places:
        faults += upstream_faults(place)
    slow = [(f"{rule.file}:{rule.line}", expression) for rule, expression in ruleset.fallbacks()]
    tuned = _tuned(ruleset)
    blind = feed_gaps(feed, ruleset) if feed else None
    count = len(ruleset.rules) + len(ruleset.correlations)
    own = [detector for detector in detectors if not detector.is_filter]
    if as_json:
        print_json(
            {
                "rules": count,
                "own": len(own),
                "faults": [{"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in faults],
                "slow_expressions": [{"rule": rule, "expression": expression} for rule, expression in slow],
                "filtered": [{"rule": rule, "filters": filters} for rule, filters in tuned],
            }
            | ({"feed": blind} if blind else {})
        )
    else:
        _report(faults, f"{count} rules load, {len(own)} of them our own detectors: no fault.")
        for rule, expression in slow:
            typer.echo(f"note: {rule}: look-around or back-reference, decided by the slower engine: {expression}")
        for rule, filters in tuned:
            typer.echo(f"note: {rule}: tuned by {', '.join(filters)}")
        if blind:
            tell_gaps(blind)
    raise typer.Exit(1 if faults else 0)


@app.command(name="test")
def run_samples(paths: _Paths = None, *, as_json: _AsJson = False) -> None:
    """Run each detector's samples through the parser and the engine; exit 1 where one does not hold."""
    files = _files(_places(paths))
    faults: list[Fault] = []
    cases = 0
    for file in files:
        ruleset = rules_under_test(file, Settings().detectors)
        faults += ruleset.refused
        try:
            samples = read_samples(samples_of(file))
        except ContentError as problem:
            faults.append(problem.fault)
            continue
        cases += len(samples.cases)
        faults += failures(samples, ruleset)
    if as_json:
        found = [{"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in faults]
        print_json({"detectors": len(files), "cases": cases, "failures": found})
    else:
        _report(faults, f"{cases} samples of {len(files)} detectors hold.")
    raise typer.Exit(1 if faults else 0)


@app.command(name="list")
def list_rules(paths: _Paths = None, *, as_json: _AsJson = False) -> None:
    """List the rules that raise alerts, our own first."""
    places = _places(paths)
    own = {str(detector.file): detector for detector in read_detectors(_files(places))[0]}
    rows = sorted((_row(rule, source, own) for rule, source in _alerting(load_rules(places))), key=_own_first)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["level", "log source", "title", "kind", "file"],
        [[row["level"], row["logsource"], row["title_en"], _kind(row), _short(row["file"])] for row in rows],
        empty="There is no rule: `docs/detectors.md` says how to write one.",
    )


def _alerting(ruleset: RuleSet) -> Iterable[tuple[Rule | Correlation, Rule]]:
    """Give each rule that raises alerts, and the rule that says what it reads."""
    for correlation in ruleset.correlations:
        first = correlation.members[0]
        while first < 0:
            first = ruleset.correlations[~first].members[0]
        if not correlation.silent:
            yield correlation, ruleset.rules[first]
    for number, rule in enumerate(ruleset.rules):
        if number not in ruleset.silent:
            yield rule, rule


def _row(rule: Rule | Correlation, source: Rule, own: dict[str, Detector]) -> dict[str, Any]:
    detector = own.get(rule.file)
    parts = (source.logsource.product, source.logsource.category, source.logsource.service)
    return {
        "id": rule.id,
        "title_en": rule.title,
        "title_th": detector.custom.get("title_th") if detector else None,
        "level": str(rule.severity),
        "kind": rule.kind if isinstance(rule, Correlation) else "rule",
        "filters": [] if isinstance(rule, Correlation) else _filters(rule),
        "logsource": "/".join(part for part in parts if part),
        "tags": list(rule.tags),
        "origin": "own" if detector else UPSTREAM,
        "file": rule.file,
    }


def _kind(row: dict[str, Any]) -> str:
    return f"{row['kind']}, filtered" if row["filters"] else str(row["kind"])


def _filters(rule: Rule) -> list[str]:
    """Say which filters tune a rule, and where they stand; one that excepts nothing may mean the opposite."""
    return [
        f"{one.title} ({one.file}:{one.line})"
        + ("" if excepts(one.condition) else ", which keeps only what it selects: an exception is written `not …`")
        for one in rule.filters
    ]


def _tuned(ruleset: RuleSet) -> list[tuple[str, list[str]]]:
    """Give each filtered rule with its filters."""
    return [(f"{rule.title} ({rule.file}:{rule.line})", _filters(rule)) for rule in ruleset.rules if rule.filters]


def _short(file: str) -> str:
    """Give a path without the folders above the detectors."""
    folder = Settings().detectors
    return str(Path(file).relative_to(folder)) if Path(file).is_relative_to(folder) else file


def _own_first(row: dict[str, Any]) -> tuple[bool, str, str]:
    return row["origin"] == UPSTREAM, row["logsource"], row["file"]


def _places(paths: list[Path] | None) -> list[Path]:
    places = paths or [Settings().detectors]
    for place in places:
        if not place.exists():
            raise UsageError(f"{place}: no such detector file or folder")
    return places


def _files(places: list[Path]) -> list[Path]:
    return [file for place in places for file in (detector_files(place) if place.is_dir() else [place])]


def _report(faults: list[Fault], sound: str) -> None:
    for fault in faults:
        typer.echo(str(fault))
    typer.echo(f"{len(faults)} faults." if faults else sound)
