"""Events counted by minute and hour in the commit that stores them: what charts read instead of the events."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Table, delete

from warroom.store.database import upsert
from warroom.store.searching_tables import event_countries, event_hours, event_minutes

MINUTE_US: Final = 60_000_000
HOUR_MINUTES: Final = 60
#: Minutes are kept this long; hours, which tell what is usual, as long as it takes to know a week.
MINUTE_DAYS: Final = 35
HOUR_DAYS: Final = 120
_DAY_MINUTES: Final = 1440
_SERVER_FAULT: Final = 500


def count_events(connection: Connection, events: pa.RecordBatch) -> None:
    """Add a batch's events to their minutes and hours, by platform.

    Where an event says how it ended, that counts; else an HTTP status does, of which 500 and above are failures.
    """
    if not events.num_rows:
        return
    minutes = events.column("ts").cast(pa.int64()).to_numpy() // MINUTE_US
    platforms = pc.fill_null(events.column("platform_id"), "").dictionary_encode()
    told, failed = _endings(events)
    first = int(minutes.min())
    names = platforms.dictionary.to_pylist()
    slots = (minutes - first) * len(names) + platforms.indices.to_numpy()
    found, place = np.unique(slots, return_inverse=True)
    sums = [np.bincount(place), *(np.bincount(place, weights=part).astype(np.int64) for part in (told, failed))]
    at, who = found // len(names) + first, found % len(names)
    _add(connection, event_minutes, "minute", at, who, names, sums)
    hours = at // HOUR_MINUTES
    found, place = np.unique((hours - hours.min()) * len(names) + who, return_inverse=True)
    hour_sums = [np.bincount(place, weights=part).astype(np.int64) for part in sums]
    _add(connection, event_hours, "hour", found // len(names) + hours.min(), found % len(names), names, hour_sums)
    _count_countries(connection, events, minutes // HOUR_MINUTES)


def prune_counts(connection: Connection, now_us: int) -> None:
    """Forget minutes and hours that no screen reads any more."""
    minute = now_us // MINUTE_US
    connection.execute(delete(event_minutes).where(event_minutes.c.minute < minute - MINUTE_DAYS * _DAY_MINUTES))
    hour = minute // HOUR_MINUTES
    for table in (event_hours, event_countries):
        connection.execute(delete(table).where(table.c.hour < hour - HOUR_DAYS * 24))


def _count_countries(connection: Connection, events: pa.RecordBatch, hours: npt.NDArray[np.int64]) -> None:
    """Count sources by country, where events say it; what is no code of two letters is none."""
    countries = events.column("source_geo_country_iso_code")
    known = pc.fill_null(pc.match_substring_regex(countries, "^[A-Z]{2}$"), False)
    if not pc.any(known).as_py():
        return
    rows = pa.table(
        {"hour": pa.array(hours), "platform_id": pc.fill_null(events.column("platform_id"), ""), "country": countries}
    )
    counts = rows.filter(known).group_by(["hour", "platform_id", "country"]).aggregate([([], "count_all")])
    row = upsert(event_countries)
    row = row.on_conflict_do_update(
        index_elements=["hour", "platform_id", "country"], set_={"count": event_countries.c.count + row.excluded.count}
    )
    connection.execute(row, counts.rename_columns(["hour", "platform_id", "country", "count"]).to_pylist())


def _endings(events: pa.RecordBatch) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Give, of each event, whether it said how it ended, and whether that was badly."""
    outcome, status = events.column("event_outcome"), events.column("http_response_status_code")
    success, failure = (
        pc.fill_null(pc.equal(outcome, word), False).to_numpy(zero_copy_only=False) for word in ("success", "failure")
    )
    silent = ~(success | failure)
    answered = pc.is_valid(status).to_numpy(zero_copy_only=False)
    broken = pc.fill_null(pc.greater_equal(status, _SERVER_FAULT), False).to_numpy(zero_copy_only=False)
    return success | failure | answered, failure | (silent & broken)


def _add(
    connection: Connection,
    table: Table,
    span: str,
    at: npt.NDArray[np.int64],
    who: npt.NDArray[np.int64],
    names: list[str],
    sums: list[npt.NDArray[Any]],
) -> None:
    row = upsert(table)
    row = row.on_conflict_do_update(
        index_elements=[span, "platform_id"],
        set_={name: table.c[name] + row.excluded[name] for name in ("count", "told", "failures")},
    )
    columns = (at.tolist(), who.tolist(), *(part.tolist() for part in sums))
    connection.execute(
        row,
        [
            {span: when, "platform_id": names[index], "count": count, "told": told, "failures": failures}
            for when, index, count, told, failures in zip(*columns, strict=True)
        ],
    )
