"""Whether all of a store is an exercise, and the band that says so at the top of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.console.markup import Markup, tag
from warroom.console.texts import LANGUAGES, words
from warroom.errors import StoreError
from warroom.store import views

if TYPE_CHECKING:
    from warroom.store.database import State


def is_drill(state: State, *, declared: bool) -> bool:
    """Whether the store is declared a drill or holds nothing else; as declared while it cannot be read."""
    try:
        return declared or views.is_drill(state)
    except StoreError:
        return declared


def band() -> Markup:
    """Give the band, in both languages: who looks up at a wall has not chosen one."""
    said = [
        tag("span", tag("b", words(one)("app.drill")), " ", words(one)("app.drill_long"), lang=one) for one in LANGUAGES
    ]
    return tag("div", *said, cls="wr-band", role="note")
