"""Files that a button gives out: asked for again as who the person is then, and entered into the audit only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.access.refusals import refusals_recorded
from warroom.console.person import person_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room


def giving(room: Room, give: Callable[[Actor], bytes]) -> Callable[[], bytes]:
    """Give what a button for a download calls; nothing is given to who is somebody else by then, or signed out."""

    def given() -> bytes:
        # The file is given outside the run of a script, where no cookie is: the session itself is asked again.
        person = person_of(room.state, room.person.token) if room.person.token else room.person
        if person is None or person.actor.name != room.person.actor.name:
            return b""
        with refusals_recorded(room.state, person.actor):
            return give(person.actor)

    return given
