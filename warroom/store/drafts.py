"""What a person was typing, kept by person and place until it is sent."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, select

from warroom.store.database import State, upsert
from warroom.store.tables import drafts

#: Characters of a draft that are kept; the note field takes no more.
DRAFT_LIMIT: Final = 10_000


def save_draft(state: State, actor: str, place: str, text: str, now_us: int) -> None:
    """Keep what is typed at a place (``incident/17/note``); an empty text forgets it."""
    with state.write() as connection:
        if not text:
            connection.execute(delete(drafts).where(drafts.c.actor == actor, drafts.c.place == place))
            return
        row = upsert(drafts).values(actor=actor, place=place, text=text[:DRAFT_LIMIT], saved_at=now_us)
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["actor", "place"], set_={"text": row.excluded.text, "saved_at": row.excluded.saved_at}
            )
        )


def load_draft(state: State, actor: str, place: str) -> str:
    """Give what was last typed at a place; empty where nothing was."""
    with state.read() as connection:
        text = connection.scalar(select(drafts.c.text).where(drafts.c.actor == actor, drafts.c.place == place))
    return text or ""
