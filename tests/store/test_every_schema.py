"""A store of every schema there ever was, with rows in all of its tables, comes up to this one with all of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, inspect

import warroom.store
from warroom.store import account_tables, audit_tables
from warroom.store.backup_list import known_schemas
from warroom.store.database import State
from warroom.store.query.trigrams import TABLES
from warroom.store.tables import metadata

#: Rows in each table.
COUNT = 3
#: Tables whose rows a migration drops on purpose, and the last schema with rows of the old kind: see the migration.
DROPPED = {"sessions": "0001", "signin_links": "0001"}


def counts(name: str | None, kind: str, _: object) -> bool:
    """Whether a table is compared: not those that SQLite keeps for the index of texts."""
    return kind != "table" or not str(name).startswith(TABLES)


def filled(path: Path, schema: str) -> None:
    """Make a database of a schema with rows in every table, whatever its columns are."""
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(warroom.store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
    tables = MetaData()
    tables.reflect(engine, only=lambda name, _: counts(name, "table", None))
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                rows = [{column.name: value(column, number) for column in table.columns} for number in range(COUNT)]
                connection.execute(table.insert(), rows)
    engine.dispose()
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA foreign_key_check").fetchall() == []


def value(column: object, number: int) -> object:
    """Give a value of a column's kind, another one for each row; the same in every column, so references hold."""
    kind = column.type.python_type  # type: ignore[attr-defined]
    if kind is int:
        return number + 1
    if kind is bool:
        return bool(number % 2)
    if kind is bytes:
        return bytes([number + 1]) * 32
    return f"{number + 1} ก"


def rows(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as link:
        link.row_factory = sqlite3.Row
        names = [row["name"] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if counts(name, "table", None)]
        return {name: [dict(row) for row in link.execute(f'SELECT * FROM "{name}"')] for name in kept}  # noqa: S608


@pytest.mark.parametrize("schema", known_schemas())
def test_a_store_of_every_schema_comes_up_with_all_its_rows(tmp_path: Path, schema: str) -> None:
    path = tmp_path / "state.db"
    filled(path, schema)
    before = rows(path)
    with State(f"sqlite:///{path}") as state:
        state.migrate()
        after = rows(path)
        assert after["alembic_version"] == [{"version_num": known_schemas()[-1]}]
        with state.read() as connection:
            assert (
                compare_metadata(MigrationContext.configure(connection, opts={"include_name": counts}), metadata) == []
            )
            names = {name for name in inspect(connection).get_table_names() if counts(name, "table", None)}
            assert names == {*metadata.tables, "alembic_version"}
        state.migrate()  # once more: nothing to do
    assert rows(path) == after
    for table, old in before.items():
        if table == "alembic_version" or schema <= DROPPED.get(table, ""):
            continue
        assert len(old) == COUNT
        assert [{name: row[name] for name in old[0]} for row in after[table]] == old, table
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA foreign_key_check").fetchall() == []
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_schemas_are_one_line_and_the_last_one_is_this_one() -> None:
    assert account_tables.metadata is audit_tables.metadata is metadata
    assert known_schemas() == sorted(known_schemas())
    assert len(known_schemas()) > 2
