"""What was usual, by correlation and week: learnt from stored matches, one Parquet file each.

They are made from what is stored and can be made again, so no manifest names them and backups leave them out. A file is
written whole and renamed: it is there or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from warroom.store.database import State
from warroom.store.durable import no_room
from warroom.store.tables import segments

#: The folder below the state folder.
FOLDER: Final = "baselines"
#: Groups and hours that are kept of a week: those with the most.
_MOST_ROWS: Final = 1_000_000
_MEMORY: Final = "384MB"
_SPILLED: Final = "2GB"
_NAME: Final = re.compile(r"[0-9a-f-]{1,80}")
_FILE: Final = re.compile(r"(\d{1,6})\.parquet")
#: What counts in a timespan, by the type of correlation. An event that several rules match is one event.
_MEASURES: Final = {
    "event_count": "count(DISTINCT event_id)",
    "value_count": "count(DISTINCT value)",
    "value_sum": "coalesce(sum(try_cast(value[1] AS DOUBLE)), 0)",
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learnt: ``name`` is of the files, ``measure`` a type of correlation; times in microseconds."""

    name: str
    correlation_id: str
    measure: str
    span_us: int
    begin_us: int
    end_us: int
    hour_us: int


def read_week(data_dir: Path, name: str, week: int) -> pa.Table | None:
    """Give what was learnt of a week: ``key``, ``hour`` of the week, ``most``; None where it is not learnt."""
    path = _path(data_dir, name, week)
    try:
        return pq.read_table(path, partitioning=None)
    except (FileNotFoundError, pa.ArrowInvalid):  # a damaged one is learnt anew
        return None


def weeks_learnt(data_dir: Path, name: str) -> set[int]:
    """Give the weeks that are learnt."""
    folder = _path(data_dir, name, 0).parent
    found = (_FILE.fullmatch(path.name) for path in folder.glob("*.parquet")) if folder.is_dir() else ()
    return {int(one[1]) for one in found if one}


def learn_week(state: State, data_dir: Path, lesson: Lesson, week: int) -> int:
    """Learn one week from stored matches, drills left out; how many groups and hours there were.

    Raises:
        DiskFullError: no room; nothing is left behind.
    """
    with state.read() as connection:
        paths = [
            str(data_dir / path)
            for path in connection.scalars(
                select(segments.c.path).where(
                    segments.c.kind == "matches",
                    segments.c.max_ts >= lesson.begin_us,
                    segments.c.min_ts < lesson.end_us,
                )
            )
            if (data_dir / path).exists()
        ]
    path = _path(data_dir, lesson.name, week)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    learnt = _learnt(paths, lesson, draft.with_suffix(".spill")) if paths else _nothing()
    with no_room(draft, "free space; what is usual is learnt later"):
        pq.write_table(learnt, draft, compression="zstd")
        draft.chmod(0o600)
        draft.rename(path)
    return int(learnt.num_rows)


def forget_weeks(data_dir: Path, oldest: Mapping[str, int]) -> None:
    """Remove what nobody asks for: ``oldest`` gives the first week that counts, by name of what is learnt."""
    for path in (data_dir / FOLDER).glob("*/*.parquet"):
        found = _FILE.fullmatch(path.name)
        if found is None or path.parent.name not in oldest or int(found[1]) < oldest[path.parent.name]:
            path.unlink(missing_ok=True)


def _learnt(paths: list[str], lesson: Lesson, spill: Path) -> pa.Table:
    # the measure is one of ours; everything else is a parameter
    query = f"""
        WITH counted AS (
            SELECT key, (epoch_us(ts) - $begin) // $span AS bucket, {_MEASURES[lesson.measure]} AS amount
            FROM read_parquet($paths, union_by_name=true, hive_partitioning=false)
            WHERE correlation_id = $id AND epoch_us(ts) >= $begin AND epoch_us(ts) < $end AND NOT drill
            GROUP BY key, bucket
        )
        SELECT key, CAST(bucket * $span // $hour AS SMALLINT) AS hour, CAST(max(amount) AS DOUBLE) AS most
        FROM counted GROUP BY key, hour ORDER BY most DESC LIMIT {_MOST_ROWS}
    """  # noqa: S608
    values = {
        "paths": paths,
        "id": lesson.correlation_id,
        "begin": lesson.begin_us,
        "end": lesson.end_us,
        "span": lesson.span_us,
        "hour": lesson.hour_us,
    }
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "max_temp_directory_size": _SPILLED,
        "temp_directory": str(spill),
        "threads": 1,
    }
    with duckdb.connect(config=settings) as link:
        found: pa.Table = link.sql(query, params=values).to_arrow_table()
    return found.cast(_nothing().schema)


def _nothing() -> pa.Table:
    return pa.schema([("key", pa.list_(pa.string())), ("hour", pa.int16()), ("most", pa.float64())]).empty_table()


def _path(data_dir: Path, name: str, week: int) -> Path:
    assert _NAME.fullmatch(name), "made of a rule's id and a hash"  # noqa: S101 — our own callers
    return data_dir / FOLDER / name / f"{week}.parquet"
