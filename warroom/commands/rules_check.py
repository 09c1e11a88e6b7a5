"""`./run rules check`: every fault of the detectors, and notes on what may surprise."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from warroom.commands.feed_gaps import feed_gaps, tell_gaps
from warroom.commands.output import print_json, print_table, printable
from warroom.commands.rules_places import AsJson, Paths, files_of, places_of, short, tell, told
from warroom.detect import load_rules
from warroom.detect.content import faults_of, read_detectors, upstream_faults
from warroom.detect.filters import excepts
from warroom.errors import Fault
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from warroom.bench.cost import Cost
    from warroom.catalog import Feed
    from warroom.detect import Correlation, Rule, RuleSet
    from warroom.detect.content import Detector
    from warroom.store.rules.stages import Staged

_Feed = Annotated[str, typer.Option("--feed", help="Also list the rules that ask what this feed does not carry.")]
_Cost = Annotated[
    bool, typer.Option("--cost", help="Also measure what each rule costs, for the catalogue, too; takes a while.")
]
#: The dearest rules are told to people, all to machines.
_DEAREST: Final = 10
#: Feeds that a line names.
_SHOWN: Final = 5


def check(paths: Paths = None, *, feed: _Feed = "", cost: _Cost = False, as_json: AsJson = False) -> None:
    """Report every fault of the detectors with file, line and what to do; exit 1 where there is one."""
    from warroom.bench.drafts import drafts_folder
    from warroom.bench.duplicates import duplicates
    from warroom.bench.fault_order import in_order
    from warroom.catalog import load_feeds

    settings = Settings()
    places = places_of(paths)
    ruleset = load_rules(places)
    detectors, unreadable = read_detectors(files_of(places))
    own = {str(detector.file) for detector in detectors}
    # The engine has read the same files: what it could not read it has refused already.
    drafts = [one for one in detectors if one.file.parent.resolve() == drafts_folder(settings.data_dir).resolve()]
    of_content = [*unreadable, *_taken(drafts, settings), *faults_of(detectors), *duplicates(ruleset, own)]
    faults = in_order([*of_content, *ruleset.refused, *(one for place in places for one in upstream_faults(place))])
    feeds = functools.cache(lambda: load_feeds(settings.feeds, settings.data_dir)[0])
    found = _Notes(ruleset, detectors, feeds, settings.line_limit, whole=paths is None)
    gaps = feed_gaps(feed, ruleset) if feed else None
    costs = _costs(ruleset, feeds(), settings.line_limit, settings.cache_dir) if cost else []
    count = len(ruleset.rules) + len(ruleset.correlations)
    rules = [detector for detector in detectors if not detector.is_filter]
    if as_json:
        print_json(
            {"rules": count, "own": len(rules), "faults": told(faults)}
            | found.for_machines()
            | ({"feed": gaps} if gaps else {})
            | ({"cost": [_told(one) for one in costs]} if cost else {})
        )
    else:
        tell(faults, f"{count} rules load, {len(rules)} of them our own detectors: no fault.")
        for note in found.for_people():
            typer.echo(f"note: {printable(note)}")
        if gaps:
            tell_gaps(gaps)
        if cost:
            rows = [[f"{one.microseconds:.2f}", f"{one.seconds:.2f}", one.rule.title] for one in costs[:_DEAREST]]
            print_table(
                ["µs an event, alone", "s to compile", "rule"], rows, empty="No rule has events to measure with."
            )
    raise typer.Exit(1 if faults else 0)


def _taken(drafts: Sequence[Detector], settings: Settings) -> Iterator[Fault]:
    """Give a fault for each draft that has another detector's name, or an id of another detector or draft."""
    from warroom.bench.drafts import drafts_folder
    from warroom.bench.id_taken import Saved, faults_of_ids
    from warroom.bench.name_taken import taken

    saved = Saved(drafts_folder(settings.data_dir), lambda: _staged(settings))
    for one in drafts:
        if reason := taken(one.file.stem, str(one.alerting.data.get("id", "")), settings.detectors):
            yield Fault(str(one.file), 0, reason)
        yield from faults_of_ids(one, settings.detectors, saved)


def _staged(settings: Settings) -> dict[str, Staged]:
    from warroom.store.database import State
    from warroom.store.rules.stages import staged

    with State(settings.db_url) as state, state.read() as connection:
        return staged(connection)


class _Notes:
    """What is no fault and may surprise."""

    def __init__(
        self,
        ruleset: RuleSet,
        detectors: Sequence[Detector],
        feeds: Callable[[], Sequence[Feed]],
        line_limit: int,
        *,
        whole: bool,
    ) -> None:
        from warroom.bench.grouped_apart import nameless
        from warroom.bench.log_fields import blind_feeds, unmapped
        from warroom.bench.long_repeats import long_repeats
        from warroom.bench.validators import validator_notes

        own = {str(detector.file) for detector in detectors}
        self._slow = list(ruleset.fallbacks())
        self._tuned = [rule for rule in ruleset.rules if rule.filters]
        self._sigma: list[Fault] = validator_notes(detectors)
        self._unmapped = unmapped(ruleset, own, feeds, line_limit)
        self._long = list(long_repeats(ruleset, own))
        self._nameless = nameless(ruleset, own)
        # of some files nobody can say what the others look at
        self._blind = blind_feeds(ruleset, feeds(), line_limit) if whole else {}

    def for_people(self) -> Iterator[str]:
        """Give a line for each."""
        for rule, expression in self._slow:
            yield f"{_place(rule)}: look-around or back-reference, decided by the slower engine: {expression}"
        for rule, expression in self._long:
            yield f"{_place(rule)}: a repeat up to 100 or more compiles for seconds: write `*`, or less: {expression}"
        for rule in self._tuned:
            yield f"{rule.title} ({_place(rule)}): tuned by {', '.join(told_filters(rule))}"
        for fault in self._sigma:
            yield str(fault)
        for one in self._unmapped:
            asked = f"asks for {', '.join(one.fields)}, which none of them carries" if one.met else "meets none of them"
            yield f"{_place(one.rule)}: of the known log sources, the rule {asked}: see docs/log-values.md"
        for gap in self._nameless:
            yield (
                f"{_place(gap.correlation)}: groups by {', '.join(gap.fields)}, which “{gap.rule.title}” does not ask "
                "for: events without it are counted as one group; leave them out with `field|exists: true`"
            )
        for source, names in self._blind.items():
            parts = (source.product, source.category, source.service)
            kind = "/".join(part for part in parts if part)
            yield f"no rule looks at {kind}, so these feeds are blind: {_some(names)}"

    def for_machines(self) -> dict[str, Any]:
        """Give all of it."""
        from warroom.bench.validators import LEFT_OUT, used

        return {
            "slow_expressions": [_expression(rule, expression) for rule, expression in self._slow],
            "long_repeats": [_expression(rule, expression) for rule, expression in self._long],
            "filtered": [
                {"rule": f"{rule.title} ({_place(rule)})", "filters": told_filters(rule)} for rule in self._tuned
            ],
            "sigma": {"validators": used(), "left_out": LEFT_OUT, "notes": told(self._sigma)},
            "unmapped": [
                {"file": one.rule.file, "line": one.rule.line, "fields": list(one.fields), "meets_a_source": one.met}
                for one in self._unmapped
            ],
            "nameless_groups": [
                {"correlation": _place(gap.correlation), "rule": _place(gap.rule), "fields": list(gap.fields)}
                for gap in self._nameless
            ],
            "blind_feeds": [
                {
                    "logsource": {"product": source.product, "category": source.category, "service": source.service},
                    "feeds": names,
                }
                for source, names in self._blind.items()
            ],
        }


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def told_filters(rule: Rule) -> list[str]:
    """Say which filters tune a rule, and where they stand; one that excepts nothing may mean the opposite."""
    return [
        f"{one.title} ({one.file}:{one.line})"
        + ("" if excepts(one.condition) else ", which keeps only what it selects: an exception is written `not …`")
        for one in rule.filters
    ]


def _costs(ruleset: RuleSet, feeds: Sequence[Feed], line_limit: int, cache: Path) -> list[Cost]:
    """Measure, and keep what was measured for the catalogue."""
    from warroom.bench.cost import batches, costs
    from warroom.bench.cost_kept import keep

    found = costs(ruleset, batches(feeds, line_limit))
    keep(cache, found)
    return found


def _told(cost: Cost) -> dict[str, Any]:
    return {
        "id": cost.rule.id,
        "title": cost.rule.title,
        "file": short(cost.rule.file),
        "microseconds_an_event": round(cost.microseconds, 3),
        "seconds_to_compile": round(cost.seconds, 3),
    }


def _expression(rule: Rule, expression: str) -> dict[str, str]:
    return {"rule": _place(rule), "expression": expression}


def _place(rule: Rule | Correlation) -> str:
    return f"{rule.file}:{rule.line}"
