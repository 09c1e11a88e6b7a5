"""What the screens of platforms, techniques and countries show, read once a minute for everybody who sees the same."""

# ruff: noqa: ARG001 - the minute is read by the cache alone

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog import world
from warroom.enrich.countries import countries as countries_of
from warroom.store import coverage
from warroom.store.views import intel_matches
from warroom.store.views import seen as sights
from warroom.store.views import traffic as rates

if TYPE_CHECKING:
    from warroom.console.snapshot import Seen
    from warroom.store.database import State

_ENTRIES: Final = 32
_TEN_MINUTES: Final = 600
_MINUTE_US: Final = 60_000_000
_DAY_US: Final = 86_400_000_000


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def traffic(_state: State, seen: Seen, minute: int) -> list[rates.Traffic]:
    """Give the platforms' traffic as of a minute."""
    return rates.by_platform(_state, minute * _MINUTE_US, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def minutes(_state: State, seen: Seen, minute: int, back: int, platform_id: str) -> list[tuple[int, int, int, int]]:
    """Give a platform's events in each minute of the last ``back``."""
    return rates.minutes(_state, minute - back + 1, platform_id=platform_id, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def tags(_state: State, seen: Seen, minute: int, days: int) -> list[sights.SeenTag]:
    """Give the tags of the alerts of the last days."""
    return sights.tags(_state, minute * _MINUTE_US - days * 86_400_000_000, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def covered(_state: State, url: str, minute: int) -> dict[str, int]:
    """Give the tags of the loaded rules."""
    return coverage.covered(_state)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def countries(_state: State, seen: Seen, minute: int, days: int) -> list[tuple[str, int]]:
    """Give the countries that sources of the last days came from."""
    return sights.countries(_state, minute * _MINUTE_US - days * 86_400_000_000, scope=seen.scope)


@st.cache_data(show_spinner=False, max_entries=_ENTRIES, ttl=_TEN_MINUTES)
def listed_addresses(_state: State, seen: Seen, minute: int, days: int) -> list[tuple[str, str, int, str]]:
    """Give the listed addresses seen in the last days, the first of them whole: kind, value, how often, country."""
    known = countries_of()
    found = intel_matches.seen_addresses(_state, minute * _MINUTE_US // _DAY_US - days, scope=seen.scope)
    return [
        (kind, value, count, "" if known is None else known.about(value.partition("/")[0]).country)
        for kind, value, count in found
    ]


@st.cache_resource(show_spinner=False)
def attack() -> tuple[tuple[world.Tactic, ...], dict[str, world.Technique]]:
    """Give ATT&CK's tactics and techniques."""
    return world.load_attack()


@st.cache_resource(show_spinner=False)
def known_countries() -> dict[str, world.Country]:
    """Give the countries by code."""
    return world.load_countries()
