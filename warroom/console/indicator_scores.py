"""How far indicators are believed now, and what keeps them from raising alarms: for the screens, as matching has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from warroom.catalog.intel_weights import load_intel_weights
from warroom.catalog.platforms import own_names
from warroom.console.shared import Shared
from warroom.indicators import INDICATORS, MATCHED, TABLES, Kind
from warroom.intel import scoring
from warroom.intel.assembling import weight_of
from warroom.intel.warning_lists import WarningLists
from warroom.store.intel import search, snapshots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room
    from warroom.intel.scoring import Explanation, FeedWeight
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.search import Listing

_LISTS: Final = Shared[WarningLists](1)
_VOCABULARIES: Final = Shared["dict[str, float]"](1)


class Standing(StrEnum):
    """What an indicator does now; the first that is true of it."""

    RULED = "ruled"  # people ruled it harmless
    UNLISTED = "unlisted"  # no feed has it
    HELD = "held"  # a warning list covers it
    UNMATCHED = "unmatched"  # events are not compared with its kind
    OFF = "off"  # only feeds list it that are switched off
    EXPIRED = "expired"  # no longer valid, or not yet
    FADED = "faded"  # its score is too low by now
    KNOWN = "known"  # only feeds list it that raise no alarm
    PART = "part"  # it counts only together with what its pattern says
    ALARMS = "alarms"


@dataclass(frozen=True, slots=True)
class Scored:
    """A listing with why it has its score; ``feed`` None where it is no longer known."""

    listing: Listing
    feed: FeedRow | None
    told: Explanation


def threshold() -> int:
    """Give the score below which an indicator matches no more."""
    return load_intel_weights().threshold


def scored(
    room: Room, listings: Sequence[Listing], feeds: Mapping[str, FeedRow], seen_at: int | None, now_us: int
) -> list[Scored]:
    """Explain the score of each listing of one value, the strongest first.

    Args:
        room: the screen's.
        listings: of the value.
        feeds: by id.
        seen_at: when it was last seen in our events; None: never.
        now_us: the moment.
    """
    weights, words = load_intel_weights(), _vocabulary(room)
    found = []
    for one in listings:
        feed = feeds.get(one.feed_id)
        seen = None if seen_at is None else _seen([(one.kind, one.value)], {(one.kind, one.value): seen_at})
        told = scoring.explain(_table([one]), _weight(feed), words, weights, seen=seen, now=now_us)
        found.append(Scored(one, feed, told))
    return sorted(found, key=lambda one: (-one.told.score, one.listing.feed_id))


def best_scores(
    room: Room,
    shown: Sequence[Sequence[Listing]],
    feeds: Mapping[str, FeedRow],
    seen: Mapping[tuple[str, str], int],
    now_us: int,
) -> dict[tuple[str, str], int]:
    """Give the highest score that feeds which are switched on give each value, by kind and value."""
    by_feed: dict[str, list[Listing]] = {}
    for listings in shown:
        for one in listings:
            by_feed.setdefault(one.feed_id, []).append(one)
    weights, words = load_intel_weights(), _vocabulary(room)
    best: dict[tuple[str, str], int] = {}
    for feed_id, listings in by_feed.items():
        feed = feeds.get(feed_id)
        if feed is None or not feed.enabled:
            continue
        times = _seen([(one.kind, one.value) for one in listings], seen)
        found = scoring.scores(_table(listings), _weight(feed), words, weights, seen=times, now=now_us)
        for one, score in zip(listings, found.tolist(), strict=True):
            key = one.kind, one.value
            best[key] = max(score, best.get(key, 0))
    return best


def held_by(room: Room, kind: Kind, value: str) -> str | None:
    """Give the name of the warning list that keeps a value from raising alarms."""
    return _lists(room).why(kind, value)


def standing(kind: Kind, found: Sequence[Scored], *, held: str | None, ruled: bool) -> Standing:
    """Say what an indicator does now."""
    on = [one for one in found if one.feed is not None and one.feed.enabled]
    counting = [one for one in on if one.told.valid and one.told.score >= threshold()]
    alarming = [one for one in counting if one.feed is not None and one.feed.severity is not None]
    told = {
        Standing.RULED: ruled,
        Standing.UNLISTED: not found,
        Standing.HELD: held is not None,
        Standing.UNMATCHED: kind not in MATCHED,
        Standing.OFF: not on,
        Standing.EXPIRED: not any(one.told.valid for one in on),
        Standing.FADED: not counting,
        Standing.KNOWN: not alarming,
        Standing.PART: all(one.listing.pattern for one in alarming),
    }
    return next((one for one, is_true in told.items() if is_true), Standing.ALARMS)


def _weight(feed: FeedRow | None) -> FeedWeight:
    return scoring.FeedWeight(0) if feed is None else weight_of(feed)


def _lists(room: Room) -> WarningLists:
    """Give the warning lists that are loaded, made once for all who ask."""

    def make() -> WarningLists:
        tables = [table for _, table in snapshots.tables(room.state, room.settings.data_dir, "warnings")]
        return WarningLists(pa.concat_tables([TABLES["warnings"].empty_table(), *tables]), own_names())

    return _LISTS.get((room.settings.db_url, search.mark(room.state, "warnings")), make)


def _vocabulary(room: Room) -> dict[str, float]:
    def make() -> dict[str, float]:
        tables = [table for _, table in snapshots.tables(room.state, room.settings.data_dir, "vocabulary")]
        return scoring.numbers(pa.concat_tables([TABLES["vocabulary"].empty_table(), *tables]))

    return _VOCABULARIES.get((room.settings.db_url, search.mark(room.state, "vocabulary")), make)


def _table(listings: Sequence[Listing]) -> pa.Table:
    """Give listings as rows of INDICATORS."""
    columns: dict[str, Any] = {}
    for one in INDICATORS:
        values = [getattr(listing, one.name) for listing in listings]
        plain = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        read = pa.int64() if pa.types.is_timestamp(plain) else plain
        columns[one.name] = pa.array(values, read).cast(plain).cast(one.type)
    return pa.table(columns, schema=INDICATORS)


def _seen(keys: Sequence[tuple[str, str]], times: Mapping[tuple[str, str], int]) -> pa.Table:
    found = [(*key, times[key]) for key in dict.fromkeys(keys) if key in times]
    kinds, values, at = zip(*found, strict=True) if found else ((), (), ())
    return pa.table(
        {
            "kind": pa.array(kinds, pa.string()),
            "value": pa.array(values, pa.string()),
            "last_at": pa.array(at, pa.int64()),
        }
    )
