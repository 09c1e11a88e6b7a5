"""What countries are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.console import sights

if TYPE_CHECKING:
    from warroom.console.room import Room


def country_name(room: Room, code: str) -> str:
    """Give a country's name in the person's language; its code where nobody has it."""
    found = sights.known_countries().get(code)
    if found is None:
        return code
    return found.name_th if room.words.language == "th" else found.name_en
