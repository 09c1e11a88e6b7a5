"""Random choices for drawn texts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta


class Dice(random.Random):
    """Random choices for one text, whose times lie close together, as those of a line do."""

    moment = datetime(2026, 11, 22, tzinfo=UTC)

    def time(self) -> datetime:
        return self.moment + timedelta(seconds=self.triangular(-90 * 86_400, 90 * 86_400, 0))
