"""The connection to an operator's PostgreSQL: reads rows of one table, and can do nothing else.

Only SELECT of named columns is ever said, with every name quoted, in a session that is read-only and bounded in time.
The law that SQL stands in warroom/store alone is about our own store; this is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import certifi
import psycopg
from psycopg import sql

from warroom.errors import OutboundError
from warroom.net import permitted

if TYPE_CHECKING:
    from warroom.catalog.transports.table import Table
    from warroom.net import Network

_SECONDS: Final = 10
_WHOLE: Final = ("smallint", "integer", "bigint")
_LEAST_WHOLE: Final = Decimal(-(1 << 63))
_SESSION: Final = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "search_path": "pg_catalog",  # no operator or type of somebody's schema takes the place of the usual one
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "bytea_output": "hex",
}
_COLUMNS: Final = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL), t.typcategory
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""


@dataclass(frozen=True, slots=True)
class Key:
    """A row's place: its key as text and as a number (of a time: seconds since 1970), and its id."""

    text: str
    number: Decimal
    id: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its place, and each column's value as text; None where there is none."""

    key: Key
    values: tuple[str | None, ...]


class Database:
    """One table of a database, connected to when it is first asked.

    ``longest`` is how many letters of a value are fetched. Raises WarroomError where the password is not there.
    """

    def __init__(self, collect: Table, allowed: Sequence[Network], longest: int) -> None:
        self._collect, self._allowed, self._longest = collect, allowed, longest
        self._password = collect.password.load() if collect.password else None
        self._link: psycopg.Connection | None = None
        self._types: dict[str, str] = {}
        self.is_time = False
        self.columns: tuple[str, ...] = ()

    def open(self) -> None:
        """Connect where we are not, and learn the table's columns. Raises OutboundError."""
        if self._link is not None and not self._link.broken:
            return
        self.close()
        one = self._collect
        address = permitted(one.host, one.port, self._allowed, seconds=_SECONDS)[0]
        try:
            self._link = psycopg.connect(
                host=one.host,
                hostaddr=str(address),
                port=one.port,
                dbname=one.database,
                user=one.user,
                password=self._password,
                passfile="/dev/null",  # passwords come from where the feed says, and nowhere else
                sslmode="verify-full" if one.tls else "disable",
                sslrootcert=(one.ca or certifi.where()) if one.tls else None,
                sslcert=one.certificate or None,
                sslkey=one.client_key or None,
                gssencmode="disable",
                client_encoding="UTF8",
                connect_timeout=_SECONDS,
                application_name="warroom",
                autocommit=True,
            )
            for name, value in _SESSION.items():
                self._link.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
            self._learn(self._link)
        except psycopg.Error as problem:
            raise self._failed(problem) from problem

    def greatest(self) -> Key | None:
        """Give the place of the row with the greatest key; None where there is no row. Raises OutboundError."""
        return next((row.key for row in self._rows(sql.SQL("true"), (), "DESC", 1)), None)

    def rows(self, lower: Key | None, window: Decimal, most: int) -> Iterator[Row]:
        """Give rows in the order of their keys, at most so many: from a window before a key on, or all.

        Raises OutboundError.
        """
        if lower is None:
            yield from self._rows(sql.SQL("true"), (), "ASC", most)
        elif self.is_time:
            since = sql.SQL("{key} >= CAST(%s AS {type}) - CAST(%s AS interval)")
            yield from self._rows(since, (lower.text, f"{window} seconds"), "ASC", most)
        else:
            least = max(lower.number - window, _LEAST_WHOLE)
            yield from self._rows(sql.SQL("{key} >= CAST(%s AS bigint)"), (str(int(least)),), "ASC", most)

    def rows_after(self, key: Key, most: int) -> Iterator[Row]:
        """Give the rows behind one, in the order of their keys and ids, at most so many. Raises OutboundError."""
        after = sql.SQL("({key}, {id}) > (CAST(%s AS {type}), CAST(%s AS {id_type}))")
        yield from self._rows(after, (key.text, key.id), "ASC", most)

    def close(self) -> None:
        """Disconnect."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def _learn(self, link: psycopg.Connection) -> None:
        one = self._collect
        name = sql.Identifier(one.schema, one.table).as_string(link)
        found = {column: (kind, category) for column, kind, category in link.execute(_COLUMNS, (name,)).fetchall()}
        if not found:
            raise OutboundError(f"there is no table or view {one.schema}.{one.table} that {one.user} may see")
        if missing := [name for name in (one.key, one.id, *one.columns) if name not in found]:
            raise OutboundError(f"{one.schema}.{one.table} has no column `{missing[0]}`: it has {', '.join(found)}")
        self._types = {column: kind for column, (kind, _) in found.items()}
        kind, category = found[one.key]
        if kind not in _WHOLE and category != "D":
            raise OutboundError(f"`{one.key}` is {kind}: a table grows by a whole number or a time")
        self.is_time = category == "D"
        if self.is_time and one.id == one.key:
            raise OutboundError(f"rows may share the time `{one.key}`: name a column `id` that tells them apart")
        if one.window is not None and one.window_is_time != self.is_time:
            what = "a time such as 5m" if self.is_time else "a count such as 1000"
            raise OutboundError(f"`{one.key}` is {kind}: `window` is {what}")
        self.columns = one.columns or tuple(found)

    def _rows(self, where: sql.SQL, values: tuple[object, ...], direction: str, most: int) -> Iterator[Row]:
        one = self._collect
        link = self._link
        if link is None:
            raise OutboundError(f"{one.host}: not connected")
        key = sql.Identifier("t", one.key)  # of the table: ORDER BY would take a bare name for what is selected
        names = {
            "key": key,
            "id": sql.Identifier("t", one.id),
            "type": sql.SQL(self._types[one.key]),  # as PostgreSQL's format_type quotes it
            "id_type": sql.SQL(self._types[one.id]),
            "table": sql.Identifier(one.schema, one.table),
            "number": sql.SQL("extract(epoch FROM {})" if self.is_time else "{}").format(key),
            # what is dated far ahead waits for its time: it would hide what comes before it
            "sane": sql.SQL("{} <= now() + interval '1 day'" if self.is_time else "{} IS NOT NULL").format(key),
            "columns": sql.SQL(", ").join(
                sql.SQL("left(CAST({} AS text), {})").format(sql.Identifier(name), sql.Literal(self._longest))
                for name in self.columns
            ),
            "order": sql.SQL("ASC" if direction == "ASC" else "DESC"),
            "most": sql.Literal(most),
        }
        query = sql.SQL(
            "SELECT CAST({key} AS text), CAST({number} AS text), CAST({id} AS text), {columns} FROM {table} AS t"
            " WHERE {sane} AND {id} IS NOT NULL AND {where} ORDER BY {key} {order}, {id} {order} LIMIT {most}"
        )
        try:
            with link.cursor() as cursor:
                for text, number, own, *found in cursor.stream(
                    query.format(**names, where=where.format(**names)), values
                ):
                    yield Row(Key(text, Decimal(number), own), tuple(found))
        except (psycopg.Error, UnicodeDecodeError) as problem:
            raise self._failed(problem) from problem

    def _failed(self, problem: psycopg.Error | UnicodeDecodeError) -> OutboundError:
        self.close()
        said = " ".join(str(problem).split())[:300]
        return OutboundError(f"{self._collect.host}, {self._collect.schema}.{self._collect.table}: {said}")
