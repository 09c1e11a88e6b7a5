"""Runs a detector's samples through the real parser and engine, and says which do not hold.

A filter has samples, too: they run through the rules that it names.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect.detector import Detector
from warroom.detect.load import load_rules
from warroom.detect.ruleset import RuleSet
from warroom.detect.sample_files import SUFFIX, Case, Run, Samples, Source, read_samples, samples_of
from warroom.errors import Fault
from warroom.model import ENVELOPE
from warroom.parse import ParseContext, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from warroom.model import Alert

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

__all__ = [
    "SUFFIX",
    "Case",
    "Outcome",
    "Run",
    "Samples",
    "Source",
    "alerts_of",
    "failures",
    "outcomes",
    "read_samples",
    "rules_under_test",
    "samples_of",
    "with_envelope",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: ``failure`` is empty where it holds; CPU seconds."""

    case: Case
    failure: str
    seconds: float


def rules_under_test(file: Path, folder: Path, loaded: Callable[[], RuleSet] | None = None) -> RuleSet:
    """Load what a file's samples are about: its rules, or the rules of a folder that its filters apply to.

    ``loaded`` gives that folder's rules, file included, where somebody has them: several filters need them once only.
    """
    alone = load_rules([file])
    if alone.rules or alone.correlations:
        return alone
    inside = file.resolve().is_relative_to(folder.resolve())
    whole = loaded() if loaded and inside else load_rules([folder] if inside else [folder, file])
    here = file.resolve()
    rules = [rule for rule in whole.rules if any(Path(one.file).resolve() == here for one in rule.filters)]
    return RuleSet(rules, refused=[fault for fault in whole.refused if Path(fault.file).resolve() == here])


def failures(samples: Samples, ruleset: RuleSet) -> Iterator[Fault]:
    """Give a fault for each case that does not hold with the rules of one detector's file."""
    for outcome in outcomes(samples, ruleset):
        if outcome.failure:
            yield Fault(str(samples.file), outcome.case.at, outcome.failure)


def outcomes(samples: Samples, ruleset: RuleSet) -> Iterator[Outcome]:
    """Run each case with the rules of one detector's file."""
    parsed = _Parsed(samples.cases)
    for place, case in enumerate(samples.cases):
        begun = time.process_time()
        failure = _failure(case, parsed.runs_of(place), ruleset)
        yield Outcome(case, failure, time.process_time() - begun)


def alerts_of(case: Case, ruleset: RuleSet) -> list[Alert]:
    """Give what the rules raise for a case's events, up to the end of the stream.

    Raises:
        ValueError: a line does not parse; says why.
    """
    return _alerts(_Parsed([case]).runs_of(0), ruleset)


def _failure(case: Case, runs: Iterable[pa.RecordBatch], ruleset: RuleSet) -> str:
    try:
        found = _alerts(runs, ruleset)
    except ValueError as problem:
        return f"“{case.why}”: {problem}"
    if bool(found) == case.expected:
        return ""
    wanted = "must match and does not" if case.expected else f"must not match and does: {found[0].rule_title}"
    return f"“{case.why}” {wanted}"


def _alerts(runs: Iterable[pa.RecordBatch], ruleset: RuleSet) -> list[Alert]:
    detector = Detector(ruleset)
    found = [alert for events in runs for alert in detector.detect(events, drill=False).alerts]
    return found + detector.finish()


class _Parsed:
    """The events of cases: the lines of each source are parsed at once, as a feed's are."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        self._sources: list[Source] = []
        lines: list[list[bytes]] = []
        #: of each case, each run: its source and the first of its lines among those of the source
        self._places: list[list[tuple[int, int]]] = []
        for case in cases:
            places: list[tuple[int, int]] = []
            for run in case.runs:
                if run.source not in self._sources:
                    self._sources.append(run.source)
                    lines.append([])
                own = self._sources.index(run.source)
                places.append((own, len(lines[own])))
                lines[own] += [line.encode() for line in run.lines]
            self._places.append(places)
        now = max((case.ends_at for case in cases), default=_NEVER)
        self._parsed = [
            parse(pa.array(own, pa.binary()), ParseContext(source.format, source.timezone, now, source.mapping))
            for source, own in zip(self._sources, lines, strict=True)
        ]

    def runs_of(self, place: int) -> Iterator[pa.RecordBatch]:
        """Give a case's events, a batch a run. Raises ValueError where a line does not parse; says why."""
        count = 0
        for run, (own, first) in zip(self._cases[place].runs, self._places[place], strict=True):
            parsed, last = self._parsed[own], first + len(run.lines)
            for reject in parsed.rejects:
                if first <= reject.row < last:
                    raise ValueError(f"the line does not parse as {run.source.format}: {reject.reason}")
            begin, end = np.searchsorted(parsed.rows.to_numpy(), (first, last))
            events = parsed.events.slice(begin, end - begin)
            yield with_envelope(events, run.source, f"samples-{own}", count + 1)
            count += events.num_rows


def with_envelope(events: pa.RecordBatch, source: Source, feed: str = "samples", first: int = 1) -> pa.RecordBatch:
    """Add what the pipeline would: identities from ``first`` on, and log source."""
    count = events.num_rows
    values: dict[str, pa.Array] = {
        "event_id": pa.array(range(first, first + count), pa.int64()),
        "ingested_at": events.column("ts"),
        "feed_id": pa.repeat(feed, count),
        "platform_id": pa.repeat("samples", count),
    }
    for name, kind in ENVELOPE.items():
        given = source.logsource.get(name.removeprefix("log_"))
        if name not in values and name != "ts":
            values[name] = pa.repeat(given, count) if given else pa.nulls(count, kind)
    for name, column in values.items():
        events = events.append_column(name, column)
    return events
