"""Runs one statement for many rows without SQLAlchemy's work on each row: a storm's alerts are counted by 100,000."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Update


def run_many(connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run an INSERT or UPDATE for every row; each has a value for every named parameter, of a type that needs no help.

    Args:
        connection: in a write transaction.
        statement: with ``bindparam`` for what differs between rows; what is constant may stand in it.
        rows: all with the same names.
    """
    if not rows:
        return
    names = list(rows[0]) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    constant = dict(compiled.params)
    if compiled.positiontup is None:  # a driver that takes names
        connection.exec_driver_sql(str(compiled), [constant | dict(row) for row in rows])
        return
    order = compiled.positiontup
    if all(name in rows[0] for name in order):
        values = [tuple([row[name] for name in order]) for row in rows]
    else:
        values = [tuple([row[name] if name in row else constant[name] for name in order]) for row in rows]
    connection.exec_driver_sql(str(compiled), values)
