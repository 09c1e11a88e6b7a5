"""What the screens show of intelligence, read once for everybody who sees the same.

What changes with every batch of events (sightings, what was held back) is read every few seconds, not at every change.
"""

# ruff: noqa: ARG001 - moments and counters are read by the cache alone

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.store.intel.feeds import rows
from warroom.store.intel.look_backs import newest
from warroom.store.views import intel_health, intel_matches

if TYPE_CHECKING:
    from warroom.console.room import Tick
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.look_backs import LookBack
    from warroom.store.intel.polls import Poll
    from warroom.store.views.intel_health import HeldBack
    from warroom.store.views.intel_matches import Rested, Sharing

_ENTRIES: Final = 32
_HOUR: Final = 3600
_SECONDS: Final = 4
_DAY_US: Final = 86_400_000_000
#: Searches of stored events that are shown.
RECENT_JOBS: Final = 12
#: Other incidents so far back share something.
PIVOT_DAYS: Final = 90


def moment(tick: Tick) -> int:
    """Give by what a picture is as old as it may be: it changes every few seconds."""
    return tick.now_us // (_SECONDS * 1_000_000)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def feeds(_state: State, url: str, at: int) -> list[FeedRow]:
    """Give the feeds as of a moment."""
    with _state.read() as connection:
        return rows(connection)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def polls(_state: State, url: str, at: int) -> dict[str, list[Poll]]:
    """Give the last polls of each feed."""
    return intel_health.recent_polls(_state)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def look_backs(_state: State, url: str, at: int) -> list[LookBack]:
    """Give the newest searches of stored events."""
    with _state.read() as connection:
        return newest(connection, RECENT_JOBS)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def held_back(_state: State, url: str, at: int, since_day: int) -> list[HeldBack]:
    """Give what held back most since a day."""
    return intel_health.held_back(_state, since_day)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def rests_on(_state: State, seen: Seen, version: int, incident_id: int) -> tuple[list[Rested], int]:
    """Give the indicators that an incident's alerts rest on, as of a version of topic ``incidents``."""
    return intel_matches.rests_on(_state, incident_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def sharing(_state: State, seen: Seen, version: int, day: int, incident_id: int) -> tuple[list[Sharing], int]:
    """Give what shares indicators or addresses with an incident, as of a version of topic ``incidents`` and a day."""
    return intel_matches.sharing(_state, incident_id, (day - PIVOT_DAYS) * _DAY_US, scope=seen.scope)
