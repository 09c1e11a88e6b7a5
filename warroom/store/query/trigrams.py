"""Asks SQLite's index of the characters, three by three, of incidents' titles, entities and notes.

A row of the index is one text, padded by two characters, so that each character begins a trigram. The row's number has
the incident's in its upper half; in the lower stands the number of the entity's row or of the log's entry. Triggers
keep it (migration 0011, ``warroom.store.texts``). The index knows capital letters of ASCII as small ones, as LIKE does,
and all others as they are: so it finds exactly what reading every text with LIKE would.

Another database has no such index: there ``ask`` may answer None, and every text is read.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, column, func, literal, literal_column, select, table

from warroom.store.query.tree import Wild

if TYPE_CHECKING:
    from sqlalchemy import Select

    from warroom.store.query.tree import Pattern

#: How the tables begin that SQLite keeps for it; ``metadata`` has none of them.
TABLES: Final = ("incident_texts", "incident_trigrams")
_GRAM: Final = 3
#: Of a longer piece its beginning is looked for: what an answer costs grows with its trigrams.
_LONGEST: Final = 64
#: A piece of two characters is looked for by the trigrams that begin with it, unless there are more.
_MOST_GRAMS: Final = 256
_QUOTE: Final = '"'
_PAD: Final = "\x1f"
_GREATEST: Final = "\U0010ffff"
#: What SQLite takes for one character.
_SAME: Final = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")

_index: Final = table("incident_texts", column("rowid"))
_grams: Final = table("incident_trigrams", column("term"))
#: The row of an entity: it has no number of its own.
ENTITY_ROW: Final[ColumnElement[int]] = literal_column("incident_entities.rowid")


class Told(StrEnum):
    """Where a text stands: columns of the index."""

    ANYWHERE = "{title title_th entity note}"
    TITLE = "{title title_th}"
    ENTITY = "entity"
    NOTE = "note"


class Asked:
    """What a pattern that stands anywhere in a text asks of the index.

    Attributes:
        whole: whether every text that the index finds has the pattern in it; else it has to be read.
        able: whether the index can be asked, where only the database knows that; else None.
    """

    def __init__(self, where: Told, pattern: Pattern, pieces: list[str]) -> None:
        self._where = where
        self.whole = len(pattern) == 1 and len(pieces[0]) <= _LONGEST
        self.able: ColumnElement[bool] | None = None
        if len(pieces[0]) >= _GRAM:
            phrases = " AND ".join(f'"{piece[:_LONGEST].replace(_QUOTE, _QUOTE * 2)}"' for piece in pieces)
            self._query: ColumnElement[Any] = literal(f"{where} : ({phrases})")
            return
        terms = (
            select(_grams.c.term)
            .where(_grams.c.term.between(pieces[0], pieces[0] + _GREATEST * 2))
            .limit(_MOST_GRAMS + 1)
            .subquery()
        )
        quoted = _QUOTE + func.replace(terms.c.term, _QUOTE, _QUOTE * 2) + _QUOTE
        either = select(func.coalesce(func.group_concat(quoted, " OR "), _QUOTE * 2)).scalar_subquery()
        self._query = literal(f"{where} : (") + either + ")"
        self.able = select(func.count() <= _MOST_GRAMS).select_from(terms).scalar_subquery()

    def incidents(self) -> Select[tuple[int]]:
        """Give the numbers of the incidents with such a text."""
        return select(_index.c.rowid.op(">>")(32)).where(self._matches())

    def rows(self) -> Select[tuple[int]]:
        """Give the numbers of the rows that have the text: of the entity, of the log's entry, of the incident."""
        if self._where is Told.TITLE:
            return self.incidents()
        return select(_index.c.rowid.op("&")((1 << 32) - 1)).where(self._matches())

    def _matches(self) -> ColumnElement[bool]:
        return literal_column("incident_texts").op("MATCH", is_comparison=True)(self._query)


def ask(where: Told, pattern: Pattern) -> Asked | None:
    """Give what to ask the index for a pattern that stands anywhere in a text; None where only reading helps."""
    texts = [_small(piece).translate(_SAME) for piece in pattern if not isinstance(piece, Wild)]
    pieces = [text for text in texts if len(text) >= _GRAM] or [text for text in texts if len(text) == _GRAM - 1][:1]
    return Asked(where, pattern, pieces) if pieces and not any(_PAD in text for text in texts) else None


def _small(text: str) -> str:
    """Give a text with those capital letters small that the index has so."""
    return text.encode().lower().decode()
