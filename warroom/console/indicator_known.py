"""All that is known of one indicator, gathered from feeds, events, alerts and rulings for its panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.console import indicator_scores, intel_sights
from warroom.console.indicator_charts import SIGHT_DAYS
from warroom.console.shared import Shared
from warroom.intel.ruling_out import rulings_about
from warroom.store.intel import changes, search
from warroom.store.views import intel_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.indicator_asking import Opened
    from warroom.console.indicator_scores import Scored, Standing
    from warroom.console.room import Room, Tick
    from warroom.store.intel.changes import Change
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.rulings import Ruling
    from warroom.store.intel.search import Listing
    from warroom.store.views.intel_matches import Raised, SeenOn

_LISTINGS: Final = Shared["tuple[list[Listing], list[Change]]"](64)
_CHANGES: Final = 60
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known; ``scored`` strongest first, ``history`` and ``rulings`` newest first."""

    scored: Sequence[Scored]
    standing: Standing
    held: str | None
    rulings: Sequence[Ruling]
    ruling: Ruling | None
    seen: Sequence[SeenOn]
    raised: Raised
    history: Sequence[Change]


def feeds_by_id(room: Room, tick: Tick) -> dict[str, FeedRow]:
    """Give the feeds by id."""
    return {row.feed_id: row for row in intel_sights.feeds(room.state, room.seen.url, intel_sights.moment(tick))}


def known(room: Room, tick: Tick, opened: Opened) -> Known:
    """Gather what is known. Raises StoreError where the feeds' files cannot be read."""
    state, folder, (kind, value) = room.state, room.settings.data_dir, opened

    def read() -> tuple[list[Listing], list[Change]]:
        return (
            search.listings(state, folder, kind, value),
            changes.history(state, folder, kind, value, most=_CHANGES),
        )

    key = (room.settings.db_url, search.mark(state, "indicators"), search.mark(state, "changes"), kind, value)
    listings, history = _LISTINGS.get(key, read)
    seen = intel_matches.sightings(state, kind, value, tick.now_us // _DAY_US - SIGHT_DAYS + 1, scope=room.seen.scope)
    # wherever it was: what may be seen here does not change how far it is believed
    seen_at = intel_matches.seen_last(state, [(kind, value)]).get((kind, value))
    scored = indicator_scores.scored(room, listings, feeds_by_id(room, tick), seen_at, tick.now_us)
    rulings = rulings_about(state, room.person.actor, kind, value)
    ruling = next((one for one in rulings if one.holds(tick.now_us)), None)
    held = indicator_scores.held_by(room, kind, value)
    return Known(
        scored,
        indicator_scores.standing(kind, scored, held=held, ruled=ruling is not None),
        held,
        rulings,
        ruling,
        seen,
        intel_matches.raised(state, kind, value, scope=room.seen.scope),
        history,
    )
