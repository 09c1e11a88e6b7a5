"""What was seen of feeds at the last look, and what people were told of them: a row of ``meta`` a kind of feeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from warroom.store.database import State, upsert
from warroom.store.tables import meta

_KEY: Final = "feed_news"


@dataclass(frozen=True, slots=True)
class Noted:
    """Conditions by feed; feeds that are well are not in it."""

    seen: Mapping[str, str]
    told: Mapping[str, str]


def read(state: State, key: str = _KEY) -> Noted:
    """Give what is noted."""
    with state.read() as connection:
        text = connection.scalar(select(meta.c.value).where(meta.c.key == key))
    told = json.loads(text) if text else {"seen": {}, "told": {}}
    return Noted(told["seen"], told["told"])


def write(connection: Connection, noted: Noted, key: str = _KEY) -> None:
    """Note it instead of what was noted before."""
    text = json.dumps({"seen": dict(noted.seen), "told": dict(noted.told)}, sort_keys=True)
    row = upsert(meta).values(key=key, value=text)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))
