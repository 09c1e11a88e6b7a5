"""Random choices for drawn texts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

_DAY = 86_400


class Dice(random.Random):
    """Random choices for one text; its times lie close together, as those of a line do, unless ``begin`` says not."""

    moment = datetime(2026, 11, 22, tzinfo=UTC)
    years_apart = False

    def begin(self, *, years_apart: bool) -> None:
        """Begin a text of another day between 2018 and 2026."""
        self.moment = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=self.randrange(9 * 365))
        self.years_apart = years_apart

    def time(self) -> datetime:
        if self.years_apart:
            return datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=self.randrange(9 * 365 * _DAY))
        return self.moment + timedelta(seconds=self.triangular(-90 * _DAY, 90 * _DAY, 0))
