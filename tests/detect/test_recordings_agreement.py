r"""The engine and the plain evaluator agree on recordings of real systems, event by event and rule by rule.

A small sample runs always. The campaign over everything at hand:

    WARROOM_RULES_ARCHIVE=rules.tar.gz WARROOM_RECORDINGS=folder \
        pytest -m handed tests/detect/test_recordings_agreement.py

``WARROOM_RULES_ARCHIVE`` is a folder or ``.tar.gz`` of Sigma rules, ``WARROOM_RECORDINGS`` files or folders of logs in
any format that is recognised, joined by ``:``. ``WARROOM_RECORDED_EVENTS`` bounds the events of one file (2,000),
taken evenly over it.
"""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from detect.plain_evaluator import matches
from detect.plain_events import KEYS, Event, events_of, meets

from warroom.collect.paths import blocks, files_under, sample_of
from warroom.detect import RuleSet, load_rules, match
from warroom.errors import WarroomError
from warroom.log_formats import FORMATS
from warroom.parse import ParseContext, recognise
from warroom.parse.guard import parse_guarded

SAMPLE = Path(__file__).parent.parent / "samples" / "agreement"
ROOT = Path(__file__).resolve().parents[2]
ORDINARY = SAMPLE.parent / "ordinary_web" / "apache_access.log"


@dataclass
class Comparison:
    """Two readings of the same rules, and what they said of events so far."""

    ruleset: RuleSet
    documents: dict[str, dict[str, Any]]
    events: int = 0
    cases: int = 0
    hits: int = 0
    met: dict[tuple[frozenset[str], ...], list[int]] = field(default_factory=dict)

    def compare(self, batch: pa.RecordBatch, name: str) -> None:
        """Demand the same answers for a batch."""
        found = match(batch, self.ruleset)
        told = set(zip(found["row"].to_pylist(), found["rule"].to_pylist(), strict=True))
        wanted = set()
        for row, event in enumerate(events_of(batch)):
            asked = self._asked(event)
            self.cases += len(asked)
            rules = self.ruleset.rules
            wanted.update((row, place) for place in asked if matches(self.documents[rules[place].id], event))
        self.events += batch.num_rows
        self.hits += len(wanted)
        wrong = [
            f"{'engine' if (row, place) in told else 'plain'} only: row {row}, {self.ruleset.rules[place].title}"
            for row, place in sorted(told ^ wanted)
        ]
        assert not wrong, f"{name}:\n" + "\n".join(wrong[:20])

    def _asked(self, event: Event) -> list[int]:
        key = tuple(frozenset(event.sources[name]) for name in KEYS)
        if key not in self.met:
            sources = [self.documents[rule.id]["logsource"] for rule in self.ruleset.rules]
            self.met[key] = [place for place, source in enumerate(sources) if meets(source, event)]
        return self.met[key]


def comparison(*places: Path) -> Comparison:
    """Load rules twice: by the engine, and as bare YAML. Rules that the engine refuses are compared by nobody."""
    documents = {str(read["id"]): read for place in places for read in documents_of(place) if "detection" in read}
    return Comparison(load_rules(list(places)), documents)


def documents_of(place: Path) -> Iterator[dict[str, Any]]:
    for text in texts_of(place):
        yield from (read for read in yaml.load_all(text, Loader=yaml.CSafeLoader) if isinstance(read, dict))


def texts_of(place: Path) -> Iterator[str]:
    if place.is_dir():
        yield from (path.read_text(encoding="utf-8") for path in sorted(place.rglob("*.yml")))
        return
    with tarfile.open(place) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".yml") else None
            if file:
                yield file.read().decode()


def recorded(path: Path, most: int) -> Iterator[pa.RecordBatch]:
    """Read a recording as a scan would, and keep so many events, evenly taken."""
    name = recognise(sample_of(path))
    product, category, service = FORMATS[name].logsource
    kept: list[pa.RecordBatch] = []
    for block in blocks(path, 1 << 20):
        context = ParseContext(name, "UTC", datetime(2026, 11, 22, tzinfo=UTC), header=block.header)
        events = parse_guarded(block.lines, context).events
        given = {"log_product": product, "log_category": category, "log_service": service}
        own = [pa.repeat(pa.scalar(value, pa.string()), events.num_rows) for value in given.values()]
        kept.append(pa.RecordBatch.from_arrays([*own, *events.columns], names=[*given, *events.schema.names]))
    total = sum(batch.num_rows for batch in kept)
    chosen = np.unique(np.linspace(0, total - 1, min(most, total)).astype(np.int64)) if total else np.zeros(0, np.int64)
    first = 0
    for batch in kept:
        rows = chosen[(chosen >= first) & (chosen < first + batch.num_rows)] - first
        first += batch.num_rows
        if len(rows):
            yield batch.take(pa.array(rows))


@pytest.mark.slow
def test_engine_agrees_on_a_sample_of_recordings() -> None:
    both = comparison(SAMPLE / "rules", ROOT / "detectors" / "upstream")
    assert not both.ruleset.refused
    for path in [*sorted(SAMPLE.glob("events/*.[jl]*")), ORDINARY]:
        for batch in recorded(path, 80):
            both.compare(batch, path.name)
    assert both.hits > 50


@pytest.mark.handed
@pytest.mark.timeout(0)
def test_engine_agrees_on_all_recordings(capsys: pytest.CaptureFixture[str]) -> None:
    archive, logs = os.environ.get("WARROOM_RULES_ARCHIVE"), os.environ.get("WARROOM_RECORDINGS")
    assert archive, "WARROOM_RULES_ARCHIVE says which rules to compare on"
    assert logs, "WARROOM_RECORDINGS says which recordings, with `:` between them"
    most = int(os.environ.get("WARROOM_RECORDED_EVENTS", "2000"))
    both = comparison(Path(archive))
    faults: list[str] = []
    for path in files_under([Path(name) for name in logs.split(":")]):
        before = both.events
        try:
            for batch in recorded(path, most):
                both.compare(batch, str(path))
        except WarroomError as problem:
            tell(capsys, f"left out: {path}: {problem}")
        except AssertionError as problem:
            faults.append(str(problem))
        tell(capsys, f"{both.events - before:6,} events  {path}")
    tell(capsys, f"{both.events:,} events, {both.cases:,} cases, {both.hits:,} hits, {len(faults)} files disagree")
    assert not faults, "\n\n".join(faults)


def tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
