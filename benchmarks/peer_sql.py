"""Runs rules through one of pySigma's SQL backends; started by `peers.py` in a virtual environment of its own.

python peer_sql.py sqlite|duckdb RULES.jsonl EVENTS.jsonl → one JSON object: counts and CPU-seconds
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

_WHOLE = "_whole"


def main(engine: str, rules: Path, events: Path) -> dict[str, Any]:
    """Convert, insert, query."""
    began = time.process_time()
    documents = [json.loads(line) for line in rules.read_text(encoding="utf-8").splitlines()]
    queries = list(converted(engine, documents))
    loaded = time.process_time()
    found = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    asked = {field for document in documents for field in document["fields"]}
    names: dict[str, str] = {}
    for name in (*(name for event in found for name in event), *sorted(asked)):
        names.setdefault(name.lower(), name)
    tables = sqlite_tables if engine == "sqlite" else duckdb_tables
    execute = tables(found, list(names.values()))
    matches = answered = 0
    for query in queries:
        with contextlib.suppress(Exception):  # a query that the database refuses is a rule without an answer
            matches += execute(query)
            answered += 1
    return {
        "rules": len(documents),
        "answered": answered,
        "matches": matches,
        "events": len(found),
        "load_cpu_seconds": loaded - began,
        "scan_cpu_seconds": time.process_time() - loaded,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def converted(engine: str, documents: list[dict[str, Any]]) -> Any:  # noqa: ANN401  strings, one a query
    """Give each rule's queries; rules that the backend refuses have none."""
    if engine == "sqlite":
        from sigma.backends.sqlite import sqliteBackend  # noqa: PLC0415  each environment has one of them

        backend = sqliteBackend(fulltext_field=_WHOLE)
    else:
        from sigma_backend_duckdb.backend import DuckDBBackend  # noqa: PLC0415

        backend = DuckDBBackend()
    for document in documents:
        with contextlib.suppress(SigmaError, NotImplementedError, TypeError, ValueError, AttributeError):
            yield from backend.convert_rule(SigmaRule.from_dict(document["rule"]))


def rows(events: list[dict[str, Any]], names: list[str]) -> list[tuple[Any, ...]]:
    """Give each event's values in the order of the columns, and all its text."""
    texts = [{name: text(value) for name, value in event.items()} for event in events]
    return [(*(event.get(name) for name in names), "\n".join(filter(None, event.values()))) for event in texts]


def text(value: object) -> str | None:
    """Write a value as text."""
    return value if isinstance(value, str) or value is None else json.dumps(value)


def sqlite_tables(events: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401  query → number of rows
    """Make SQLite's table; letters' case does not count, as the backend expects."""
    database = sqlite3.connect(":memory:")
    kept = names[:1_900]  # SQLite takes 2,000 columns
    columns = ", ".join(f'"{name}" TEXT COLLATE NOCASE' for name in (*kept, _WHOLE))
    database.execute(f"CREATE TABLE logs ({columns})")
    marks = ", ".join("?" * (len(kept) + 1))
    database.executemany(f"INSERT INTO logs VALUES ({marks})", rows(events, kept))  # noqa: S608  marks only
    database.create_function("regexp", 2, lambda pattern, value: value is not None and bool(re.search(pattern, value)))
    return lambda query: len(database.execute(query).fetchall())


def duckdb_tables(events: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401  query → number of rows
    """Make DuckDB's table; one thread, as one process of ours has."""
    import duckdb  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    columns = list(zip(*rows(events, names), strict=True))
    logs = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip((*names, _WHOLE), columns, strict=True)}
    )
    database = duckdb.connect()
    database.execute("SET threads = 1")
    database.register("given", logs)
    database.execute("CREATE TABLE logs AS SELECT * FROM given")
    return lambda query: len(database.execute(query).fetchall())


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
