"""How far an address that is asked for by HTTP has been read: the page to ask for next, and what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson

#: Records that are remembered so as not to be taken twice.
MOST_SEEN: Final = 5_000

#: A record's key, and its time in microseconds since 1970 (0 where it has none, or times do not count).
Seen = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two pages.

    Args:
        count: records taken so far: it names the next one.
        at: the cursor, link, number or offset of the page to ask for; "" for the first.
        since: from which time on is asked, in microseconds since 1970; None: from the beginning.
        newest: the latest time that a record had, as ``since``.
        before: records of earlier answers that are expected again.
        taken: records that came since the first page of this round.
        forgotten: whether more was to be remembered than there is room for.
    """

    count: int = 0
    at: str = ""
    since: int | None = None
    newest: int | None = None
    before: tuple[Seen, ...] = ()
    taken: tuple[Seen, ...] = ()
    forgotten: bool = False

    def text(self) -> str:
        """Write it down."""
        told = [self.count, self.at, self.since, self.newest, self.before, self.taken]
        return orjson.dumps(told).decode()

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what ``text`` wrote."""
        count, at, since, newest, before, taken = orjson.loads(text)
        return cls(count, at, since, newest, _pairs(before), _pairs(taken))

    def fresh(self, keys: Sequence[str]) -> list[bool]:
        """Say of each record of a page whether it has not been taken before; as often as one was, it is expected."""
        expected = Counter(key for key, _ in self.before)
        found = []
        for key in keys:
            found.append(expected[key] <= 0)
            expected[key] -= 1
        return found

    def after(self, page: Sequence[Seen]) -> Place:
        """Give the place behind the records of a page, with it still to be said which page comes next."""
        met = Counter(key for key, _ in page)
        left = []
        for key, time in self.before:
            met[key] -= 1
            if met[key] < 0:
                left.append((key, time))
        fresh = sum(self.fresh([key for key, _ in page]))
        newest = max([time for _, time in page if time] + ([self.newest] if self.newest else []), default=None)
        return replace(self, count=self.count + fresh, newest=newest, before=tuple(left), taken=(*self.taken, *page))

    def go_on(self, at: str) -> Place:
        """Go on to a page of the same round; where rounds do not go by time, nothing of the last is expected again."""
        if self.since is None and self.newest is None:
            return replace(self, at=at, before=(), taken=())
        return self._bounded(self.before, self.taken, at=at)

    def begin_again(self, at: str, overlap_us: int) -> Place:
        """Begin a new round: of what is known, what may come again in it is expected."""
        if self.newest is None:
            return self._bounded(self.taken, (), at=at)
        since = max(self.newest - overlap_us, self.since or 0)
        expected = [(key, time) for key, time in self.before if time >= since]
        expected += [(key, time) for key, time in self.taken if time >= since or not time]
        return replace(self._bounded(expected, (), at=at), since=since)

    def _bounded(self, before: Iterable[Seen], taken: Iterable[Seen], *, at: str) -> Place:
        """Keep the latest, as many as there is room for."""
        before, taken = tuple(before), tuple(taken)
        over = len(before) + len(taken) - MOST_SEEN
        if over > 0:
            before, rest = before[over:], max(0, over - len(before))
            taken = taken[rest:]
        return replace(self, at=at, before=before, taken=taken, forgotten=over > 0)


def _pairs(told: list[list[object]]) -> tuple[Seen, ...]:
    return tuple((str(key), int(str(time))) for key, time in told)
