"""An index of the characters, three by three, of what is said of incidents: titles, entities and notes.

It holds no text and is no evidence: it can be made again from its tables at any time. Triggers keep it in step with
them, so no code that writes has to know of it; new entities, which are many, wait until their transaction ends
(``warroom.store.texts``). ``warroom.store.query.trigrams`` asks it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from alembic import op

revision = "0011"
down_revision = "0010"


class _Source(NamedTuple):
    """A table with texts, each row of which is a row of the index."""

    table: str
    number: str  # the index's: the incident's in the upper half, in the lower the row's own
    columns: dict[str, str]  # of the index: of the table
    counted: str = "TRUE"  # rows that are in the index

    def texts(self, row: str) -> str:
        # Small letters as far as LIKE takes them for the same. Two more characters let each character begin a trigram:
        # so words of one and two are found, too.
        return ", ".join(f"lower({row}.{column}) || char(31, 31)" for column in self.columns.values())

    def add(self, row: str) -> str:
        names = ", ".join(["rowid", *self.columns])
        return f"INSERT INTO incident_texts ({names}) SELECT {self.number.format(row)}, {self.texts(row)}"

    def take(self, row: str) -> str:
        names = ", ".join(["incident_texts", "rowid", *self.columns])
        return f"INSERT INTO incident_texts ({names}) SELECT 'delete', {self.number.format(row)}, {self.texts(row)}"


_INCIDENT: Final = _Source("incidents", "{0}.id << 32", {"title": "title", "title_th": "title_th"})
_NOTE: Final = _Source(
    "incident_log",
    "{0}.incident_id << 32 | {0}.id",
    {"note": "body"},
    "{0}.action IN ('noted', 'closed', 'reopened')",
)
_ENTITY: Final = _Source("incident_entities", "{0}.incident_id << 32 | {0}.rowid", {"entity": "value"})


def upgrade() -> None:
    """Make the index, fill it from what is there, and have every change of its tables change it."""
    op.execute(
        "CREATE VIRTUAL TABLE incident_texts USING fts5 "
        "(title, title_th, entity, note, content='', tokenize='trigram case_sensitive 1')"
    )
    op.execute("CREATE VIRTUAL TABLE incident_trigrams USING fts5vocab (incident_texts, row)")
    op.execute("CREATE TABLE incident_texts_waiting (entity INTEGER NOT NULL PRIMARY KEY)")
    for source in (_INCIDENT, _NOTE, _ENTITY):
        table = source.table
        op.execute(f"{source.add(table)} FROM {table} WHERE {source.counted.format(table)} ORDER BY 1")
    for source in (_INCIDENT, _NOTE):
        table, (old, new) = source.table, (source.counted.format(row) for row in ("old", "new"))
        changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in source.columns.values())
        add, take = f"{source.add('new')};", f"{source.take('old')};"
        op.execute(f"CREATE TRIGGER {table}_told AFTER INSERT ON {table} WHEN {new} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {table}_untold AFTER DELETE ON {table} WHEN {old} BEGIN {take} END")
        op.execute(
            f"CREATE TRIGGER {table}_retold AFTER UPDATE OF {', '.join(source.columns.values())} ON {table} "
            f"WHEN {old} AND ({changed}) BEGIN {take} {add} END"
        )
    # What an incident is about comes and goes; no entity ever becomes another.
    op.execute(
        "CREATE TRIGGER incident_entities_told AFTER INSERT ON incident_entities "
        "BEGIN INSERT INTO incident_texts_waiting VALUES (new.rowid); END"
    )
    waits = "incident_texts_waiting WHERE entity = old.rowid"
    take = f"{_ENTITY.take('old')} WHERE NOT EXISTS (SELECT 1 FROM {waits}); DELETE FROM {waits};"  # noqa: S608 - our own names
    op.execute(f"CREATE TRIGGER incident_entities_untold AFTER DELETE ON incident_entities BEGIN {take} END")
