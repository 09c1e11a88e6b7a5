"""What the screens show, read once for everybody: cached by the store's change counters.

The functions take the counter only to be keyed by it; a new value is a new snapshot. Arguments whose names begin
with an underscore are not part of the key, the database's URL is, and the platforms that may be seen.
"""

# ruff: noqa: ARG001 - counters are read by the cache alone

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import streamlit as st

from warroom.catalog import Platform, load_platforms
from warroom.console import machine_health
from warroom.console.healthz import look
from warroom.console.machine_health import Trouble
from warroom.store import views
from warroom.store.database import State
from warroom.store.segments import read_events
from warroom.store.views import cases

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from warroom.settings import Settings


_ENTRIES: Final = 32
_INCIDENTS: Final = 64
_HOUR: Final = 3600


class Seen(NamedTuple):
    """Which store is looked at, and which of its platforms."""

    url: str
    scope: views.Scope


@st.cache_resource(show_spinner=False)
def open_state(url: str) -> State:
    """Give the state database of a URL: one pool for all sessions."""
    return State(url)


@st.cache_resource(show_spinner=False)
def platforms() -> dict[str, Platform]:
    """Give the platforms by id."""
    return load_platforms()


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def queue(_state: State, seen: Seen, version: int, *, closed: bool) -> list[views.IncidentRow]:
    """Give the queue as of a version of topic ``incidents``."""
    return views.queue(_state, closed=closed, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def open_counts(_state: State, seen: Seen, version: int) -> list[views.OpenCount]:
    """Count the open incidents as of a version of topic ``incidents``."""
    return views.open_counts(_state, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def closed_since(_state: State, seen: Seen, version: int, since_us: int) -> int:
    """Count what was closed since a moment, as of a version of topic ``incidents``."""
    return views.closed_since(_state, since_us, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def alerts_per_minute(_state: State, seen: Seen, version: int, since_minute: int) -> list[tuple[int, str, int]]:
    """Give the chart's counts as of a version of topic ``alerts``."""
    return views.alerts_per_minute(_state, since_minute, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def feeds(_state: State, seen: Seen, version: int, minute: int) -> list[views.FeedRow]:
    """Give the feeds as of a version of topic ``feeds``; the sums move on every minute."""
    return views.feeds(_state, minute * 60_000_000, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def troubles(_state: State, seen: Seen, _settings: Settings, ten_seconds: int) -> list[Trouble]:
    """Give what is wrong with the machine and the worker, as of ten seconds since 1970."""
    return machine_health.judge(look(_state, _settings), ten_seconds * 10_000_000)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def content_problems(_state: State, seen: Seen, version: int) -> list[views.FaultRow]:
    """Give the faulty content files as of a version of topic ``content``."""
    return views.content_problems(_state)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def incident(_state: State, seen: Seen, version: int, incident_id: int) -> views.IncidentView | None:
    """Give one incident as of a version of topic ``incidents``."""
    return views.incident(_state, incident_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def grouping(_state: State, seen: Seen, version: int, incident_id: int) -> views.GroupingView | None:
    """Give why one incident is one, as of a version of topic ``incidents``."""
    return views.grouping(_state, incident_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def related(_state: State, seen: Seen, version: int, incident_id: int) -> list[views.IncidentRow]:
    """Give the incidents that share an entity with one, as of a version of topic ``incidents``."""
    return views.related(_state, incident_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def activity(_state: State, seen: Seen, version: int) -> list[views.Deed]:
    """Give what happened last to any incident, as of a version of topic ``incidents``."""
    return views.activity(_state, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def case(_state: State, seen: Seen, version: int, incident_id: int) -> cases.CaseView | None:
    """Give what belongs to an incident besides its alerts, as of a version of topic ``incidents``."""
    return cases.case(_state, incident_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def known_tags(_state: State, seen: Seen, version: int) -> list[str]:
    """Give the tags in use as of a version of topic ``incidents``."""
    return cases.known_tags(_state, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def register(_state: State, seen: Seen, version: int) -> tuple[list[cases.RegisterRow], int]:
    """Give the containment requests as of a version of topic ``containments``."""
    return cases.register(_state, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def unread(_state: State, seen: Seen, version: int, person: str) -> int:
    """Count where a person was named and has not looked yet, as of a version of topic ``mentions``."""
    return cases.unread(_state, person, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def for_me(_state: State, seen: Seen, versions: tuple[int, int], person: str) -> cases.ForMe:
    """Give what is for a person as of versions of topics ``incidents`` and ``mentions``."""
    return cases.for_me(_state, person, scope=seen.scope)


@st.cache_resource(show_spinner=False, max_entries=_INCIDENTS, ttl=_HOUR)
def events(_state: State, data_dir: Path, event_ids: tuple[int, ...]) -> pa.Table:
    """Give the events with these ids: stored events never change."""
    return read_events(_state, data_dir, event_ids)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_HOUR)
def rules_heard(_state: State, seen: Seen, hour: int, days: int, limit: int) -> list[views.RuleHeard]:
    """Give the rules that raised alerts in the last days, as of an hour since 1970."""
    return views.rules_heard(_state, (hour - 24 * days) * 3_600_000_000, limit, scope=seen.scope)
