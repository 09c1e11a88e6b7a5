"""Rejects most groups at a glance: those whose events of late cannot meet a growing condition.

Event time is cut into slabs of one timespan. A window reaches over two slabs at most, so what two neighbouring slabs
hold together bounds what it can hold. For each group the three latest slabs are kept; a group with events before them
has to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.runs import opening

if TYPE_CHECKING:
    import numpy.typing as npt

    from warroom.detect.groups import Groups
    from warroom.detect.questions import Question
    from warroom.detect.runs import Rows

_AMOUNTS: Final = ("latest", "middle", "oldest")


@dataclass(frozen=True, slots=True)
class Touched:
    """The groups that new rows are of: ascending, with the earliest and the greatest time of their new rows."""

    groups: npt.NDArray[np.int32]
    first: npt.NDArray[np.int64]  # the place of the group's first row
    earliest: npt.NDArray[np.int64]
    newest: npt.NDArray[np.int64]


def touched(rows: Rows) -> Touched:
    """Find the groups of rows, at least one, sorted by group."""
    first = np.flatnonzero(opening(rows["group"]))
    return Touched(
        rows["group"][first],
        first,
        np.minimum.reduceat(rows["time"], first),
        np.maximum.reduceat(rows["time"], first),
    )


def sift(groups: Groups, asked: Question, span: int, rows: Rows, new: Touched) -> npt.NDArray[np.bool_]:
    """Note new rows; say of each touched group whether one of the windows they are in may meet the condition.

    Args:
        groups: where the slabs are noted.
        asked: the condition, a growing one.
        span: the timespan, in microseconds.
        rows: new rows, sorted by group.
        new: their groups.
    """
    # Bits of rules lie in the places of the numbers, as they are.
    join, kind = (np.bitwise_or, np.uint64) if asked.temporal else (np.add, np.float64)
    latest, middle, oldest = (getattr(groups, name).view(kind)[new.groups] for name in _AMOUNTS)
    slab = np.maximum(groups.slab[new.groups], new.newest // span)
    shift = slab - groups.slab[new.groups]
    moved = np.flatnonzero(shift)
    shift, nothing = shift[moved], kind(0)
    oldest[moved] = np.select([shift == 1, shift == 2], [middle[moved], latest[moved]], nothing)  # noqa: PLR2004  slabs
    middle[moved] = np.where(shift == 1, latest[moved], nothing)
    latest[moved] = nothing
    amounts = asked.amounts(rows)
    back = np.repeat(slab, np.diff(new.first, append=len(amounts))) - rows["time"] // span
    late = back > 0
    if not late.any():
        latest = join(latest, join.reduceat(amounts, new.first))
        may = asked.enough(join(latest, middle))
    else:
        latest = join(latest, join.reduceat(np.where(late, nothing, amounts), new.first))
        middle = join(middle, join.reduceat(np.where(back == 1, amounts, nothing), new.first))
        oldest = join(oldest, join.reduceat(np.where(back == 2, amounts, nothing), new.first))  # noqa: PLR2004  slabs
        greatest = np.maximum.reduceat(back, new.first)
        may = asked.enough(join(latest, middle)) | (greatest > 1)
        may |= (greatest > 0) & asked.enough(join(middle, oldest))
    groups.slab[new.groups] = slab
    for name, found in zip(_AMOUNTS, (latest, middle, oldest), strict=True):
        getattr(groups, name).view(kind)[new.groups] = found
    return may
