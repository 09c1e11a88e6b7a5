"""Finds indicators among those that feeds brought: by value, by part of one, by what covers it, by kind, feed and tag.

DuckDB looks through the feeds' Parquet files (``intel_files``); only constants and places for values stand in its text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
from sqlalchemy import func, select

from warroom.errors import StoreError
from warroom.store.database import State, to_us
from warroom.store.intel.tables import intel_feeds, intel_files

_T = TypeVar("_T")

#: Values that are shown.
MOST_ROWS: Final = 200
#: Listings that are looked at: a part of a value that more have is too short to find anything by.
MOST_HITS: Final = 50_000
#: Sources of one value that are told.
MOST_LISTINGS: Final = 100
_SECONDS: Final = 20.0
_MEMORY: Final = "384MB"
_THREADS: Final = 2
#: A file may go between the look into the manifest and the reading: its feed has a newer one then.
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. What is empty is not asked about; nothing at all gives what came last.

    Args:
        values: one of these, in canonical form.
        inside: IPv4 addresses and networks that begin between these two numbers.
        host: URLs at this host, or at one below it.
        text: somewhere in the value, the comment or the tags; upper and lower case are alike.
        starts: the value begins with it; in canonical form.
        kind: of the value.
        feed: that lists it.
        tag: a word of its tags, wholly.
    """

    values: tuple[str, ...] = ()
    inside: tuple[int, int] | None = None
    host: str = ""
    text: str = ""
    starts: str = ""
    kind: str = ""
    feed: str = ""
    tag: str = ""

    @property
    def by_value(self) -> bool:
        """Whether it says anything about the value."""
        return bool(self.values or self.inside or self.host or self.text or self.starts)


@dataclass(frozen=True, slots=True)
class Listing:
    """That a feed lists a value; times in microseconds since 1970, None where nobody says."""

    feed_id: str
    kind: str
    value: str
    origin: str
    confidence: int | None
    tlp: str | None
    first_seen: int | None
    last_seen: int | None
    valid_from: int | None
    valid_until: int | None
    added_at: int | None
    pattern: str | None
    tags: str | None
    comment: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class FoundIndicators:
    """The listings of the values that are shown, together by value, and how many values there are."""

    shown: tuple[tuple[Listing, ...], ...]
    values: int
    #: There are more than were looked at: ``values`` is the least there is.
    cut: bool


def find(state: State, data_dir: Path, wanted: Wanted, *, rows: int = MOST_ROWS) -> FoundIndicators:
    """Find indicators, those that are exactly what is looked for first, then what most feeds list, then the newest.

    Raises:
        StoreError: the files cannot be read, or looking takes longer than a few seconds.
    """
    where, values = _condition(wanted)
    return _retried(lambda: _find(state, data_dir, wanted, where, values, rows), FoundIndicators((), 0, cut=False))


def listings(state: State, data_dir: Path, kind: str, value: str) -> list[Listing]:
    """Give who lists a value, by feed. Raises StoreError, as ``find`` does."""

    def look() -> list[Listing]:
        with _opened(state, data_dir, "indicators") as link:
            found = link.execute(
                f"SELECT {_COLUMNS} {_FROM} WHERE i.kind = ? AND i.value = ? ORDER BY feed_id, origin LIMIT ?",
                [kind, value, MOST_LISTINGS],
            )
            return [_listing(row) for row in found.fetchall()]

    return _retried(look, [])


def mark(state: State, holds: str) -> tuple[object, ...]:
    """Give what changes with every change of the files of a kind, and of which feeds are switched on."""
    table, feed = intel_files.c, intel_feeds.c
    with state.read() as connection:
        newest = connection.execute(select(func.count(), func.max(table.at)).where(table.holds == holds)).one()
        on = connection.scalars(select(feed.feed_id).where(feed.enabled).order_by(feed.feed_id)).all()
    return (*newest, *on)


_FROM: Final = (
    "FROM read_parquet($paths, union_by_name=true, filename=true, hive_partitioning=false) AS i "
    "JOIN feed_file AS f ON f.path = i.filename"
).replace("$paths", "getvariable('paths')")
_COLUMNS: Final = (
    "f.feed_id, i.kind, i.value, i.origin, i.confidence, i.tlp, i.first_seen, i.last_seen, i.valid_from, "
    "i.valid_until, i.added_at, i.pattern, i.tags, i.comment, i.reference"
)
_IPV4: Final = " + ".join(
    f"CAST(split_part(split_part(i.value, '/', 1), '.', {place}) AS BIGINT) * {1 << 8 * (4 - place)}"
    for place in range(1, 5)
)


def _condition(wanted: Wanted) -> tuple[str, list[object]]:
    """Give the text that says which listings are wanted, and its values in their order."""
    either: list[str] = []
    values: list[object] = []
    if wanted.values:
        # a join finds one of thousands as fast as one of two; list_contains() looks at each
        either.append("i.value IN (SELECT unnest(?::VARCHAR[]))")
        values.append(list(wanted.values))
    if wanted.inside is not None:
        there = "i.kind = 'ipv4' AND starts_with(i.value, ?)"
        either.append(f"CASE WHEN {there} THEN ({_IPV4}) BETWEEN ? AND ? ELSE FALSE END")
        values += [_shared_octets(*wanted.inside), *wanted.inside]
    if wanted.host:
        there = "split_part(i.value, '/', 3)"
        either.append(
            f"(i.kind = 'url' AND ({there} = ? OR starts_with({there}, ?) OR ends_with({there}, ?) "
            f"OR contains({there}, ?)))"
        )
        host = wanted.host
        values += [host, f"{host}:", f".{host}", f".{host}:"]
    if wanted.text:
        either.append("(contains(lower(i.value), ?) OR contains(lower(i.comment), ?) OR contains(lower(i.tags), ?))")
        values += [wanted.text.lower()] * 3
    if wanted.starts:
        either.append("starts_with(i.value, ?)")
        values.append(wanted.starts)
    parts = [f"({' OR '.join(either)})"] if either else []
    for column, value in (("i.kind", wanted.kind), ("f.feed_id", wanted.feed)):
        if value:
            parts.append(f"{column} = ?")
            values.append(value)
    if wanted.tag:
        parts.append("list_contains(string_split(lower(i.tags), ' '), ?)")
        values.append(wanted.tag.lower())
    return " AND ".join(parts) or "TRUE", values


def _shared_octets(first: int, last: int) -> str:
    """Give what the dotted forms of all IPv4 addresses between two begin with: it is faster to compare."""
    pairs = zip(*(first.to_bytes(4, "big"), last.to_bytes(4, "big")), strict=True)
    return "".join(f"{one}." for one, _ in takewhile(lambda pair: pair[0] == pair[1], list(pairs)[:3]))


def _find(state: State, data_dir: Path, wanted: Wanted, where: str, values: list[object], rows: int) -> FoundIndicators:
    newest = "" if wanted.by_value else "ORDER BY i.added_at DESC NULLS LAST "
    with _opened(state, data_dir, "indicators", wanted.feed) as link:
        link.execute(
            f"CREATE TEMP TABLE hit AS SELECT {_COLUMNS} {_FROM} WHERE {where} {newest}LIMIT ?",
            [*values, MOST_HITS + 1 if wanted.by_value else _newest(rows)],
        )
        (hits, found) = link.execute("SELECT count(*), count(DISTINCT (kind, value)) FROM hit").fetchone() or (0, 0)
        link.execute(
            "CREATE TEMP TABLE best AS SELECT kind, value, row_number() OVER (ORDER BY "
            "list_position(?::VARCHAR[], value) IS NULL, list_position(?::VARCHAR[], value), "
            "count(DISTINCT feed_id) DESC, max(coalesce(last_seen, added_at)) DESC NULLS LAST, value, kind) AS place "
            "FROM hit GROUP BY kind, value QUALIFY place <= ?",
            [list(wanted.values), list(wanted.values), rows],
        )
        told = link.execute(
            "SELECT hit.* FROM hit JOIN best USING (kind, value) "
            "QUALIFY row_number() OVER (PARTITION BY kind, value ORDER BY feed_id, origin) <= 20 "
            "ORDER BY place, feed_id, origin"
        ).fetchall()
    shown: dict[tuple[str, str], list[Listing]] = {}
    for row in told:
        one = _listing(row)
        shown.setdefault((one.kind, one.value), []).append(one)
    most = MOST_HITS if wanted.by_value else _newest(rows) - 1
    return FoundIndicators(tuple(map(tuple, shown.values())), int(found), cut=hits > most)


def _newest(rows: int) -> int:
    """How many of the newest listings are looked at for so many values: some feeds list the same."""
    return 4 * rows


@contextmanager
def _opened(state: State, data_dir: Path, holds: str, feed: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB with the files of a kind, which it knows by their feeds; interrupted where it takes too long."""
    paths = _paths(state, data_dir, holds, feed)
    if not paths:
        raise _NothingThereError
    link = duckdb.connect()
    alarm = threading.Timer(_SECONDS, link.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        # No file and no address of anywhere but the paths of our own manifest is read, whatever a value says.
        link.execute(f"SET threads={_THREADS}; SET memory_limit='{_MEMORY}'; SET TimeZone='UTC'")
        link.execute("SET preserve_insertion_order=false; SET temp_directory=''")
        link.execute(
            "CREATE TEMP TABLE feed_file AS SELECT unnest(?) AS path, unnest(?) AS feed_id",
            list(zip(*paths, strict=True)),
        )
        link.execute("SET VARIABLE paths = ?::VARCHAR[]", [[path for path, _ in paths]])
        yield link
    finally:
        alarm.cancel()
        link.close()


def _paths(state: State, data_dir: Path, holds: str, feed: str) -> list[tuple[str, str]]:
    """Give the files of a kind with their feeds."""
    table = intel_files.c
    wanted = select(table.path, table.feed_id).where(table.holds == holds).order_by(table.path)
    if feed:
        wanted = wanted.where(table.feed_id == feed)
    with state.read() as connection:
        found = connection.execute(wanted).all()
    return [(str(data_dir / path), feed_id) for path, feed_id in found if (data_dir / path).exists()]


class _NothingThereError(Exception):
    """There is no file to look into."""


def _retried(look: Callable[[], _T], nothing: _T) -> _T:
    for again in range(_TRIES):
        try:
            return look()
        except _NothingThereError:
            return nothing
        except duckdb.InterruptException as problem:
            raise StoreError(
                f"looking took longer than {_SECONDS:.0f} seconds: look for more of the value"
            ) from problem
        except duckdb.Error as problem:
            if again + 1 < _TRIES and isinstance(problem, duckdb.IOException):
                continue
            reason = str(problem).partition("\n")[0][:300]
            raise StoreError(f"the indicators could not be searched: {reason}") from problem
    return nothing


def _listing(row: tuple[Any, ...]) -> Listing:
    told: list[Any] = [to_us(one) if isinstance(one, datetime) else one for one in row]
    return Listing(*told)
