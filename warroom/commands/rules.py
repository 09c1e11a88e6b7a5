"""`./run rules`: the commands of the detection engineer, each in a file of its own; the list of rules stands here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

from warroom.commands.output import print_json, print_table
from warroom.commands.rules_backtest import register as register_backtest
from warroom.commands.rules_check import check, told_filters
from warroom.commands.rules_convert import convert
from warroom.commands.rules_coverage import coverage
from warroom.commands.rules_new import new
from warroom.commands.rules_places import AsJson, Paths, files_of, places_of, short
from warroom.commands.rules_shadow import shadow
from warroom.commands.rules_stages import register as register_stages
from warroom.commands.rules_test import run_samples
from warroom.commands.rules_upstream import app as upstream
from warroom.detect import Correlation, Rule, RuleSet, load_rules
from warroom.detect.content import UPSTREAM, read_detectors

if TYPE_CHECKING:
    from warroom.detect.content import Detector

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Detectors.")


def list_rules(paths: Paths = None, *, as_json: AsJson = False) -> None:
    """List the rules that raise alerts, our own first."""
    places = places_of(paths)
    own = {str(detector.file): detector for detector in read_detectors(files_of(places))[0]}
    rows = sorted((_row(rule, source, own) for rule, source in _alerting(load_rules(places))), key=_own_first)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["level", "log source", "title", "kind", "file"],
        [[row["level"], row["logsource"], row["title_en"], _kind(row), short(row["file"])] for row in rows],
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
        "filters": [] if isinstance(rule, Correlation) else told_filters(rule),
        "logsource": "/".join(part for part in parts if part),
        "tags": list(rule.tags),
        "origin": "own" if detector else UPSTREAM,
        "file": rule.file,
    }


def _kind(row: dict[str, Any]) -> str:
    return f"{row['kind']}, filtered" if row["filters"] else str(row["kind"])


def _own_first(row: dict[str, Any]) -> tuple[bool, str, str]:
    return row["origin"] == UPSTREAM, row["logsource"], row["file"]


app.command(name="check")(check)
app.command(name="test")(run_samples)
app.command(name="list")(list_rules)
app.command(name="new")(new)
app.command(name="coverage")(coverage)
app.command(name="convert")(convert)
app.command(name="shadow")(shadow)
app.add_typer(upstream, name="upstream")
register_stages(app)
register_backtest(app)
