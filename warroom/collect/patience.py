"""How long a source that failed is left alone: others must not wait while it is asked again and again."""

from __future__ import annotations

import time
from typing import Final

_FIRST_SECONDS: Final = 2.0
_MOST_SECONDS: Final = 60.0


class Patience:
    """Says when to try again: after 2 seconds, then after twice as long each time, up to a minute."""

    def __init__(self) -> None:
        self.problem = ""
        self._seconds, self._again_at = _FIRST_SECONDS, 0.0

    @property
    def waits(self) -> bool:
        """Whether it is too early to try again; ``problem`` says what went wrong."""
        return bool(self.problem) and time.monotonic() < self._again_at

    def failed(self, problem: str) -> None:
        """Note what went wrong."""
        self.problem, self._again_at = problem, time.monotonic() + self._seconds
        self._seconds = min(2 * self._seconds, _MOST_SECONDS)

    def worked(self) -> None:
        """Note that it works."""
        self.problem, self._seconds = "", _FIRST_SECONDS
