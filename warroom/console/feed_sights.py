"""What the screens say of feeds besides their account: what is usual, who looks at them, losses, clocks.

Read once a minute, or an hour, for everybody who sees the same.
"""

# ruff: noqa: ARG001 - minutes and counters are read by the cache alone

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.store import skews
from warroom.store import usual as rates
from warroom.store import watchers as told
from warroom.store.views import inflow

if TYPE_CHECKING:
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.skews import Skew
    from warroom.store.usual import Usual
    from warroom.store.views.inflow import Inflow
    from warroom.store.watchers import Watchers

_ENTRIES: Final = 32
_HOUR: Final = 3600
_MINUTE_US: Final = 60_000_000


@st.cache_resource(show_spinner=False, max_entries=8, ttl=_HOUR)
def usual(_state: State, url: str, minute: int) -> dict[str, Usual]:
    """Give what is usual for each feed at a minute."""
    return rates.usual(_state, minute * _MINUTE_US)


@st.cache_resource(show_spinner=False, max_entries=4, ttl=_HOUR)
def watchers(_state: State, url: str, version: int) -> Watchers:
    """Give who looks at which feed, as of a version of topic ``content``."""
    return told.watchers(_state)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def day(_state: State, seen: Seen, hour: int) -> dict[str, Inflow]:
    """Give the full hours of the last day, by feed."""
    return inflow.inflow(_state, hour, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def week(_state: State, seen: Seen, hour: int, feed_id: str) -> Inflow | None:
    """Give the full hours of the last week of one feed."""
    return inflow.inflow(_state, hour, inflow.WEEK_HOURS, scope=seen.scope, feed_id=feed_id).get(feed_id)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def lost(_state: State, seen: Seen, minute: int) -> dict[str, dict[str, int]]:
    """Give what was lost in the last day, by feed and kind."""
    return inflow.lost(_state, minute, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def worst_clocks(_state: State, url: str, minute: int) -> dict[str, Skew]:
    """Give each feed's sender whose clock is furthest off."""
    return {one.feed_id: one for one in skews.worst(_state)}


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def clocks(_state: State, url: str, minute: int, feed_id: str) -> list[Skew]:
    """Give the senders of a feed, the furthest off first."""
    return skews.of_feed(_state, feed_id)
