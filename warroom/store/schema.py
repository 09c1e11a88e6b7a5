"""The database's own definitions (tables, indexes, triggers) as one hash: a trigger could erase what tables keep."""

from __future__ import annotations

from sqlalchemy import Connection, text

from warroom.store.canonical import digest


def schema_hash(connection: Connection) -> str:
    """Give the hash of every definition in the database, by kind and name."""
    found = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"))
    return digest("warroom schema 1", [[str(value) for value in row] for row in found])


def schema_version(connection: Connection) -> str:
    """Give the migration that the database has come to."""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
