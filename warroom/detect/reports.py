"""What the windows of a correlation tell of: groups in which its condition holds, with the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Report:
    """A group and a bucket in which the condition held: its events, and how many are new.

    ``times`` and ``ids`` are the events in the order of time, ``begin`` is the bucket's first microsecond. What is
    known of the events (``members.ORIGIN``) is in ``origins``, of many for some evenly spread, and of the last of
    them in ``last``.
    """

    begin: int
    new: int
    times: Times
    ids: npt.NDArray[np.int64]
    origins: pa.RecordBatch
    last: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Matches:
    """Moments at which the condition came to hold, for the correlations that refer to this one.

    ``ids`` are of an event of that moment, ``like`` is equal for those of one alert.
    """

    times: Times
    ids: npt.NDArray[np.int64]
    like: npt.NDArray[np.int64]
    origins: pa.RecordBatch


@dataclass(slots=True)
class Raised:
    """What new events brought about."""

    reports: list[Report] = field(default_factory=list)
    matches: list[Matches] = field(default_factory=list)
