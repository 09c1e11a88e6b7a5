"""Takes new entities into the index of incidents' texts, all those of a transaction at once.

A trigger for each of them would have the index write itself to the database each time: a storm names entities by
100,000. So the trigger notes them in a table that is empty between transactions (migration 0011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

_WAITING: Final = "SELECT 1 FROM incident_texts_waiting LIMIT 1"
#: In the order of their numbers: the index writes itself, too, whenever a smaller one comes after a greater.
_TAKE_IN: Final = """
    INSERT INTO incident_texts (rowid, entity)
    SELECT incident_id << 32 | rowid, lower(value) || char(31, 31) FROM incident_entities
    WHERE rowid IN (SELECT entity FROM incident_texts_waiting) ORDER BY 1
"""


def take_in(connection: Connection) -> None:
    """Index the entities that this transaction wrote; nearly the last thing in it."""
    if connection.exec_driver_sql(_WAITING).first() is not None:
        connection.exec_driver_sql(_TAKE_IN)
        connection.exec_driver_sql("DELETE FROM incident_texts_waiting")
