"""What came to feeds and went from them: the history of an indicator, for a year.

Each poll that changed something adds a file to its feed's; many small ones become one. Rows of a file are of the time
at which it was made, or earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warroom.model import UTC_MICROSECONDS
from warroom.store.database import State
from warroom.store.intel.snapshots import CHANGES, Draft, File, files

_DICTIONARY: Final = pa.dictionary(pa.int32(), pa.string())
COLUMNS: Final = pa.schema(
    [
        pa.field("at", UTC_MICROSECONDS, nullable=False),
        pa.field("change", _DICTIONARY, nullable=False),  # added, removed, changed
        pa.field("kind", _DICTIONARY, nullable=False),
        pa.field("value", pa.string(), nullable=False),
    ]
)
#: How long they are kept, and how many of a feed.
KEPT_US: Final = 366 * 86_400 * 1_000_000
MOST_ROWS: Final = 5_000_000
#: So many small files of a feed become one.
ENOUGH: Final = 32
_SMALL_ROWS: Final = 250_000
_MEMORY: Final = "256MB"


@dataclass(frozen=True, slots=True)
class Change:
    """That an indicator came to a feed (added), went from it (removed), or counts otherwise there (changed)."""

    feed_id: str
    at: int
    change: str


def history(state: State, data_dir: Path, kind: str, value: str, *, most: int = 1_000) -> list[Change]:
    """Give what is known of an indicator's coming and going, newest first, at most so much of it."""
    with state.read() as connection:
        found = [one for one in files(connection, holds=CHANGES) if (data_dir / one.path).exists()]
    if not found:
        return []
    feed_of = {str(data_dir / one.path): one.feed_id for one in found}
    with duckdb.connect() as link:
        link.execute(f"SET threads=1; SET memory_limit='{_MEMORY}'")
        rows = link.execute(
            "SELECT DISTINCT told.filename, epoch_us(told.at) AS micros, told.change FROM "
            "read_parquet(?, filename=true, hive_partitioning=false) AS told WHERE told.kind = ? AND told.value = ? "
            "ORDER BY micros DESC, filename LIMIT ?",
            [list(feed_of), kind, value, most],
        ).fetchall()
    return [Change(feed_of[name], at, change) for name, at, change in rows]


def tidied(data_dir: Path, known: Sequence[File], draft: Draft, at: int) -> list[File]:
    """Make room for a feed's new changes: give the files that they make superfluous, oldest first.

    Those are what is older than a year, what is more than enough, and small files in great number, whose rows are
    put into the draft.
    """
    known = sorted(known, key=lambda one: one.at)
    gone = [one for one in known if one.at < at - KEPT_US]
    small = [one for one in known if one not in gone and one.rows < _SMALL_ROWS]
    if len(small) >= ENOUGH:
        for one in small:
            if (data_dir / one.path).exists():
                for batch in pq.ParquetFile(data_dir / one.path).iter_batches():
                    draft.add(batch.filter(pc.field("at") >= pa.scalar(at - KEPT_US, UTC_MICROSECONDS)))
        gone += small
    left = [one for one in known if one not in gone]
    rows = draft.rows + sum(one.rows for one in left)
    for one in left:
        if rows <= MOST_ROWS:
            break
        gone.append(one)
        rows -= one.rows
    return gone
