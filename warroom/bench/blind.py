"""When a rule saw nothing: the times in which a feed that it looks at brought nothing for longer than it may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.store.database import now_us
from warroom.store.rules import loaded
from warroom.store.rules.late import lately
from warroom.store.rules.silence import silences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access.actor import Actor
    from warroom.store.database import State
    from warroom.store.rules.late import LateSpan
    from warroom.store.rules.silence import Silence


class Filled(StrEnum):
    """What became of a time in which a rule was blind."""

    NOTHING = "nothing"  # no event of that time came afterwards
    FOUND = "found"  # what came was early enough to be counted as any other event
    WAITS = "waits"  # it came too late for correlations: the gap is to be looked at again
    AGAIN = "again"  # correlations looked at the gap again


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a rule was blind, what became of it, and when the gap was looked at again, if it was."""

    silence: Silence
    filled: Filled
    at: int | None = None


def told_spells(state: State, found: Sequence[Silence]) -> list[Spell]:
    """Say of each time in which a feed was silent whether the gap was filled."""
    if not found:
        return []
    with state.read() as connection:
        late = lately(connection, {one.feed_id for one in found}, min(one.since for one in found))
    return [_spell(one, late) for one in found]


def _spell(silence: Silence, late: Sequence[tuple[LateSpan, int | None]]) -> Spell:
    if not silence.came_later:
        return Spell(silence, Filled.NOTHING)
    until = silence.until if silence.until is not None else now_us()
    moments = [
        at
        for span, at in late
        if span.feed_id == silence.feed_id and span.first_at < until and span.last_at >= silence.since
    ]
    if not moments:
        return Spell(silence, Filled.FOUND)
    done = [at for at in moments if at is not None]
    return Spell(silence, Filled.AGAIN, max(done)) if len(done) == len(moments) else Spell(silence, Filled.WAITS)


@needs(Permission.READ_INCIDENTS)
def blind_spells(state: State, actor: Actor, rule_id: str, since: int, *, now: int | None = None) -> list[Silence]:
    """Give when a rule was blind from a moment on, feed by feed, newest first.

    Args:
        state: the store.
        actor: feeds of platforms that the actor does not see are left out.
        rule_id: the rule, as the worker loaded it.
        since: microseconds since 1970.
        now: our clock, likewise.

    Raises:
        NotFoundError: the worker has loaded no such rule.
    """
    at = now_us() if now is None else now
    with state.read() as connection:
        feeds = loaded.get(connection, rule_id).feeds
        platforms = None if actor.platforms is None else frozenset(actor.platforms)
        return silences(connection, feeds, since, at, platforms)
