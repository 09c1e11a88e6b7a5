"""Performs a play: lines at their time into their files, the truth beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from warroom.drill.play import play
from warroom.drill.truth import TRUTH, TruthWriter
from warroom.drill.writer import LogWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warroom.drill.scenario import Scenario

#: Seconds of our clock between two flushes.
TICK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Performance:
    """What was played: lines by log id, and how many of them belong to attacks."""

    lines: dict[str, int]
    attack_lines: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to play and how fast: ``speed`` seconds of the play in one second of the clock.

    An infinite speed writes everything at once. Time stamps keep the spacing of the play; a play faster than
    the clock therefore begins in the past and ends at the present, and no time stamp lies in the future.
    """

    seconds: float
    speed: float = 1.0

    def first_moment(self, now: datetime) -> datetime:
        """Give the time stamp of the first second of the play."""
        return now - timedelta(seconds=self.seconds - self.seconds / self.speed)


def perform(
    scenario: Scenario,
    seed: int,
    pace: Pace,
    data_dir: Path,
    *,
    clock: Callable[[], datetime],
    wait: Callable[[float], bool],
) -> Performance:
    """Play into ``{data_dir}/logs`` and ``{data_dir}/drill``; ends whole, also when ``wait`` asks it to stop.

    Args:
        scenario: what is played.
        seed: the same seed gives the same lines, but for their time stamps.
        pace: how long and how fast.
        data_dir: the state folder.
        clock: gives the present, aware.
        wait: waits so many seconds; True when the play is to stop.
    """
    began = clock()
    first = pace.first_moment(began).astimezone(ZoneInfo(scenario.timezone))
    lines = {log.id: 0 for log in scenario.logs}
    attack_lines = 0
    truth_file = data_dir / TRUTH
    with (
        LogWriter(scenario, data_dir / "logs") as writer,
        TruthWriter(scenario, truth_file, play=first.isoformat()) as truth,
    ):
        due = 0.0  # the second of the play up to which our clock allows us to write
        for line in play(scenario, seed, pace.seconds):
            if line.at >= due:
                writer.flush()
                truth.tell(due)
            while line.at >= (due := _played(clock() - began, pace.speed)):
                if wait(TICK_SECONDS):
                    return Performance(lines, attack_lines)
            moment = first + timedelta(seconds=line.at)
            writer.add(line, moment)
            truth.add(line, moment)
            lines[line.log] += 1
            attack_lines += line.attack is not None
    return Performance(lines, attack_lines)


def perform_in_slices(
    scenario: Scenario,
    seed: int,
    seconds: float,
    data_dir: Path,
    *,
    first: datetime,
    every: float,
    look: Callable[[datetime], None],
) -> Performance:
    """Play without waiting, and let somebody look after every slice: what they see, they saw by then.

    Args:
        scenario: what is played.
        seed: the same seed gives the same lines.
        seconds: how much of it.
        data_dir: the state folder.
        first: the time stamp of the first second, aware; the play has to end before the present.
        every: a slice, in seconds of the play.
        look: called when a slice's lines are in their files, with the moment of the play at which it ends.
    """
    begin = first.astimezone(ZoneInfo(scenario.timezone))
    lines = {log.id: 0 for log in scenario.logs}
    attack_lines = 0
    ends = every
    with (
        LogWriter(scenario, data_dir / "logs") as writer,
        TruthWriter(scenario, data_dir / TRUTH, play=begin.isoformat()) as truth,
    ):
        for line in play(scenario, seed, seconds):
            while line.at >= ends:
                # Whoever looks may take longer than a collector waits for the rest of a line.
                writer.flush(whole=True)
                truth.tell(ends)
                look(begin + timedelta(seconds=ends))
                ends += every
            moment = begin + timedelta(seconds=line.at)
            writer.add(line, moment)
            truth.add(line, moment)
            lines[line.log] += 1
            attack_lines += line.attack is not None
    look(begin + timedelta(seconds=seconds))
    return Performance(lines, attack_lines)


def latest_opening(scenario: Scenario, seconds: float, now: datetime) -> datetime:
    """Give the last moment at which the scenario's opening hour struck so long ago that the play has ended by now."""
    latest = now.astimezone(ZoneInfo(scenario.timezone)) - timedelta(seconds=seconds)
    opens = scenario.day.opens
    first = latest.replace(hour=opens.hour, minute=opens.minute, second=opens.second, microsecond=0)
    return first if first <= latest else first - timedelta(days=1)


def _played(elapsed: timedelta, speed: float) -> float:
    """Give the second of the play that is due after so much time of our clock."""
    return elapsed.total_seconds() * speed if math.isfinite(speed) else math.inf
