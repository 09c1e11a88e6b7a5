"""How far the clocks of senders are from ours: by when their events come, and by what their time services say.

An event that comes before it happened proves that its sender's clock is ahead. One that comes after it happened was on
its way for a while, or its sender's clock is behind: nobody can tell which from a log. So what arrivals say is a bound:
a clock is ahead by at least the skew, and by not more than the skew and the spread if logs take no longer than they
should. What chrony and ntpd say of their own clock is exact.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.enrich.envelope import CLAIMED
from warroom.model import FIELDS
from warroom.store.database import to_us
from warroom.store.skews import Basis, Skew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.catalog import Feed

#: Ways by which events come as they happen; files only where they are looked at often.
_LIVE: Final = frozenset({"syslog", "push"})
_OFTEN_SECONDS: Final = 5.0
#: What counts: the smallest delay of each of the last minutes, so that one event with a false time decides nothing.
_MINUTES: Final = 5
#: Senders of a feed, and of all: names come from logs, whose writers may think up any number.
_HOSTS: Final = 64
_ALL_HOSTS: Final = 4096
_LONGEST: Final = 255
#: A feed is measured so often; a busy one has thousands of batches in the time.
_EVERY_US: Final = 10_000_000
_TELL_US: Final = 60_000_000
#: A sender that was not heard of for so long makes room for another.
_GONE_US: Final = 600_000_000
_SECOND: Final = 1_000_000
#: No clock is further off: a longer time is a fault of the log.
_WORST_US: Final = 100 * 365 * 86_400 * _SECOND
_WORST_MS: Final = float(_WORST_US // 1000)


@dataclass(slots=True)
class _Sender:
    """What was measured of one sender in the last minutes."""

    minutes: dict[int, tuple[int, int]] = field(default_factory=dict)  # minute → smallest delay, events
    offset: tuple[int, int, int] | None = None  # skew, spread and number of what its time service said
    whole_seconds: bool = True
    measured_at: int = 0
    told_at: int = 0


class SkewWatch:
    """Measures the senders of all feeds; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._senders: dict[str, dict[str, _Sender]] = {}
        self._patience: dict[str, int] = {}
        self._measured: dict[str, int] = {}

    def observe(self, events: pa.RecordBatch, feed: Feed, now: datetime) -> None:
        """Measure the senders of events that have just come.

        Args:
            events: with their envelope.
            feed: whose they are.
            now: our clock when they came.
        """
        at = to_us(now)
        if not events.num_rows or feed.drill:
            return
        offsets = _child(events, "offset_ms")
        live = feed.transport in _LIVE or (feed.transport == "file" and feed.every_seconds <= _OFTEN_SECONDS)
        with self._lock:
            if offsets is not None:
                self._by_time_service(events, offsets, feed.id, at)
            elif live and not 0 <= at - self._measured.get(feed.id, 0) < _EVERY_US:
                self._measured[feed.id] = at
                self._patience[feed.id] = round(feed.every_seconds * _SECOND)
                self._by_arrival(events, feed.id, at)

    def due(self, now: datetime) -> list[Skew]:
        """Give what there is to tell: of each sender that was heard once a minute at most."""
        at = to_us(now)
        with self._lock:
            return [
                one
                for feed_id, senders in self._senders.items()
                for host, sender in senders.items()
                if sender.measured_at > sender.told_at and at - sender.told_at >= _TELL_US
                for one in self._told(feed_id, host, sender, at)
            ]

    def _told(self, feed_id: str, host: str, sender: _Sender, at: int) -> Iterator[Skew]:
        sender.told_at = at
        if sender.offset is not None:
            yield Skew(feed_id, host, Basis.NTP, *sender.offset, at)
            sender.offset = None
        if sender.minutes:
            patience = self._patience.get(feed_id, 0) + (_SECOND if sender.whole_seconds else 0)
            skew = -round(median(delay for delay, _ in sender.minutes.values()))
            samples = sum(count for _, count in sender.minutes.values())
            yield Skew(feed_id, host, Basis.ARRIVAL, skew, patience, samples, at)

    def _by_arrival(self, events: pa.RecordBatch, feed_id: str, at: int) -> None:
        happened = np.asarray(events.column("ts").cast(pa.int64()).fill_null(at))
        delays = at - _claimed(events, happened)
        frame = pl.DataFrame({"host": _hosts(events), "delay": delays, "part": happened % _SECOND})
        told = frame.group_by("host").agg(pl.col("delay").min(), pl.col("part").max(), pl.len().alias("count"))
        for host, delay, part, count in told.iter_rows():
            if abs(delay) > _WORST_US or (sender := self._sender(feed_id, host, at)) is None:
                continue
            minute = at // _TELL_US
            least, before = sender.minutes.get(minute, (delay, 0))
            sender.minutes[minute] = min(least, delay), before + count
            for old in [one for one in sender.minutes if not 0 <= minute - one < _MINUTES]:
                del sender.minutes[old]
            sender.whole_seconds = sender.whole_seconds and not part

    def _by_time_service(self, events: pa.RecordBatch, offsets: pa.Array, feed_id: str, at: int) -> None:
        jitters = _child(events, "jitter_ms")
        names = _child(events, "host")
        frame = pl.DataFrame(
            {
                "host": _hosts(events) if names is None else pc.coalesce(names, _hosts(events)),
                "offset": _numbers(offsets),
                "jitter": [None] * events.num_rows if jitters is None else _numbers(jitters),
            },
            schema_overrides={"jitter": pl.Float64},
        ).filter(pl.col("offset").is_between(-_WORST_MS, _WORST_MS))
        told = frame.group_by("host").agg(pl.col("offset").last(), pl.col("jitter").last(), pl.len().alias("count"))
        for host, offset, jitter, count in told.iter_rows():
            if (sender := self._sender(feed_id, host, at)) is None:
                continue
            # NTP's offset is what has to be added to the clock: a positive one says that it is behind
            spread = 0 if jitter is None or not math.isfinite(jitter) else round(min(abs(jitter), _WORST_MS) * 1000)
            sender.offset = -round(offset * 1000), spread, count

    def _sender(self, feed_id: str, host: str | None, at: int) -> _Sender | None:
        """Give what is known of a sender; None for a new one where there are too many already."""
        senders = self._senders.setdefault(feed_id, {})
        name = (host or "—")[:_LONGEST]
        if name not in senders:
            if len(senders) >= _HOSTS:
                for old in [key for key, one in senders.items() if at - one.measured_at > _GONE_US]:
                    del senders[old]
            if len(senders) >= _HOSTS or sum(map(len, self._senders.values())) >= _ALL_HOSTS:
                return None
            senders[name] = _Sender()
        senders[name].measured_at = at
        return senders[name]


def _hosts(events: pa.RecordBatch) -> pa.Array:
    """Give who sent each event, as far as it is known: its host's name, or where it came from."""
    return pc.coalesce(events.column("host_hostname"), events.column("log_file_path"))


def _claimed(events: pa.RecordBatch, happened: np.ndarray) -> np.ndarray:
    """Give when events say that they happened, where the envelope took our time instead, too."""
    claimed = _child(events, CLAIMED)
    if claimed is None:
        return happened
    said = pl.Series(claimed).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=False)
    micros = said.cast(pl.Int64).to_numpy()
    return np.where(np.isnan(micros), happened, np.nan_to_num(micros)).astype(np.int64)


def _numbers(texts: pa.Array) -> pl.Series:
    return pl.Series(texts).cast(pl.Float64, strict=False)


def _child(events: pa.RecordBatch, name: str) -> pa.Array | None:
    """Give a field of the source's own, where it has one that is a text."""
    fields = events.column(FIELDS)
    place = fields.type.get_field_index(name)
    if place < 0 or not (
        pa.types.is_string(fields.type[place].type) or pa.types.is_large_string(fields.type[place].type)
    ):
        return None
    return fields.field(place)
