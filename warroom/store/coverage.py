"""What the loaded rules cover: their tags, as the worker told them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from sqlalchemy import delete, insert, select

from warroom.store.database import State
from warroom.store.searching_tables import loaded_tags

_LONGEST: Final = 100


def tell(state: State, tags: Iterable[Iterable[str]]) -> None:
    """Replace what is known: the tags of each loaded rule."""
    counts = Counter(tag.lower()[:_LONGEST] for own in tags for tag in set(own))
    with state.write("content") as connection:
        connection.execute(delete(loaded_tags))
        if counts:
            connection.execute(insert(loaded_tags), [{"tag": tag, "rules": count} for tag, count in counts.items()])


def covered(state: State) -> dict[str, int]:
    """Give how many loaded rules carry each tag."""
    with state.read() as connection:
        return {row.tag: row.rules for row in connection.execute(select(loaded_tags.c.tag, loaded_tags.c.rules))}
