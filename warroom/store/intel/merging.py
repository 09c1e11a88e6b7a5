"""Merges what a poll brought into what its feed has: by hashes of whole rows, in DuckDB, in bounded memory.

Only rows that are not alike on both sides are looked at closely; all others pass from the old file to the new one as
they are, with the time at which they were added. Where nothing differs there is no new file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from warroom.indicators import TABLES
from warroom.store.intel import changes
from warroom.store.intel.incoming import PART, STORED, Incoming
from warroom.store.intel.snapshots import CHANGES, Draft, File, keep, unlink

_MEMORY: Final = "192MB"
_BATCH_ROWS: Final = 1 << 16
#: An indicator counts otherwise when one of these changes.
_BELIEF: Final = ("confidence", "tlp", "valid_until", "pattern", "tags")
_INDICATORS: Final = "indicators"


@dataclass(frozen=True, slots=True)
class How:
    """How a poll's documents are merged.

    Args:
        whole: they are all there is; what is not in them is gone.
        keep_us: for so long indicators that are gone still count; withdrawn ones do not.
        gone: origins (of pages) or documents that the feed says are no more.
    """

    whole: bool
    keep_us: int = 0
    gone: tuple[str, ...] = ()


@dataclass(slots=True)
class Merged:
    """What came of it: durable files that no row names yet, and what they take the place of.

    ``added``, ``removed`` and ``changed`` count indicators by kind and value, and rows of the other tables;
    ``by_kind`` the indicators that the feed has now, ``rows`` the rows of its tables by their names.
    """

    new: list[File] = field(default_factory=list)
    gone: list[File] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    changed: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not self.new and not self.gone


def merge(data_dir: Path, work: Path, feed_id: str, known: Sequence[File], incoming: Incoming, how: How) -> Merged:
    """Merge a poll's documents into the feed's files; ``work`` is its workplace.

    Nothing of the feed is changed: ``snapshots.swap`` does that.

    Raises:
        DiskFullError: there was no room; nothing is left behind.
    """
    merged = Merged()
    drafts = incoming.drafts()
    try:
        for holds in TABLES:
            old = next((one for one in known if one.holds == holds), None)
            if old is not None and not (data_dir / old.path).exists():  # a backup could not have it, for instance
                merged.gone.append(old)
                old = None
            if old is None and holds not in drafts:
                continue
            one = _Merging(data_dir, work, feed_id, old, drafts.get(holds), incoming, how, holds, merged)
            one.run([file for file in known if file.holds == CHANGES])
    except BaseException:
        unlink(data_dir, merged.new)
        raise
    return merged


@dataclass(slots=True)
class _Merging:
    """One table of a feed."""

    data_dir: Path
    work: Path
    feed_id: str
    old: File | None
    draft: Draft | None
    incoming: Incoming
    how: How
    holds: str
    merged: Merged

    @property
    def at(self) -> int:
        return self.incoming.at

    def run(self, history: Sequence[File]) -> None:
        """Make the new file, if there is anything new, and count."""
        with self._opened() as link:
            if self.old is None and self.draft is not None and not self.incoming.pages:
                self._first(link, self.draft, history)
            else:
                self._next(link, history)

    def _first(self, link: duckdb.DuckDBPyConnection, draft: Draft, history: Sequence[File]) -> None:
        """Take a draft as it is: there was nothing before."""
        self.merged.added += draft.rows
        self.merged.rows[self.holds] = draft.rows
        if self.holds == _INDICATORS:
            self._count(link, draft.path)
            self._tell(link, "SELECT 'added' AS change, kind, value FROM new", history)
        self.merged.new.append(keep(self.data_dir, draft, self.feed_id, self.holds, self.at))

    def _next(self, link: duckdb.DuckDBPyConnection, history: Sequence[File]) -> None:
        """Compare, and make a new file where something differs."""
        lost, fresh = self._compare(link)
        if not lost and not fresh:
            self.merged.rows[self.holds] = self.old.rows if self.old else 0
            if self.holds == _INDICATORS and self.old:
                self._count(link, self.data_dir / self.old.path)
            return
        if self.holds == _INDICATORS:
            self._differ(link, history)
        else:
            self.merged.added += fresh
            self.merged.removed += lost
        with Draft(self.work / f"{self.holds}-{secrets.token_hex(4)}.parquet", STORED[self.holds]) as made:
            for batch in _batches(link, self._result()):
                made.add(batch)
        self.merged.rows[self.holds] = made.rows
        if self.old is not None:
            self.merged.gone.append(self.old)
        if self.holds == _INDICATORS:
            self._count(link, made.path)
        if made.rows:
            self.merged.new.append(keep(self.data_dir, made, self.feed_id, self.holds, self.at))

    def _compare(self, link: duckdb.DuckDBPyConnection) -> tuple[int, int]:
        """Find the rows that are on one side only: ``lost`` of those that may be replaced, and ``fresh``."""
        # with a number that nobody can know before, no author of a feed can make rows that are taken for each other
        salt = secrets.randbits(63)
        columns = [f'"{one.name}"' for one in STORED[self.holds] if one.name not in {"added_at", "gone_at"}]
        hashed = f"SELECT *, hash({salt}, {', '.join(columns)}) AS h"
        link.execute(f"CREATE TEMP VIEW replaced AS {hashed} FROM old WHERE {self._replaced(link)}")
        link.execute(f"CREATE TEMP VIEW hashed AS {hashed} FROM new")
        link.execute("CREATE TEMP TABLE lost AS SELECT * FROM replaced ANTI JOIN (SELECT h FROM hashed) USING (h)")
        link.execute(
            "CREATE TEMP TABLE fresh AS SELECT DISTINCT ON (h) * FROM hashed "
            "ANTI JOIN (SELECT h FROM replaced) USING (h)"
        )
        return _number(link, "SELECT count(*) FROM lost"), _number(link, "SELECT count(*) FROM fresh")

    def _replaced(self, link: duckdb.DuckDBPyConnection) -> str:
        """Say which rows of before are those whose place the new ones take."""
        incoming, document = self.incoming, f"split_part(origin, '{PART}', 1)"
        alive = "gone_at IS NULL AND" if self.holds == _INDICATORS else ""
        if self.how.whole:
            _load(link, "spared", {"name": pa.array(incoming.refused, pa.string())})
            return f"{alive} {document} NOT IN (FROM spared)"
        if incoming.pages:
            names = [*incoming.documents, *self.how.gone, *(name for name, _ in incoming.withdrawn)]
            _load(link, "came", {"name": pa.array(names, pa.string())})
            return f"{alive} (origin IN (FROM came) OR origin IN (SELECT origin FROM new))"  # noqa: S608 - our own names
        _load(link, "came", {"name": pa.array([*incoming.documents, *self.how.gone], pa.string())})
        return f"{alive} {document} IN (FROM came)"

    def _differ(self, link: duckdb.DuckDBPyConnection, history: Sequence[File]) -> None:
        """Tell what came, went and counts otherwise, by kind and value: a value may be in several origins."""
        belief = ", ".join(_BELIEF)
        link.execute(
            f"""
            CREATE TEMP TABLE differing AS
            SELECT kind, value, bool_or(side = 0) AS was, bool_or(side = 1) AS is_now,
                   sum(h) FILTER (side = 0) IS DISTINCT FROM sum(h) FILTER (side = 1) AS otherwise
            FROM (SELECT kind, value, 0 AS side, hash({belief})::HUGEINT AS h FROM lost
                  UNION ALL SELECT kind, value, 1, hash({belief})::HUGEINT FROM fresh)
            GROUP BY kind, value
            """  # noqa: S608 - our own names
        )
        link.execute(
            """
            CREATE TEMP TABLE held AS
            SELECT kind, value, min(added_at) AS added_at, bool_or(place NOT IN (SELECT place FROM lost)) AS stays
            FROM old SEMI JOIN differing USING (kind, value) WHERE gone_at IS NULL GROUP BY kind, value
            """
        )
        link.execute(
            """
            CREATE TEMP TABLE told AS
            SELECT CASE WHEN held.kind IS NULL THEN 'added' WHEN is_now THEN 'changed' ELSE 'removed' END AS change,
                   kind, value
            FROM differing LEFT JOIN held USING (kind, value)
            WHERE held.kind IS NULL OR (NOT is_now AND NOT stays) OR (was AND is_now AND otherwise)
            """
        )
        counts = dict(link.execute("SELECT change, count(*) FROM told GROUP BY change").fetchall())
        self.merged.added += counts.get("added", 0)
        self.merged.removed += counts.get("removed", 0)
        self.merged.changed += counts.get("changed", 0)
        if counts:
            self._tell(link, "SELECT change, kind, value FROM told", history)

    def _result(self) -> str:
        """Say what the feed's rows are now."""
        columns = ", ".join(f'"{name}"' for name in STORED[self.holds].names)
        rest = f"SELECT {columns} FROM old WHERE place NOT IN (SELECT place FROM lost)"  # noqa: S608 - our own names
        if self.holds != _INDICATORS:
            return f"{rest} UNION ALL SELECT {columns} FROM fresh"  # noqa: S608 - our own names
        now = f"make_timestamptz({self.at})"
        added = columns.replace('"added_at"', "coalesce(held.added_at, fresh.added_at) AS added_at")
        # what went some time ago counts until its end, or until it comes again
        counts = f"valid_until > {now} AND (kind, value) NOT IN (SELECT (kind, value) FROM fresh)"  # noqa: S608 - our own names
        parts = [
            f"{rest} AND (gone_at IS NULL OR ({counts}))",
            f"SELECT {added} FROM fresh LEFT JOIN held USING (kind, value)",  # noqa: S608 - our own names
        ]
        if self.how.keep_us:
            end = f"make_timestamptz({self.at + self.how.keep_us})"
            until = f"least(coalesce(valid_until, {end}), {end}) AS valid_until"
            going = columns.replace('"valid_until"', until).replace('"gone_at"', f"{now} AS gone_at")
            parts.append(
                f"SELECT {going} FROM lost SEMI JOIN (FROM told WHERE change = 'removed') USING (kind, value) "  # noqa: S608 - our own names
                "WHERE origin NOT IN (SELECT name FROM withdrawn)"
            )
        return " UNION ALL ".join(parts)

    def _tell(self, link: duckdb.DuckDBPyConnection, which: str, history: Sequence[File]) -> None:
        """Write down what came and went."""
        with Draft(self.work / f"{CHANGES}-{secrets.token_hex(4)}.parquet", changes.COLUMNS) as draft:
            at = f"make_timestamptz({self.at}) AS at"
            for batch in _batches(link, f"SELECT {at}, change, kind, value FROM ({which})"):  # noqa: S608
                draft.add(batch)
            self.merged.gone += changes.tidied(self.data_dir, history, draft, self.at)
        self.merged.new.append(keep(self.data_dir, draft, self.feed_id, CHANGES, self.at))

    def _count(self, link: duckdb.DuckDBPyConnection, path: Path) -> None:
        """Count the indicators of a file that are there, by kind."""
        rows = link.execute(
            "SELECT kind, count(*) FROM read_parquet(?, hive_partitioning=false) WHERE gone_at IS NULL "
            "GROUP BY kind ORDER BY kind",
            [str(path)],
        )
        self.merged.by_kind = dict(rows.fetchall())

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open DuckDB, in which ``old`` and ``new`` are the two sides, and ``withdrawn`` what must not stay."""
        with duckdb.connect() as link:
            link.execute(f"SET threads=1; SET memory_limit='{_MEMORY}'; SET TimeZone='UTC'")
            link.execute("SET temp_directory=?", [str(self.work)])
            link.execute("SET preserve_insertion_order=false")
            self._view(link, "old", self.data_dir / self.old.path if self.old else None)
            self._view(link, "came_in", self.draft.path if self.draft else None)
            _load(
                link,
                "withdrawn",
                {
                    "name": pa.array([name for name, _ in self.incoming.withdrawn], pa.string()),
                    "page": pa.array([page for _, page in self.incoming.withdrawn], pa.int32()),
                },
            )
            newest = ""
            if self.incoming.pages and self.draft is not None:
                link.execute("CREATE TEMP TABLE last AS SELECT origin, max(page) AS last FROM came_in GROUP BY origin")
                link.execute("CREATE TEMP TABLE off AS SELECT name, max(page) AS off FROM withdrawn GROUP BY name")
                newest = (
                    "JOIN last ON last.origin = came_in.origin LEFT JOIN off ON off.name = came_in.origin "
                    "WHERE came_in.page = last.last AND (off.off IS NULL OR off.off <= came_in.page)"
                )
            columns = ", ".join(f'came_in."{name}"' for name in STORED[self.holds].names)
            link.execute(f"CREATE TEMP VIEW new AS SELECT {columns} FROM came_in {newest}")  # noqa: S608 - our own names
            yield link

    def _view(self, link: duckdb.DuckDBPyConnection, name: str, path: Path | None) -> None:
        """Make a file known by a name, with the places of its rows; no file has no rows."""
        if path is not None:
            told = str(path).replace("'", "''")
            source = f"read_parquet('{told}', file_row_number=true, hive_partitioning=false)"
            link.execute(f"CREATE TEMP VIEW {name} AS SELECT *, file_row_number AS place FROM {source}")  # noqa: S608
            return
        link.register(f"{name}_none", STORED[self.holds].empty_table())
        link.execute(f"CREATE TEMP VIEW {name} AS SELECT *, 0::BIGINT AS place FROM {name}_none")  # noqa: S608


def _load(link: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, pa.Array]) -> None:
    """Put values into a table of their own, by name."""
    link.register(f"{name}_given", pa.table(dict(columns)))
    link.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_given")  # noqa: S608 - our own names


def _number(link: duckdb.DuckDBPyConnection, query: str) -> int:
    ((found,),) = link.execute(query).fetchall()  # a result that is not read to its end is in the way of the next
    return int(found)


def _batches(link: duckdb.DuckDBPyConnection, query: str) -> Iterable[pa.RecordBatch]:
    reader: Iterable[pa.RecordBatch] = link.sql(query).to_arrow_reader(_BATCH_ROWS)
    yield from reader
