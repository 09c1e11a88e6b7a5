"""When a rule saw nothing: the times in which a feed that it looks at brought nothing for longer than it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.store.database import now_us
from warroom.store.rules import loaded
from warroom.store.rules.silence import silences

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.store.database import State
    from warroom.store.rules.silence import Silence


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
