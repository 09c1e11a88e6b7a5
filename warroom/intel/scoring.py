"""How far an indicator is believed at a time: its base confidence, less what age takes from it.

MISP's polynomial model: ``score = base * (1 - (age / lifetime) ** (1 / speed))`` (arXiv 1803.11052; the models are in
https://github.com/MISP/misp-decaying-models). Its figures are in data/reference/intel.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.catalog.intel_weights import IntelWeights
from warroom.indicators import Kind

Floats: TypeAlias = npt.NDArray[np.float64]
Longs: TypeAlias = npt.NDArray[np.int64]

#: Where a base confidence is from.
OWN, TAGS, FEED = "own", "tags", "feed"
#: Since when age counts: last seen by its author, seen in our events, still on its list, or new to us.
SEEN, SIGHTED, LISTED, ADDED = "seen", "sighted", "listed", "added"

_MICROSECONDS: Final = 1_000_000
#: Clocks differ by less; who was seen later than this will be tells nothing.
_AHEAD: Final = timedelta(days=1) // timedelta(microseconds=1)
_NEVER: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class FeedWeight:
    """How far a feed is believed.

    Args:
        confidence: 0 to 100, of indicators that say none themselves.
        lifetime_seconds: after which its indicators count for nothing; None: by their kind.
        whole_list: each poll brings all there is: what is still in it was seen when the last poll went well …
        succeeded_at: … which is this time, microseconds since 1970; None: never.
    """

    confidence: int
    lifetime_seconds: float | None = None
    whole_list: bool = False
    succeeded_at: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an indicator has its score.

    Args:
        score: 0 to 100; 0 where it is not, or no more, valid.
        base: 0 to 100, ``base_from`` is OWN, TAGS or FEED.
        since: from when its age counts, ``since_what`` is SEEN, SIGHTED, LISTED or ADDED.
        age: until then.
        lifetime: after which nothing is left of the base.
        speed: of the decay: 1 is a straight line, above 1 most is lost early.
        valid: between ``valid_from`` and ``valid_until``.
    """

    score: int
    base: int
    base_from: str
    since: datetime
    since_what: str
    age: timedelta
    lifetime: timedelta
    speed: float
    valid: bool


def scores(
    table: pa.Table,
    weight: FeedWeight,
    vocabulary: Mapping[str, float],
    weights: IntelWeights,
    *,
    seen: pa.Table | None,
    now: int,
) -> npt.NDArray[np.int8]:
    """Score the indicators of a feed.

    Args:
        table: rows of INDICATORS.
        weight: the feed's.
        vocabulary: see ``numbers``.
        weights: the figures of scoring.
        seen: when indicators were last seen in our events: columns ``kind``, ``value``, and ``last_at`` in
            microseconds since 1970; None: never.
        now: microseconds since 1970.

    Returns:
        One score a row, 0 to 100, rounded; 0 before ``valid_from`` and from ``valid_until`` on.
    """
    parts = _parts(table, weight, vocabulary, weights, seen, now)
    return parts.score


def explain(
    row: pa.Table,
    weight: FeedWeight,
    vocabulary: Mapping[str, float],
    weights: IntelWeights,
    *,
    seen: pa.Table | None,
    now: int,
) -> Explanation:
    """Tell why an indicator, a table of one row, has its score; arguments as of ``scores``."""
    parts = _parts(row, weight, vocabulary, weights, seen, now)
    since = int(parts.since[0])
    return Explanation(
        score=int(parts.score[0]),
        base=int(parts.base[0]),
        base_from=(OWN, TAGS, FEED)[parts.base_from[0]],
        since=_moment(since),
        since_what=(SEEN, SIGHTED, LISTED, ADDED)[parts.since_what[0]],
        age=timedelta(microseconds=max(0, now - since)),
        lifetime=timedelta(seconds=float(parts.lifetime[0])),
        speed=float(parts.speed[0]),
        valid=bool(parts.valid[0]),
    )


def numbers(vocabulary: pa.Table) -> dict[str, float]:
    """Give the number of every tag of a table of VOCABULARY that has one, as tags are written in INDICATORS."""
    some = vocabulary.filter(pc.is_valid(vocabulary["number"]))
    return dict(zip(map(_written, some["tag"].to_pylist()), some["number"].to_pylist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Parts:
    score: npt.NDArray[np.int8]
    base: Floats
    base_from: npt.NDArray[np.int8]
    since: Longs
    since_what: npt.NDArray[np.int8]
    lifetime: Floats
    speed: Floats
    valid: npt.NDArray[np.bool_]


def _parts(
    table: pa.Table,
    weight: FeedWeight,
    vocabulary: Mapping[str, float],
    weights: IntelWeights,
    seen: pa.Table | None,
    now: int,
) -> _Parts:
    base, base_from = _base(table, weight, vocabulary, weights.taxonomies)
    since, since_what = _since(table, weight, seen, now)
    lifetime, speed = _decay(table, weight, weights)
    age = np.clip((now - since) / _MICROSECONDS, 0, lifetime)
    left = 1 - (age / lifetime) ** (1 / speed)
    starts, ends = _times(table, "valid_from", _NEVER), _times(table, "valid_until", np.iinfo(np.int64).max)
    valid = (starts <= now) & (now < ends)
    score = np.where(valid, np.rint(base * left), 0).astype(np.int8)
    return _Parts(score, base, base_from, since, since_what, lifetime, speed, valid)


def _base(
    table: pa.Table, weight: FeedWeight, vocabulary: Mapping[str, float], taxonomies: Mapping[str, float]
) -> tuple[Floats, npt.NDArray[np.int8]]:
    own = pc.fill_null(table["confidence"].cast(pa.float64()), np.nan).to_numpy()
    tagged = _by_tags(table["tags"], vocabulary, taxonomies)
    found = np.where(np.isnan(own), tagged, own)
    source = np.where(np.isnan(own), np.where(np.isnan(tagged), 2, 1), 0).astype(np.int8)
    return np.clip(np.where(np.isnan(found), float(weight.confidence), found), 0, 100), source


def _by_tags(column: pa.ChunkedArray, vocabulary: Mapping[str, float], taxonomies: Mapping[str, float]) -> Floats:
    """Give the weighted mean of the numbers of each row's tags; NaN where none has one."""
    encoded = _encoded(column)
    told = np.full(len(encoded.dictionary) + 1, np.nan)
    if vocabulary:
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            told[place] = _mean(text or "", vocabulary, taxonomies)
    places = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return np.asarray(told[places], np.float64)


def _mean(tags: str, vocabulary: Mapping[str, float], taxonomies: Mapping[str, float]) -> float:
    total = weighted = 0.0
    for tag in tags.split():
        number = vocabulary.get(tag.lower())
        if number is None:
            continue
        predicate = tag.lower().partition("=")[0]
        share = taxonomies.get(predicate) or taxonomies.get(predicate.partition(":")[0])
        if share is not None:
            total += share
            weighted += share * number
    return weighted / total if total else float("nan")


def _since(table: pa.Table, weight: FeedWeight, seen: pa.Table | None, now: int) -> tuple[Longs, npt.NDArray[np.int8]]:
    """Give since when the age counts: the latest of what is known; when it was new to us where nothing is."""
    last_seen = _times(table, "last_seen", _NEVER)
    times = [
        np.where(last_seen > now + _AHEAD, _NEVER, last_seen),
        _sighted(table, seen),
        np.full(len(table), _NEVER, np.int64),
    ]
    if weight.whole_list and weight.succeeded_at is not None:
        times[2][:] = weight.succeeded_at
    known = np.stack(times)
    latest, what = known.max(axis=0), known.argmax(axis=0).astype(np.int8)
    nothing = latest == _NEVER
    return np.where(nothing, _times(table, "added_at", now), latest), np.where(nothing, np.int8(3), what)


def _sighted(table: pa.Table, seen: pa.Table | None) -> Longs:
    """Look up when each indicator was last seen in our events."""
    found = np.full(len(table), _NEVER, np.int64)
    if seen is None or not len(seen):
        return found
    kinds = table["kind"].cast(pa.string())
    for kind in pc.unique(seen["kind"].cast(pa.string())).to_pylist():
        own = seen.filter(pc.equal(seen["kind"].cast(pa.string()), kind)).sort_by([("last_at", "descending")])
        rows = np.flatnonzero(pc.equal(kinds, kind).to_numpy())
        texts = table["value"].take(pa.array(rows))
        places = pc.index_in(texts, value_set=own["value"].combine_chunks())
        places = pc.fill_null(places, -1).to_numpy()
        times = own["last_at"].cast(pa.int64()).to_numpy()
        found[rows[places >= 0]] = times[places[places >= 0]]
    return found


def _decay(table: pa.Table, weight: FeedWeight, weights: IntelWeights) -> tuple[Floats, Floats]:
    encoded = _encoded(table["kind"])
    kinds = [weights.kinds[Kind(name)] for name in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    lifetimes = np.array([kind.lifetime_seconds for kind in kinds], np.float64)[codes]
    speeds = np.array([kind.speed for kind in kinds], np.float64)[codes]
    if weight.lifetime_seconds is not None:
        lifetimes[:] = weight.lifetime_seconds
    return lifetimes, speeds


def _times(table: pa.Table, column: str, absent: int) -> Longs:
    return np.asarray(pc.fill_null(table[column].cast(pa.int64()), absent).to_numpy(), np.int64)


def _encoded(column: Any) -> pa.DictionaryArray:  # noqa: ANN401 (pyarrow ships no types)
    whole = column.unify_dictionaries().combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def _written(tag: str) -> str:
    """Write a tag as it is in INDICATORS: no blanks; in small letters."""
    return "_".join(tag.lower().split())


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
