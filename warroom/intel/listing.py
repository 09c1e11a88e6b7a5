"""Who lists what was found in events: merged, weighed, less what is held back, and told in words.

A value that several feeds list is one finding: the strongest of those that raise alarms gives its name to the alert,
and all are told. What a warning list or a ruling covers, be it the indicator or the very value that was observed,
raises none and is counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import Kind
from warroom.intel import observed
from warroom.intel.conditions import Held, holds, looks_at
from warroom.intel.index import Index, Part
from warroom.intel.matching import INBOUND, URLS, Hits
from warroom.intel.wording import Lister, microseconds, techniques, titles, told_of
from warroom.model import CORE, Severity
from warroom.store.intel.findings import DAY_US, Sighting

#: The name under which is counted what people ruled harmless.
RULING: Final = "ruling"
#: A score from which on an indicator is a strong one.
_STRONG: Final = 75
#: The severity of a finding: by whether it is a strong one; see ``INBOUND``.
_OUTWARD: Final = {True: Severity.HIGH, False: Severity.MEDIUM}
_INWARD: Final = {True: Severity.MEDIUM, False: Severity.LOW}
_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}
#: One for all: `json.dumps` makes a new one at each call that says how.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
#: What the client wrote, in logs of servers of ours: that somebody came with it says nothing of where ours went.
_ASKED: Final = frozenset(("url_domain", "url_original"))
_SERVERS: Final = "webserver"
#: So many times it is found out for a batch of events whether a pattern holds.
_TRIED: Final = 20_000
#: Tags of an alert at most.
_TAGS: Final = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """What an alert says of a listed value.

    Attributes:
        feed_id: the strongest of those that list it and raise alarms; of all, where none does.
        score: its, as what is said of a list is.
        severity: None: no feed that lists it raises alarms.
        listed: JSON, who lists it, the strongest first.
    """

    kind: Kind
    value: str
    feed_id: str
    score: int
    severity: Severity | None
    title: str
    title_th: str
    tags: tuple[str, ...]
    listed: str


@dataclass(frozen=True, slots=True)
class Told:
    """What hits come to.

    Attributes:
        listed: what is listed, as it is told.
        places: the hits that count, ascending …
        of: … and which of ``listed`` each is.
        sightings: of all of them.
        held_by: for each hit the name of a warning list, or ``RULING``; None where nothing holds it back.
        held_back: the same name → how many hits, and an example.
    """

    listed: Sequence[Listed] = ()
    places: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    of: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    sightings: Sequence[Sighting] = ()
    held_by: Sequence[str | None] = ()
    held_back: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Variant:
    """An indicator, and who lists it in some events."""

    named: tuple[Kind, str]
    listers: tuple[Lister, ...]


def tell(events: pa.RecordBatch, hits: Hits, index: Index, now: datetime, *, drill: bool) -> Told:
    """Say who lists what was found.

    Args:
        events: what was compared, with ``ts`` and ``platform_id``.
        hits: what was found in them.
        index: what they were compared with.
        now: our clock: for how old everything is.
        drill: the events are of a drill; feeds of drills concern no others.
    """
    if not len(hits):
        return Told()
    entries, of = np.unique(hits.entries, return_inverse=True)
    names = index.names(entries)
    listers = [_concerned(listings, drill=drill) for listings in index.listings(entries.tolist())]
    # each distinct value that was observed, once
    texts = hits.observed.dictionary_encode()
    codes = texts.indices.to_numpy().astype(np.int64)
    keys = (of * len(hits.names) + hits.columns) * len(texts.dictionary) + codes
    _, firsts, seen_as = np.unique(keys, return_index=True, return_inverse=True)
    held = [_held(index, names[of[first]], _observed(hits, first), now) for first in firsts.tolist()]
    known = np.array([bool(own) for own in listers])[of]
    places = np.flatnonzero(known & np.array([by is None for by in held])[seen_as])
    says, variants = _holding(events, hits.rows[places], of[places], names, listers)
    places, says = places[says >= 0], says[says >= 0]
    listed, which = _said(_inward(events, hits)[places], says, variants, now)
    by = [held[number] if there else None for number, there in zip(seen_as.tolist(), known.tolist(), strict=True)]
    sightings = _sightings(events, hits.rows[places], of[places], names)
    return Told(listed, places, which, sightings, by, _counted(hits, by))


def _concerned(listings: Sequence[tuple[Part, int, Mapping[str, Any]]], *, drill: bool) -> tuple[Lister, ...]:
    """Give who lists an entry, the strongest first; where it stands alone anywhere, patterns it is part of go."""
    found = [Lister(part.feed, score, row) for part, score, row in listings if drill or not part.feed.drill]
    found = [one for one in found if one.row["pattern"] is None] or found
    return tuple(sorted(found, key=lambda one: (-one.score, one.feed.id, str(one.row["reference"]))))


def _observed(hits: Hits, place: int) -> tuple[str, str]:
    """Give the column of a hit and what stands there."""
    return hits.names[hits.columns[place]], hits.observed[place].as_py()


def _held(index: Index, named: tuple[Kind, str], seen: tuple[str, str], now: datetime) -> str | None:
    """Give what holds a value back: a ruling or the name of a warning list, about the indicator or the very value."""
    told = [named]
    if (own := _value_of(named[0], *seen)) is not None and own != named:
        told.append(own)
    ruled = index.held.ruled or {}
    at = microseconds(now)
    for kind, value in told:
        if (kind, value) in ruled and ((until := ruled[kind, value]) is None or until > at):
            return RULING
    return next((by for kind, value in told if (by := index.held.why(kind, value)) is not None), None)


def _value_of(kind: Kind, column: str, text: str) -> tuple[Kind, str] | None:
    """Give what was observed as a value of its own, where that may be another one than the indicator."""
    bare = observed.host_of(text) if column in URLS else text
    if kind in (Kind.IPV4, Kind.IPV6):
        return observed.address(bare)
    if kind is Kind.DOMAIN:
        return next(iter(reversed(list(observed.names(bare)))), None)
    return None


def _holding(
    events: pa.RecordBatch,
    rows: npt.NDArray[np.int64],
    of: npt.NDArray[np.int64],
    names: Sequence[tuple[Kind, str]],
    listers: Sequence[tuple[Lister, ...]],
) -> tuple[npt.NDArray[np.int64], list[_Variant]]:
    """Give for each row what is said of its entry there, -1 for nothing: parts of patterns as far as the rest holds."""
    variants = [_Variant(name, own) for name, own in zip(names, listers, strict=True)]
    says = of.copy()
    parts = np.array([any(one.row["pattern"] for one in own) for own in listers])[of]
    places = np.flatnonzero(parts)
    if not len(places):
        return says, variants
    wanted = [name for name in (*CORE, "ts") if name in events.schema.names]
    seen = events.select(wanted).take(pa.array(rows[places])).to_pylist()
    numbers: dict[tuple[int, tuple[Held, ...]], int] = {}
    truth_of = _Truths()
    for place, event in zip(places.tolist(), seen, strict=True):
        entry = int(of[place])
        truths = tuple(truth_of(one.row["pattern"], names[entry], event) for one in listers[entry])
        number = numbers.get((entry, truths))
        if number is None:
            own = tuple(
                replace(one, partly=truth is Held.PART)
                for one, truth in zip(listers[entry], truths, strict=True)
                if truth is not Held.CONTRADICTED
            )
            number = numbers[entry, truths] = len(variants) if own else -1
            variants += [_Variant(names[entry], own)] if own else []
        says[place] = number
    return says, variants


class _Truths:
    """Tells of a pattern and an event whether it holds; of events that are alike to the pattern once.

    A feed of thousands of patterns about a value that everybody has must not stop us: beyond ``_TRIED`` they count as
    seen in part, which raises little.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Held] = {}

    def __call__(self, pattern: str, named: tuple[Kind, str], event: Mapping[str, object]) -> Held:
        compared, present = looks_at(pattern)
        alike = (
            pattern,
            named,
            *(event.get(name) for name in compared),
            *(event.get(name) in (None, "") for name in present),
        )
        if (found := self._known.get(alike)) is None:
            if len(self._known) >= _TRIED:
                return Held.PART
            found = self._known[alike] = holds(pattern, named, event)
        return found


def _inward(events: pa.RecordBatch, hits: Hits) -> npt.NDArray[np.bool_]:
    """Tell of each hit whether somebody came to us with it."""
    inward = np.array([name in INBOUND for name in hits.names], np.bool_)[hits.columns]
    if "log_category" not in events.schema.names:
        return inward
    category = events.column("log_category").take(pa.array(hits.rows)).cast(pa.string())
    ours = pc.equal(category, _SERVERS).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    inward |= ours & np.array([name in _ASKED for name in hits.names], np.bool_)[hits.columns]
    return inward


def _said(
    inward: npt.NDArray[np.bool_],
    says: npt.NDArray[np.int64],
    variants: Sequence[_Variant],
    now: datetime,
) -> tuple[list[Listed], npt.NDArray[np.int64]]:
    """Give what is told of hits, and which of that each is: who came to us is another matter than where we went."""
    keys, which = np.unique(says * 2 + inward, return_inverse=True)
    return [_listed(variants[key // 2], now, inbound=bool(key % 2)) for key in keys.tolist()], which


def _severity(one: Lister, *, inbound: bool) -> Severity | None:
    """Say how bad it is to see what a feed lists: never worse than the feed says; None where it raises no alarm."""
    if one.feed.severity is None:
        return None
    found = Severity.LOW if one.partly else (_INWARD if inbound else _OUTWARD)[one.score >= _STRONG]
    return min(found, one.feed.severity, key=_RANKS.__getitem__)


def _listed(said: _Variant, now: datetime, *, inbound: bool) -> Listed:
    """Put together what an alert says."""
    loud = [(one, severity) for one in said.listers if (severity := _severity(one, inbound=inbound)) is not None]
    strongest = loud[0][0] if loud else said.listers[0]
    kind, value = said.named
    english, thai = titles(kind, value, strongest, now)
    return Listed(
        kind,
        value,
        strongest.feed.id,
        strongest.score,
        max((severity for _, severity in loud), key=_RANKS.__getitem__, default=None),
        english,
        thai,
        tuple(dict.fromkeys(tag for one in said.listers for tag in techniques(one.row["tags"] or "")))[:_TAGS],
        _ENCODE([told_of(one) for one in said.listers]),
    )


def _sightings(
    events: pa.RecordBatch,
    rows: npt.NDArray[np.int64],
    of: npt.NDArray[np.int64],
    names: Sequence[tuple[Kind, str]],
) -> list[Sighting]:
    """Count by indicator, day of the event and platform."""
    taken = pa.array(rows)
    times = events.column("ts").take(taken).cast(pa.int64()).to_numpy()
    platforms = events.column("platform_id").take(taken).fill_null("").dictionary_encode()
    keys = np.stack([of, times // DAY_US, platforms.indices.to_numpy().astype(np.int64)])
    groups, which, counts = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    first = np.full(len(counts), np.iinfo(np.int64).max)
    last = np.full(len(counts), np.iinfo(np.int64).min)
    np.minimum.at(first, which.ravel(), times)
    np.maximum.at(last, which.ravel(), times)
    known = platforms.dictionary.to_pylist()
    return [
        Sighting(str(names[entry][0]), names[entry][1], day, known[platform], count, begin, end)
        for (entry, day, platform), count, begin, end in zip(
            groups.T.tolist(), counts.tolist(), first.tolist(), last.tolist(), strict=True
        )
    ]


def _counted(hits: Hits, held_by: Sequence[str | None]) -> dict[str, tuple[int, str]]:
    """Count what was held back, by what did it."""
    counts = Counter(by for by in held_by if by is not None)
    return {by: (count, _observed(hits, held_by.index(by))[1]) for by, count in counts.items()}
