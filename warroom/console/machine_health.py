"""What is wrong with the machine and the worker themselves: clock, disk, memory for correlations. Pure judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from warroom.clock import WARN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.store.forecast import Forecast
    from warroom.store.left_out import LeftOut
    from warroom.store.pulse import Pulse

#: One-time codes of authenticators fail from here on, and windows of correlations are torn.
_CLOCK_RED_SECONDS: Final = 30
#: The worker asks the time server every quarter of an hour.
_CLOCK_OLD_SECONDS: Final = 3600
#: Who has to order a disk wants to know a month before …
SOON_DAYS: Final = 30
#: … and a few days are none.
_VERY_SOON_DAYS: Final = 3
_SECOND: Final = 1_000_000

Kind = Literal["clock", "clock_unknown", "disk", "late", "dropped", "unwell"]


class Machine(NamedTuple):
    """What is known of it; ``ntp`` says whether a time server is named."""

    worker: Pulse | None
    left_out: LeftOut
    disk: Forecast | None
    ntp: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to do something about: ``red`` where detectors miss what happens, or soon will.

    ``values`` fill the places of the texts ``banner.<kind>``; ``detail`` is shown as it is.
    """

    kind: Kind
    red: bool
    values: Mapping[str, str | int] = field(default_factory=dict)
    detail: str = ""


def judge(machine: Machine, now_us: int) -> list[Trouble]:
    """Give what is wrong, the worst first; a worker that is gone is told elsewhere."""
    found = [*_worker(machine, now_us), *_disk(machine.disk), *_left_out(machine.left_out)]
    return sorted(found, key=lambda trouble: not trouble.red)


def _worker(machine: Machine, now_us: int) -> list[Trouble]:
    worker = machine.worker
    if worker is None:
        return []
    found = []
    if worker.unwell is not None:
        found.append(Trouble("unwell", red=True, detail=worker.unwell))
    checked = worker.clock_checked_at
    if checked is not None and now_us - checked < _CLOCK_OLD_SECONDS * _SECOND and worker.clock_offset is not None:
        off = abs(worker.clock_offset)
        if off > WARN_SECONDS:
            values = {"seconds": f"{off:,.1f}", "way": "behind" if worker.clock_offset > 0 else "ahead"}
            found.append(Trouble("clock", off > _CLOCK_RED_SECONDS, values))
    elif machine.ntp and now_us - max(checked or 0, worker.started_at) >= _CLOCK_OLD_SECONDS * _SECOND:
        found.append(Trouble("clock_unknown", red=False))
    return found


def _disk(disk: Forecast | None) -> list[Trouble]:
    if disk is None or disk.full_in_days is None or disk.full_in_days >= SOON_DAYS:
        return []
    return [Trouble("disk", disk.full_in_days <= _VERY_SOON_DAYS, {"days": disk.full_in_days})]


def _left_out(missed: LeftOut) -> list[Trouble]:
    found = []
    if missed.dropped:
        count = sum(missed.dropped.values())
        found.append(Trouble("dropped", red=True, values={"count": f"{count:,}"}, detail=", ".join(missed.dropped)))
    if missed.late:
        found.append(Trouble("late", red=False, values={"count": f"{missed.late:,}"}))
    return found
