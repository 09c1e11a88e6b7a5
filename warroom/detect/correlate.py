"""The windows of one correlation: takes matching events in any batches, says which groups meet its condition.

An event may come up to ``delay`` behind what all have reached (``LATENESS`` of its own feed, for events that rules
match). Results do not depend on how events are cut into batches, nor on how far apart the feeds are read: events of
one feed always meet, events of several do while these are at most ``PATIENCE`` apart (beyond, as far as memory still
holds the other's). One answer can be too early: a sum that was large enough is told at once, and a number below zero
that comes late takes nothing back. Memory is bounded: rows that no feed can change any more go, then the groups
unused for longest. What that may have kept from an answer is counted: events that were forgotten while others in time
could still meet them, and late ones that may have met what was forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.clocks import END, NEVER
from warroom.detect.groups import Groups
from warroom.detect.hashing import mixed
from warroom.detect.limits import Limits
from warroom.detect.members import read_members
from warroom.detect.reports import Matches, Raised, reports_of
from warroom.detect.runs import Rows, Runs, by_group, joined, lacking, taken, with_moments
from warroom.detect.sieve import sift, touched
from warroom.detect.windows import Laid, in_buckets, lay_out, longest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from warroom.detect.clocks import Clocks
    from warroom.detect.members import Members
    from warroom.detect.questions import Question
    from warroom.detect.usual import Usual

    Groups32 = npt.NDArray[np.int32]
    Times = npt.NDArray[np.int64]

#: Alerts of one group closer than this are one alert.
_LEAST_BUCKET: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)
#: Rows that may lie in memory before a first look at what can go.
_FIRST_LOOK: Final = 1_000
#: After every time.
_ALL: Final = (1 << 63) - 1
#: A group may hold so many times its limit before it is cut to it: that copies what is left of it.
_GROUP_SLACK: Final = 2
#: Where groups have to be forgotten, so much more of the limit goes: to find them costs the number of all groups.
_SLACK: Final = 64
#: What a row and a group cost besides their texts, in bytes.
_ROW: Final = 40
_GROUP: Final = 120


class Windows:
    """The state of one correlation: ``held`` events lie in memory, ``dropped`` had no room there."""

    def __init__(
        self,
        asked: Question,
        delay: timedelta,
        limits: Limits,
        *,
        served: bool = False,
        usual: Usual | None = None,
    ) -> None:
        self.asked = asked
        self._usual = usual if asked.correlation.baseline is not None else None
        self.span = asked.correlation.seconds * 1_000_000
        self.dropped = 0
        self.held = 0
        self._bucket = max(self.span, _LEAST_BUCKET // _MICROSECOND)
        self._delay = delay // _MICROSECOND
        self._short = self._delay + (1 if asked.growing else 2) * self.span  # ``reach`` where nothing was reported
        self._limits = limits
        self._served = served  # other correlations refer to this one
        self._groups = Groups()
        self._runs = Runs()
        self._feeds: dict[str | None, int] = {}
        self._batches = 0
        self._kept = 0  # rows after the last look at what can go
        self._next_look = _FIRST_LOOK
        self._reported: dict[int, dict[int, tuple[int, int]]] = {}  # group → bucket → events in its windows, counted
        self._told: dict[int, Times] = {}  # group → the moments that others were told of
        self._forgotten = NEVER  # late events up to this time may belong to groups that were forgotten

    @property
    def reach(self) -> timedelta:
        """How far before the time that all have reached events still count."""
        return (self._short + 2 * self._bucket) * _MICROSECOND

    def add(self, parts: Iterable[Members], clocks: Clocks, raised: Raised) -> None:
        """Take events; tell of each group and bucket whose condition holds for other events than were reported.

        Args:
            parts: events in any order, none of them later than ``delay`` allows.
            clocks: how far each feed has come, these events included.
            raised: where to tell.
        """
        self._batches += 1
        rows = self._take(parts)
        shared = clocks.shared(self._feeds)
        if rows is not None:
            self._note(rows, clocks, shared, raised)
        if not self.asked.growing:
            self._settle(clocks, shared, raised)
        self._make_room(clocks, shared)

    def _take(self, parts: Iterable[Members]) -> Rows | None:
        """Read new rows into a run; give them, sorted by group."""
        read = [found for part in parts if len((found := read_members(part, self.asked, self._feeds)).first)]
        if not read:
            return None
        first, second = np.concatenate([one.first for one in read]), np.concatenate([one.second for one in read])
        group = self._groups.numbers(first, second)
        order = by_group(group)
        rows = {name: np.concatenate([one.rows[name] for one in read])[order] for name in read[0].rows}
        rows |= {"group": group[order], "place": order.astype(np.int32)}
        self._runs.add(rows, joined([one.origins for one in read]))
        self.held += len(order)
        return rows

    def _note(self, rows: Rows, clocks: Clocks, shared: int, raised: Raised) -> None:
        new = touched(rows)
        groups, known = new.groups, self._groups
        counts = np.diff(new.first, append=len(rows["time"])).astype(np.int32)
        if (late := rows["time"] <= self._forgotten).any():
            self.dropped += int(np.count_nonzero(late & np.repeat(known.count[groups] == 0, counts)))
        known.count[groups] += counts
        known.used[groups] = self._batches
        known.newest[groups] = np.maximum(known.newest[groups], new.newest)
        if self.asked.growing:
            may = np.flatnonzero(sift(known, self.asked, self.span, rows, new))
            again = np.fromiter((group in self._reported for group in groups[may].tolist()), np.bool_, len(may))
            for places, ask in ((may[again], self._report), (may[~again], self._ask)):
                ask(groups[places], new.earliest[places], raised)
        else:
            known.waiting[groups] = np.minimum(known.waiting[groups], new.earliest)
        for group in groups[known.count[groups] > _GROUP_SLACK * self._limits.events_of_group].tolist():
            self._cut(group, clocks, shared)

    def _ask(self, groups: Groups32, since: Times, raised: Raised) -> None:
        """Find the groups with a window that holds and ends at ``since`` or later, and report them."""
        for laid, own in self._laid(groups, since - self.span):
            ends = laid.ends()
            ends = ends[laid.rows["time"][ends] >= since[own][laid.rows["nth"][ends]]]
            true = self.asked.holds(laid, laid.starts(ends), ends, self._least(laid, groups[own], ends))
            hits = np.unique(laid.rows["nth"][ends[true]])
            if len(hits):
                self._report(groups[own][hits], since[own][hits], raised)

    def _least(self, laid: Laid, groups: Groups32, ends: Times) -> npt.NDArray[np.float64] | None:
        """Give for windows what is usual, and a multiple of it, where the correlation asks for that."""
        if self._usual is None:
            return None
        first = self._groups.first[groups[laid.rows["nth"][ends]]]
        return self._usual.least(self.asked.correlation, first, laid.rows["time"][ends])

    def _settle(self, clocks: Clocks, shared: int, raised: Raised) -> None:
        """Ask the windows that no event can change any more."""
        waiting = self._groups.waiting[: len(self._groups)]
        open_ = (waiting + self.span < shared - self._delay) & ~self._groups.gone[: len(waiting)]
        groups: Groups32 = np.flatnonzero(open_).astype(np.int32)
        if not len(groups):
            return
        settled = self._own(groups, clocks, shared) - self._delay
        due = waiting[groups] + self.span < settled
        groups, settled = groups[due], settled[due]
        self._report(groups, self._groups.waiting[groups], raised, settled)

    def _own(self, groups: Groups32, clocks: Clocks, shared: int) -> Times:
        """Say how far both ``shared`` and each feed with rows in a group have come."""
        times = self._waited_for(clocks)
        if times.min(initial=END) >= shared:
            return np.full(len(groups), shared)
        rows = self._runs.fetch(groups, np.full(len(groups), NEVER))
        return self._own_of(rows, rows["nth"], len(groups), times, shared)

    def _own_of(self, rows: Rows, nth: npt.NDArray[np.integer], count: int, feeds: Times, shared: int) -> Times:
        """Let each group wait for the feeds of its rows; but not for a row that is out of its reach by then."""
        own = np.full(count, shared)
        reach = self.reach // _MICROSECOND
        limits = np.minimum(feeds[rows["feed"]], shared)
        first = np.full(count, NEVER)
        while True:
            alive = rows["time"] >= first[nth]
            own = np.full(count, shared)
            np.minimum.at(own, nth[alive], limits[alive])
            if (own - reach <= first).all():
                return own
            first = np.maximum(first, own - reach)

    def _waited_for(self, clocks: Clocks) -> Times:
        return np.array([clocks.waited_for(feed) for feed in self._feeds], np.int64)

    def _laid(self, groups: Groups32, since: Times, first: int = 0) -> Iterator[tuple[Laid, slice]]:
        """Lay the rows of groups out from a time on, all together or, where they do not fit, in halves."""
        if not len(groups):
            return
        laid = lay_out(self._runs.fetch(groups, since), self.span, once=self.asked.once)
        if laid is not None:
            yield laid, slice(first, first + len(groups))
            return
        half = len(groups) // 2
        yield from self._laid(groups[:half], since[:half], first)
        yield from self._laid(groups[half:], since[half:], first + half)

    def _report(self, groups: Groups32, since: Times, raised: Raised, settled: Times | None = None) -> None:
        """Report the buckets from ``since`` on that hold other events than they were reported with.

        ``settled`` is the time before which no event can come any more.
        """
        # Of the bucket before, what its windows hold counts there. Where nothing held so far, nothing held before
        # ``since``, and rows of that time may be gone.
        first = np.minimum(self._groups.asked[groups], since)
        begin = np.maximum((since // self._bucket - 1) * self._bucket, first)
        for laid, own in self._laid(groups, begin - self.span):
            times, nth = laid.rows["time"], laid.rows["nth"]
            ends = np.arange(len(laid)) if self.asked.share else laid.ends()
            starts = laid.starts(ends)
            asked = times[ends] >= begin[own][nth[ends]]
            if settled is not None:
                asked &= times[ends] + self.span < settled[own][nth[ends]]
                if not self.asked.share:
                    asked &= longest(laid, starts, ends)
            starts, ends = starts[asked], ends[asked]
            true = self.asked.holds(laid, starts, ends, self._least(laid, groups[own], ends))
            ends = ends[true]
            starts = ends if self.asked.share else starts[true]
            hits = np.unique(laid.rows["nth"][ends])
            self._groups.asked[groups[own][hits]] = first[own][hits]
            self._compare(laid, starts, ends, groups[own], since[own], raised)
            if self._served and len(ends):
                self._tell(laid, ends, groups[own], since[own], raised)
            if settled is not None:
                left = times >= (settled[own] - self.span)[nth]
                waiting = np.full(len(groups[own]), END)
                np.minimum.at(waiting, nth[left], times[left])
                self._groups.waiting[groups[own]] = waiting

    def _compare(self, laid: Laid, starts: Times, ends: Times, groups: Groups32, since: Times, raised: Raised) -> None:
        """Report buckets that hold other events than they were reported with."""
        found = in_buckets(laid, starts, ends, self._bucket)
        found = found.some(np.flatnonzero(found.number >= since[found.nth] // self._bucket))
        reported = [self._reported.setdefault(group, {}) for group in groups[found.nth].tolist()]
        numbers = found.number.tolist()
        known = [own.get(number, (0, 0)) for own, number in zip(reported, numbers, strict=True)]
        before = np.array(known, np.int64).reshape(-1, 2)
        changed = np.flatnonzero((before[:, 0] != found.evidence) | (before[:, 1] != found.counted))
        for place in changed.tolist():
            reported[place][numbers[place]] = int(found.evidence[place]), int(found.counted[place])
        found, before = found.some(changed), before[changed]
        raised.reports += reports_of(
            self._runs, laid, (starts, ends), found, found.counted - before[:, 1], before[:, 0] > 0
        )

    def _tell(self, laid: Laid, ends: Times, groups: Groups32, since: Times, raised: Raised) -> None:
        """Tell other correlations of the moments at which the condition holds, once of each."""
        moments = laid.tie[ends]
        new = laid.rows["time"][moments] >= since[laid.rows["nth"][moments]]
        moments = np.unique(moments[new])
        nth, times = laid.rows["nth"][moments], laid.rows["time"][moments]
        fresh = np.ones(len(moments), np.bool_)
        for own in np.unique(nth).tolist():
            group, mine = int(groups[own]), nth == own
            told = self._told.get(group, times[:0])
            fresh[mine] = new = lacking(told, times[mine])
            self._told[group] = with_moments(told, times[mine][new])
        moments, times, nth = moments[fresh], times[fresh], nth[fresh]
        if not len(moments):
            return
        ids = laid.rows["id"][moments]
        bucket = (times // self._bucket).view(np.uint64)
        raised.matches.append(
            Matches(
                times,
                np.where(ids < 0, ~ids, ids),
                mixed(self._groups.first[groups[nth]], bucket).view(np.int64),
                self._runs.origins(laid.rows["run"][moments], laid.rows["place"][moments]),
            )
        )

    def _cut(self, group: int, clocks: Clocks, shared: int) -> None:
        """Leave a group the newest of its events: under a new number, so that the others need not be looked for."""
        alone = np.array([group], np.int32)
        first = self._own(alone, clocks, shared)[0] - self.reach // _MICROSECOND
        rows = self._runs.fetch(alone, np.array([NEVER]))
        rows = taken(rows, rows["time"] >= first)
        order = np.lexsort((rows["id"], rows["time"]))
        excess = max(0, len(order) - self._limits.events_of_group)
        rows = taken(rows, np.sort(order[excess:]))
        self.dropped += excess
        known = self._groups
        before = int(known.count[group])
        known.forget(alone)
        moved = known.numbers(known.first[alone], known.second[alone])
        known.take_over(group, int(moved[0]))
        known.count[moved] = len(rows["time"])
        self.held += len(rows["time"]) - before
        for kept in (self._reported, self._told):
            if group in kept:
                kept[int(moved[0])] = kept.pop(group)  # type: ignore[assignment]
        origins = self._runs.origins(rows.pop("run"), rows["place"]).take()
        rows.pop("nth")
        count = len(rows["time"])
        self._runs.add(rows | {"group": np.repeat(moved, count), "place": np.arange(count, dtype=np.int32)}, origins)

    def _make_room(self, clocks: Clocks, shared: int) -> None:
        size = len(self._runs)
        if size > self._next_look or (self._full() and size > self._kept + self._kept // 4):
            self._look(clocks, shared)
        if self._full():
            self._forget_oldest(shared)

    @property
    def size(self) -> int:
        """Roughly how many bytes are held."""
        return _ROW * self.held + _GROUP * self._groups.alive + self._runs.bytes

    def _full(self) -> bool:
        limits = self._limits
        return self.held > limits.events or self._groups.alive > limits.groups or self._runs.bytes > limits.bytes

    def _look(self, clocks: Clocks, shared: int) -> None:
        """Let go of what no feed can change any more; this costs the size of the state."""
        count = len(self._groups)
        feeds = self._waited_for(clocks)
        own = np.full(count, shared)
        if feeds.min(initial=END) < shared and len(self._runs):
            rows = {name: np.concatenate([run[name] for run in self._runs]) for name in ("group", "time", "feed")}
            own = self._own_of(rows, rows["group"], count, feeds, shared)
        # Only where something was reported do the buckets before matter: nothing can come to hold there any more.
        first = own - self._short
        known = [group for group in {*self._reported, *self._told} if not self._groups.gone[group]]
        first[known] = own[known] - self.reach // _MICROSECOND
        first[self._groups.gone[:count]] = _ALL
        alive = [rows["time"] >= first[rows["group"]] for rows in self._runs]
        left = [rows["group"][mask] for rows, mask in zip(self._runs, alive, strict=True)]
        counts = np.bincount(np.concatenate([*left, np.zeros(0, np.int32)]), minlength=count)
        moved = self._groups.keep(np.flatnonzero(counts))
        self._groups.count[:] = counts[counts > 0]
        self._runs.keep(alive, moved)
        self._reported = {
            int(moved[group]): {n: value for n, value in told.items() if (n + 2) * self._bucket > first[group]}
            for group, told in self._reported.items()
            if moved[group] >= 0
        }
        self._told = {
            int(moved[group]): times[times >= first[group]] for group, times in self._told.items() if moved[group] >= 0
        }
        self.held = self._kept = len(self._runs)
        self._next_look = max(_FIRST_LOOK, self._kept + self._kept // 2)

    def _forget_oldest(self, shared: int) -> None:
        """Forget the groups unused for longest, a few more than needed: to find them costs the number of all groups."""
        limits, known = self._limits, self._groups
        groups = np.flatnonzero(~known.gone[: len(known)])
        groups = groups[np.argsort(known.used[groups], kind="stable")]
        sums = np.cumsum(known.count[groups], dtype=np.int64)
        rows = self.held - limits.events + limits.events // _SLACK if self.held > limits.events else 0
        most = len(groups) - limits.groups + limits.groups // _SLACK if len(groups) > limits.groups else 0
        if self._runs.bytes > limits.bytes:
            rows = max(rows, self.held // 4)
        self._forget(groups[: max(most, int(np.searchsorted(sums, rows)) + 1 if rows else 0)], shared)

    def forget_some(self, clocks: Clocks) -> None:
        """Forget a quarter of the groups, those unused for longest: for others need the memory."""
        known = self._groups
        groups = np.flatnonzero(~known.gone[: len(known)])
        oldest = np.argsort(known.used[groups], kind="stable")[: len(groups) // 4 + 1]
        shared = clocks.shared(self._feeds)
        self._forget(groups[oldest], shared)
        self._look(clocks, shared)

    def _forget(self, groups: Groups32 | Times, shared: int) -> None:
        known = self._groups
        counts = known.count[groups]
        self.held -= int(counts.sum())
        newest = known.newest[groups]
        # What was out of reach before is not missed.
        missed = newest >= shared - self.reach // _MICROSECOND
        if self.asked.growing:
            # What only a late event could still be counted with is missed when one comes: `_note` counts those.
            over = missed & (newest + self.span < shared)
            self._forgotten = max(self._forgotten, int(newest[over].max(initial=NEVER)) + self.span)
            missed &= ~over
        self.dropped += int(counts[missed].sum())
        known.forget(groups)
        for group in groups.tolist():
            self._reported.pop(group, None)
            self._told.pop(group, None)
