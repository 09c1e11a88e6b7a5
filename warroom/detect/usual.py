"""What is usual: how much of something a group of a correlation had at most at each hour of the week, lately.

A week begins on Monday at midnight in Thailand, where offices and people keep their hours. What counts at a moment are
the whole weeks that had ended a day before it: so much time there is to learn a week, and a moment is judged alike
whether it is looked at live or a month later.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect.hashing import SEEDS, mixed, of_lists

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from warroom.detect.rules import Correlation

    #: Gives the rows of ``LEARNT`` by the correlation's ``lesson_name`` and the week; None while it is not learnt.
    Read = Callable[[str, int], pa.Table | None]

#: What was learnt of one week: the values that a correlation groups by, the hour of the week from 0 on, and the most
#: of what it counts that one timespan beginning in that hour had.
LEARNT: Final = pa.schema([("key", pa.list_(pa.string())), ("hour", pa.int16()), ("most", pa.float64())])

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
WEEK_US: Final = 7 * DAY_US
#: Monday 5 January 1970, 00:00 in Thailand (UTC+7, without summer time since 1920).
FIRST_MONDAY_US: Final = 4 * DAY_US - 7 * HOUR_US
#: So long after its end a week is learnt at the latest, and counts.
LEARNING_US: Final = DAY_US
#: Weeks, of all correlations, that lie in memory.
_HELD: Final = 256


@dataclass(frozen=True, slots=True)
class _Table:
    """What is usual by group and hour, in the order of their hash."""

    places: npt.NDArray[np.uint64]
    most: npt.NDArray[np.float64]


def lesson_name(correlation: Correlation) -> str:
    """Name what is learnt for a correlation: another name where it counts something else."""
    meant = (correlation.kind, correlation.group_by, correlation.aliases, correlation.fields, correlation.seconds)
    return f"{correlation.id}-{hashlib.sha256(repr(meant).encode()).hexdigest()[:8]}"


def week_of(moment_us: int) -> int:
    """Number the week of a moment."""
    return (moment_us - FIRST_MONDAY_US) // WEEK_US


class Usual:
    """Looks up what is usual; ``read`` gives what was learnt of a week."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._tables: OrderedDict[tuple[str, int, int], _Table] = OrderedDict()

    def least(
        self, correlation: Correlation, first: npt.NDArray[np.uint64], times: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Give what a window has to exceed to be unusual.

        Where no week was learnt that is nothing, for then the rule's own limits count, or more than can be.

        Args:
            correlation: one with a baseline.
            first: the first half of each group's hash (``Groups.first``).
            times: of the windows' ends, in microseconds.
        """
        assert correlation.baseline is not None, "only asked of those with a baseline"  # noqa: S101 — our own callers
        found = np.full(len(times), np.inf if correlation.baseline.silent else 0.0)
        weeks = (times - LEARNING_US - FIRST_MONDAY_US) // WEEK_US
        hours = (times - FIRST_MONDAY_US) // HOUR_US % (WEEK_US // HOUR_US)
        for week in np.unique(weeks).tolist():
            table = self._table(correlation, week)
            if table is None:
                continue
            own = weeks == week
            wanted = mixed(first[own], hours[own].astype(np.uint64))
            at = np.searchsorted(table.places, wanted)
            at[at == len(table.places)] = 0
            known = table.places[at] == wanted if len(table.places) else np.zeros(len(wanted), np.bool_)
            most = np.zeros(len(wanted))
            most[known] = table.most[at[known]]
            found[own] = correlation.baseline.times * most
        return found

    def _table(self, correlation: Correlation, week: int) -> _Table | None:
        """Give what counts in the time that belongs to a week: that of the weeks before it."""
        assert correlation.baseline is not None, "as above"  # noqa: S101
        weeks = correlation.baseline.weeks
        lesson = lesson_name(correlation)
        name = lesson, week, weeks
        known = self._tables.get(name)
        if known is None:
            newest = self._read(lesson, week - 1)
            if newest is None:  # soon it may be there: nothing is remembered
                return None
            before = (self._read(lesson, week - back) for back in range(2, weeks + 1))
            known = _table([newest, *(one for one in before if one is not None)], len(correlation.group_by))
            self._tables[name] = known
            if len(self._tables) > _HELD:
                self._tables.popitem(last=False)
        return known


def _table(weeks: list[pa.Table], width: int) -> _Table:
    learnt = pa.concat_tables(weeks).combine_chunks()
    keys = learnt.column("key").combine_chunks()
    fits = pa.compute.equal(pa.compute.list_value_length(keys), width)  # of an earlier version of the rule
    learnt, keys = learnt.filter(fits), keys.filter(fits)
    count = learnt.num_rows
    drill = np.uint64(0)  # what is practised teaches nothing
    first = mixed(of_lists(keys.flatten(), width, count, SEEDS[0]), drill)
    places = mixed(first, learnt.column("hour").to_numpy().astype(np.uint64))
    order = np.argsort(places, kind="stable")
    places, most = places[order], learnt.column("most").to_numpy()[order]
    starts = np.flatnonzero(np.append(True, places[1:] != places[:-1])) if count else np.zeros(0, np.int64)
    return _Table(places[starts], np.maximum.reduceat(most, starts) if count else most)
