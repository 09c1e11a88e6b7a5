"""The events of feeds' samples, with their log source: what checks compare rules with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from warroom.catalog.feeds import SAMPLES
from warroom.collect.paths import blocks
from warroom.collect.reading import begins_of, heading_of, parse_context
from warroom.detect import LogSource
from warroom.detect.columns import Schema
from warroom.detect.taxonomy import Origin
from warroom.detect.unanswered import origins
from warroom.parse.guard import parse_guarded

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.catalog import Feed


def sample_path(feed: Feed) -> Path:
    """Where a feed's sample lies: ``samples/<id>.log`` beside its file or a folder above, else that of its kind."""
    folders = (feed.file.parent / SAMPLES, feed.file.parent.parent / SAMPLES)
    places = [folder / f"{feed.id}.log" for folder in folders]
    if feed.log_source is not None:
        places += [folder / f"{feed.log_source}.log" for folder in folders]
    return next((place for place in places if place.is_file()), places[0])


def source_of(feed: Feed) -> LogSource:
    """Give the log source that a feed's events have."""
    return LogSource(feed.log_product, feed.log_category, feed.log_service)


def origins_of(events: pa.RecordBatch) -> frozenset[Origin]:
    """Give by what rules are chosen for some events, their log source alone among it."""
    told = {origin for origin, _ in origins(events, Schema(events.schema))}
    return frozenset(told | {Origin(origin.source) for origin in told})


def sample_events(feed: Feed, line_limit: int) -> pa.RecordBatch | None:
    """Give the events of a feed's sample with the columns of its log source; None where no line of it is one.

    Raises:
        OSError: there is no sample.
    """
    now = datetime.now(UTC)
    parsed = [
        parse_guarded(block.lines, parse_context(feed, now, block.header)).events
        for block in blocks(sample_path(feed), line_limit, begins_of(feed), heading_of(feed))
    ]
    tables = [pa.Table.from_batches([events]) for events in parsed]
    if not any(table.num_rows for table in tables):
        return None
    events = pa.concat_tables(tables, promote_options="permissive").combine_chunks().to_batches()[0]
    source = {"log_product": feed.log_product, "log_category": feed.log_category, "log_service": feed.log_service}
    for name, value in source.items():
        events = events.append_column(name, pa.array([value] * events.num_rows, pa.string()))
    return events
