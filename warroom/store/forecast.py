"""When the disk is full: from what came in on the last days, what retention will delete, and the room that is left."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from warroom.store.database import State
from warroom.store.tables import segments

#: Days that are over by which the next ones are judged.
_LOOK_BACK: Final = 7
#: Nobody plans further ahead.
_HORIZON: Final = 3650


@dataclass(frozen=True, slots=True)
class Forecast:
    """Room and its future; sizes in bytes. ``full_in_days`` is None where it will not be full in ten years."""

    stored: int
    free: int
    per_day: int
    full_in_days: int | None


def forecast(state: State, data_dir: Path, now: datetime, retention_days: int) -> Forecast:
    """Judge the volume of a state folder.

    A day is as large as the mean of the last seven that are over, or as today's where none is. What a hold keeps
    longer is not foreseen.
    """
    with state.read() as connection:
        rows = connection.execute(select(segments.c.day, func.sum(segments.c.bytes)).group_by(segments.c.day))
        by_day = {date.fromisoformat(day): int(size) for day, size in rows}
    today = now.astimezone(UTC).date()
    free = shutil.disk_usage(data_dir).free
    per_day = daily(by_day, today)
    return Forecast(sum(by_day.values()), free, per_day, days_until_full(by_day, per_day, free, retention_days, today))


def daily(by_day: Mapping[date, int], today: date) -> int:
    """Give the bytes of a day: the mean since the first of the last seven that has any; today's where none has."""
    over = {day: size for day, size in by_day.items() if today - timedelta(days=_LOOK_BACK) <= day < today}
    if not over:
        return by_day.get(today, 0)
    return sum(over.values()) // (today - min(over)).days


def days_until_full(
    by_day: Mapping[date, int], per_day: int, free: int, retention_days: int, today: date
) -> int | None:
    """Go ahead day by day: so much comes, and what is old enough goes; the first day without room."""
    going = {(day - today).days + retention_days + 2: size for day, size in by_day.items() if day < today}
    overdue = sum(size for after, size in going.items() if after <= 0)
    left = free + overdue
    for ahead in range(1, _HORIZON + 1):
        left -= per_day
        left += going[ahead] if ahead in going else (per_day if ahead > retention_days + 2 else 0)
        if left < 0:
            return ahead - 1
    return None
