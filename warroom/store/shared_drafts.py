"""What people type into a form together, field by field: kept as it is typed, and nobody's text is lost.

Every save says which version of the field its writer had seen. Where somebody else saved in between, the newer text
stands and the one it replaced stays beside it until somebody settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from warroom.store.case_tables import shared_drafts
from warroom.store.database import State, upsert

#: Characters of a field that are kept.
FIELD_LIMIT: Final = 20_000
#: Fields of one form.
MOST_FIELDS: Final = 40
#: A form that nobody typed into for so long is forgotten once another one is begun: it may hold personal data.
KEPT_DAYS: Final = 30
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field as it was last saved; ``other_text`` is what somebody else had written and this text replaced."""

    field: str
    text: str
    version: int
    author: str
    saved_at: int
    other_text: str = ""
    other_author: str = ""


def load(state: State, place: str) -> dict[str, Field]:
    """Give the fields of a form that anybody has typed into."""
    with state.read() as connection:
        return _load(connection, place)


@dataclass(frozen=True, slots=True)
class Begun:
    """A form that somebody has begun: by whom, and when it was last typed into."""

    place: str
    fields: dict[str, Field]

    @property
    def saved_at(self) -> int:
        """When it was last typed into, in microseconds."""
        return max(one.saved_at for one in self.fields.values())

    @property
    def authors(self) -> tuple[str, ...]:
        """Who typed into it last, field by field, each once."""
        return tuple(dict.fromkeys(one.author for one in self.fields.values()))


def begun(state: State, prefix: str, *, limit: int = 40) -> list[Begun]:
    """Give the forms that are begun at places with a prefix, the one typed into last first."""
    columns = shared_drafts.c
    own = columns.place.startswith(prefix, autoescape=True)
    newest = func.max(columns.saved_at)
    with state.read() as connection:
        places = connection.scalars(
            select(columns.place).where(own).group_by(columns.place).order_by(newest.desc()).limit(limit)
        ).all()
        return [Begun(place, _load(connection, place)) for place in places]


def save(
    state: State, place: str, name: str, text: str, base: int, author: str, now_us: int, *, taken_out: bool = False
) -> Field:
    """Keep what somebody typed into a field.

    Args:
        state: the store.
        place: the form (``intake``, ``incident/17/containment``).
        name: the field.
        text: all of it; cut at ``FIELD_LIMIT``.
        base: the version that the writer had seen; 0 where there was none.
        author: who types.
        now_us: our clock.
        taken_out: something stood in it before anybody typed, so that an empty text is one, too.

    Returns: the field as it is now; a new version unless the text is the one that is there.
    """
    text = text[:FIELD_LIMIT]
    with state.write() as connection:
        kept = _load(connection, place)
        before = kept.get(name)
        if before is not None and before.text == text:
            return before
        if before is None and (not (text or taken_out) or len(kept) >= MOST_FIELDS):
            return Field(name, "", 0, author, now_us)
        if not kept:
            connection.execute(delete(shared_drafts).where(_old(now_us)))
        saved = _after(before, Field(name, text, base + 1, author, now_us), base)
        values = {one: getattr(saved, one) for one in Field.__slots__} | {"place": place}
        row = upsert(shared_drafts).values(**values)
        connection.execute(row.on_conflict_do_update(index_elements=["place", "field"], set_=values))
    return saved


def settle(state: State, place: str, name: str) -> None:
    """Drop the other text of a field: somebody has seen both."""
    with state.write() as connection:
        connection.execute(
            update(shared_drafts)
            .where(shared_drafts.c.place == place, shared_drafts.c.field == name)
            .values(other_text="", other_author="", version=shared_drafts.c.version + 1)
        )


def forget(state: State, place: str) -> None:
    """Drop a form's draft: it was sent."""
    with state.write() as connection:
        connection.execute(delete(shared_drafts).where(shared_drafts.c.place == place))


def _old(now_us: int) -> ColumnElement[bool]:
    """Give the condition that a field belongs to a form that nobody types into any more."""
    other = shared_drafts.alias()
    fresh = select(other.c.place).where(other.c.saved_at >= now_us - KEPT_DAYS * _DAY_US)
    return shared_drafts.c.place.not_in(fresh)


def _after(before: Field | None, typed: Field, base: int) -> Field:
    """Give the field after a save: whether something was overtaken is a question of versions, not of times."""
    if before is None:
        return typed
    other_text, other_author = before.other_text, before.other_author
    if base < before.version and before.text:
        other_text, other_author = before.text, before.author
    return Field(typed.field, typed.text, before.version + 1, typed.author, typed.saved_at, other_text, other_author)


def _load(connection: Connection, place: str) -> dict[str, Field]:
    columns = [shared_drafts.c[name] for name in Field.__slots__]
    found = connection.execute(select(*columns).where(shared_drafts.c.place == place))
    return {row.field: Field(*row) for row in found}
