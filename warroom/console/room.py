"""What every screen gets: the store, the person, the words, and a live tick that re-checks the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from warroom.console import panels, snapshot
from warroom.console.person import person_at_console
from warroom.errors import StoreError
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.console.person import Doorkeeper, Person
    from warroom.console.texts import Words
    from warroom.settings import Settings
    from warroom.store.database import State


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at the store: our clock and the change counters at that moment."""

    now_us: int
    versions: dict[str, int]

    def version(self, topic: str) -> int:
        """Give a topic's change counter; 0 for one that never changed."""
        return self.versions.get(topic, 0)

    @property
    def minute(self) -> int:
        """Minutes since 1970."""
        return self.now_us // 60_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """One run of a script for one person."""

    settings: Settings
    state: State
    person: Person
    words: Words
    drill: bool
    who: Doorkeeper = person_at_console

    @property
    def seen(self) -> snapshot.Seen:
        """What the person sees of the state database, as the caches know it."""
        platforms = self.person.actor.platforms
        return snapshot.Seen(self.settings.db_url, None if platforms is None else tuple(sorted(platforms)))

    def sight(self, tick: Tick, *topics: str, seconds: int = 0) -> tuple[object, ...]:
        """Give what a picture of these topics depends on, as a key: who is given the same key sees the same.

        Args:
            tick: the moment.
            topics: whose change makes it another picture.
            seconds: how old what it says of the time may be; 0 where it says nothing of it.
        """
        moment = tick.now_us // (seconds * 1_000_000) if seconds else 0
        return (*self.seen, self.words.language, self.drill, moment, *(tick.version(topic) for topic in topics))

    def look(self) -> Tick:
        """Look at the store now."""
        return Tick(now_us(), self.state.versions())

    def platform(self, platform_id: str) -> str:
        """Give a platform's name in the person's language; its id where the reference lacks it."""
        found = snapshot.platforms().get(platform_id)
        if found is None:
            return platform_id
        return found.name_th if self.words.language == "th" else found.name_en

    def person_now(self) -> Person | None:
        """Give this run's person with the roles of this moment; asked before everything that changes something.

        None where somebody else sends its messages by now, or nobody who may.
        """
        now = self.who(self.state, self.settings, present=True)
        same = now is not None and (now.actor.name, now.token) == (self.person.actor.name, self.person.token)
        return now if same else None

    def age_units(self) -> list[str]:
        """Give the units in which the browser writes ages: seconds, minutes, hours, days."""
        return [self.words(f"unit.{unit}") for unit in ("second", "minute", "hour", "day")]

    def live(self, every: str, body: Callable[[Tick], None], *, display: bool = False) -> None:
        """Show a part of the screen and renew it, as long as its person may be here.

        Args:
            every: how often, as Streamlit has it (``2s``).
            body: shows the part; must take less than 100 ms.
            display: an unattended display, whose ticks count as presence, but not for who has a guarded role.
        """

        @st.fragment(run_every=every)
        def part() -> None:
            try:
                person = self.who(self.state, self.settings, present=display and not self.person.is_guarded)
                if person is None or person.actor != self.person.actor:
                    st.rerun()  # what may be seen has changed
                body(self.look())
            except StoreError as problem:  # the next tick tries again
                panels.empty(self.words("door.store_failed"), str(problem))

        part()
