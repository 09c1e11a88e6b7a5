"""How the worker is, as it tells the console every few seconds: they meet only in the store."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import asdict, dataclass, field
from typing import Final

from sqlalchemy import select

from warroom.store.database import State, upsert
from warroom.store.tables import meta

_KEY: Final = "worker_pulse"
#: Upper limits of the durations that are counted together, in seconds; what is longer has a count of its own.
LIMITS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Durations:
    """How long something took, counted by ``LIMITS``; one thread at a time counts."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(LIMITS) + 1))
    seconds: float = 0.0

    def count(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(LIMITS, seconds)] += 1
        self.seconds += seconds


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker tells of itself; times in microseconds, None: not known or not asked for."""

    at: int
    started_at: int
    version: str
    commits: Durations
    cpu_seconds: float
    clock_offset: float | None = None  # seconds by which our clock has to be put forward
    clock_checked_at: int | None = None
    heartbeat_at: int | None = None  # the last one that was taken
    unwell: str | None = None  # why the worker would not say that it is well


def write(state: State, pulse: Pulse) -> None:
    """Tell. Bumps no topic: nothing on the screens depends on it."""
    text = json.dumps(asdict(pulse))
    with state.write() as connection:
        row = upsert(meta).values(key=_KEY, value=text)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def read(state: State) -> Pulse | None:
    """Give what the last worker told; None where none ever did, or one of another version told otherwise."""
    with state.read() as connection:
        text = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    if text is None:
        return None
    try:
        told = json.loads(text)
        return Pulse(**told | {"commits": Durations(**told["commits"])})
    except (ValueError, TypeError, KeyError):
        return None
