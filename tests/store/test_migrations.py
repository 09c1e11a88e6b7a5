"""Stores of every released version come up to this one with everything that was in them."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from warroom import access
from warroom.store import account_tables, audit_tables
from warroom.store.database import State
from warroom.store.query.trigrams import TABLES
from warroom.store.tables import metadata

SAMPLES = Path(__file__).parents[1] / "samples" / "state"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
#: Their rows are dropped on purpose: they belonged to no account.
WAYS_IN = {"sessions", "signin_links"}


def counts(name: str | None, kind: str, _: object) -> bool:
    """Whether a table is compared: not those that SQLite keeps for the index of texts."""
    return kind != "table" or not str(name).startswith(TABLES)


def dumped(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as link:
        tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if counts(name, "table", None)]
        return {name: link.execute(f'SELECT * FROM "{name}"').fetchall() for name in kept}  # noqa: S608


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Give the database of a store that the first release wrote."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as link:
        link.executescript((SAMPLES / "0001.sql").read_text(encoding="utf-8"))
    return path


def test_everything_that_was_recorded_is_still_there(released: Path) -> None:
    before = dumped(released)
    with State(f"sqlite:///{released}") as state:
        state.migrate()
    after = dumped(released)
    kept = set(before) - WAYS_IN - {"alembic_version"}
    assert kept > {"incidents", "incident_log", "alerts", "segments", "positions", "ledger", "drafts"}
    for table in kept:
        assert before[table], f"{table} is empty in the sample: it proves nothing"
        # Columns may be added behind those of before.
        assert [row[: len(old)] for row, old in zip(after[table], before[table], strict=True)] == before[table]


def test_old_sessions_and_links_open_nothing(released: Path) -> None:
    before = dumped(released)
    assert before["sessions"][0][0] == hashlib.sha256(b"an old session").digest()
    assert before["signin_links"][0][0] == hashlib.sha256(b"an old link").digest()
    with State(f"sqlite:///{released}") as state:
        state.migrate()
        assert access.find_session(state, "an old session", NOW) is None
        assert access.sign_in(state, "an old link", name="x", language="th", now=NOW) is None
        link = access.create_signin_link(state, NOW)
        assert access.sign_in(state, link, name="วิภา", language="th", now=NOW) is not None


def test_the_migrations_make_the_tables_that_the_code_uses(released: Path) -> None:
    assert account_tables.metadata is audit_tables.metadata is metadata
    with State(f"sqlite:///{released}") as state:
        state.migrate()
        with state.read() as connection:
            assert (
                compare_metadata(MigrationContext.configure(connection, opts={"include_name": counts}), metadata) == []
            )
