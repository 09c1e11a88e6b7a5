"""What a rule costs: CPU time an event, measured alone on events of its log source."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.bench.backtest_choice import alerting, chosen
from warroom.bench.feed_samples import origins_of, sample_events, sample_path, source_of
from warroom.detect import Detector, RuleSet
from warroom.detect.sample_files import Source
from warroom.detect.samples import with_envelope
from warroom.detect.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warroom.catalog import Feed
    from warroom.detect import Correlation, LogSource, Rule
    from warroom.detect.taxonomy import Origin

#: Events in a measurement, as many as a batch of a busy feed; the fastest of some runs counts.
_EVENTS: Final = 4_096
_RUNS: Final = 4
_MICRO: Final = 1e6
_OF_SOURCE: Final = ("log_product", "log_category", "log_service")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a rule that raises alerts costs, with all that it counts.

    ``microseconds`` is CPU time an event beyond what no rule costs; ``seconds`` CPU time to compile it, once a start.
    """

    rule: Rule | Correlation
    microseconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one log source to measure with."""

    source: LogSource
    origins: frozenset[Origin]
    events: pa.RecordBatch


def batches(feeds: Iterable[Feed], line_limit: int) -> list[Batch]:
    """Give events of every log source that feeds have samples of, each sample repeated until there are enough."""
    found: dict[LogSource, Batch] = {}
    for feed in feeds:
        source = source_of(feed)
        if source in found or not sample_path(feed).is_file():
            continue
        events = sample_events(feed, line_limit)
        if events is not None:
            found[source] = Batch(source, origins_of(events), _repeated(events, source))
    return list(found.values())


def costs(ruleset: RuleSet, known: Sequence[Batch]) -> list[Cost]:
    """Measure each rule that raises alerts where there are events of its log source, the dearest first."""
    floors = {batch.source: _seconds(RuleSet(()), batch) for batch in known}
    taxonomy = load_taxonomy()
    found: list[Cost] = []
    for name in alerting(ruleset):
        alone = chosen(ruleset, (name,))
        source = alone.rules[0].logsource
        meeting = (one for one in known if any(taxonomy.meets(source, origin) for origin in one.origins))
        batch = next(meeting, None)
        if batch is not None:
            every: list[Rule | Correlation] = [*alone.correlations, *alone.rules]
            rule = next(one for one in every if one.id == name)
            begun = time.process_time()
            Detector(alone).detect(batch.events, drill=False)
            first = time.process_time() - begun
            each = _seconds(alone, batch)
            beyond = max(0.0, each - floors[batch.source])
            found.append(Cost(rule, beyond / batch.events.num_rows * _MICRO, max(0.0, first - each)))
    return sorted(found, key=lambda cost: -cost.microseconds)


def _seconds(ruleset: RuleSet, batch: Batch) -> float:
    """Give the CPU seconds of the fastest of some runs."""
    found: list[float] = []
    for _ in range(_RUNS):
        detector = Detector(ruleset)
        begun = time.process_time()
        detector.detect(batch.events, drill=False)
        found.append(time.process_time() - begun)
    return min(found)


def _repeated(events: pa.RecordBatch, source: LogSource) -> pa.RecordBatch:
    many = events.take(pa.array(np.arange(_EVENTS) % events.num_rows))
    told = {"product": source.product, "category": source.category, "service": source.service}
    bare = many.select([name for name in many.schema.names if name not in _OF_SOURCE])
    return with_envelope(bare, Source("", "UTC", {name: value for name, value in told.items() if value}))
