"""Sealed rows: what a transaction wrote to tables that matter is hashed into the audit chain of that transaction.

Whoever writes such a row says so by ``touch``; ``State.write`` calls ``seal`` before it commits. A row that is
changed, removed or added behind the war room's back is then not the one that the chain knows. One entry of the chain
tells of up to fifty rows, each by table, key and SHA-256.

Accounts and settings are changed by those who could have changed them past the war room: who swapped a password could
sign in and choose another one, and the row would be sealed as it is then. So ``touch_before`` also seals what a row
was when the war room found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select, tuple_

from warroom.store.audit import AuditAction, Entry, Via, append_all
from warroom.store.sealed_tables import FORMS, SEALED, Sealed, key_text

_TOUCHED: Final = "warroom.touched"
#: Rows told of by one entry: their hashes fit into its body.
_AT_ONCE: Final = 50
#: Rows asked for by one statement.
_LOOKED_UP: Final = 500
#: Who the entries say it was: the store itself, in a transaction of whoever the entries around it name.
_ACTOR: Final = "store"


def touch(connection: Connection, name: str, *key: object) -> None:
    """Say that this transaction writes or deletes a row of a sealed table."""
    touched = connection.info.setdefault(_TOUCHED, {})
    for form in FORMS.get(name, (name,)):
        touched.setdefault((form, key), ())


def touch_before(connection: Connection, name: str, *key: object) -> None:
    """Say the same before it does so: what the row is now, if it is there, is sealed with what it becomes."""
    touched = connection.info.setdefault(_TOUCHED, {})
    for form in FORMS.get(name, (name,)):
        if (form, key) not in touched:
            ((*_, own),) = _told(connection, SEALED[form], [key])
            touched[form, key] = (own,)


def seal(connection: Connection) -> None:
    """Hash every touched row, as it is now, into the chain; the last statement of a write transaction."""
    touched = connection.info.pop(_TOUCHED, {})
    told: list[list[str | None]] = []
    if not touched:
        return
    for name in dict.fromkeys(name for name, _ in touched):
        keys = {key: before for (own, key), before in touched.items() if own == name}
        now = _told(connection, SEALED[name], list(keys))
        told += [[*one, *before] for one, before in zip(now, keys.values(), strict=True)]
    bodies = [{"rows": told[start : start + _AT_ONCE]} for start in range(0, len(told), _AT_ONCE)]
    append_all(connection, [Entry(_ACTOR, Via.STORE, AuditAction.ROWS_SEALED, "rows", body=body) for body in bodies])


def forget(connection: Connection) -> None:
    """Drop what a transaction touched that did not happen."""
    connection.info.pop(_TOUCHED, None)


def seal_all(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Seal every row of tables that is there: where the chain begins after the rows. How many, by table."""
    counts = {}
    for one in map(SEALED.__getitem__, names):
        keys = [tuple(row) for row in connection.execute(select(*one.table.primary_key))]
        for key in keys:
            touch(connection, one.name, *key)
        counts[one.name] = len(keys)
    seal(connection)
    return counts


def current(connection: Connection, one: Sealed) -> Iterator[tuple[str, str]]:
    """Every row's key and hash as they are now, in the order of the keys."""
    for row in connection.execution_options(yield_per=1000).execute(one.query()):
        yield one.told(row)


@cache  # putting it together takes longer than asking it, and every write asks
def _by_keys(one: Sealed) -> Select[Any]:
    columns = list(one.table.primary_key)
    own = columns[0] if len(columns) == 1 else tuple_(*columns)
    return one.query().where(own.in_(bindparam("keys", expanding=True)))


def _told(connection: Connection, one: Sealed, keys: list[tuple[Any, ...]]) -> list[list[str | None]]:
    """Give [table, key, hash] of rows; the hash of one that is gone is null."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), _LOOKED_UP):
        part = keys[start : start + _LOOKED_UP]
        wanted = {"keys": part if len(one.table.primary_key) > 1 else [key[0] for key in part]}
        found |= dict(one.told(row) for row in connection.execute(_by_keys(one), wanted).all())
    return [[one.name, text, found.get(text)] for text in map(key_text, keys)]
